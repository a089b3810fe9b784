"""A training loop of one's own becomes a run; the loop itself is as without."""

from __future__ import annotations

import copy
import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

import objtui
from objtui.errors import RunFileError, UsageError
from objtui.measures.frames import Frame
from objtui.recorder.recorder import Recorder
from objtui.runfile.reader import RunReader
from tests.recorder.loops import numpy_loop


def frames_of(path: Path | None) -> list[Frame]:
    assert path is not None
    with RunReader(path) as reader:
        return [stored.frame for stored in reader.frames_after()]


def test_a_numpy_loop_has_the_same_bits_with_and_without(tmp_path: Path) -> None:
    with objtui.Recorder("loop", runs=tmp_path, live_s=0.0, strict=True) as recorder:
        recorded = numpy_loop(300, recorder, evaluate_every=50)
    assert np.array_equal(recorded, numpy_loop(300, None))


def test_a_run_has_the_evaluations_as_its_frames(tmp_path: Path) -> None:
    with objtui.Recorder("loop", runs=tmp_path, live_s=0.0, steps=200) as recorder:
        numpy_loop(200, recorder, evaluate_every=50)
    frames = frames_of(recorder.path)
    assert [frame.step for frame in frames] == [50, 100, 150, 200]
    assert all(frame.scheduled and not frame.of_training for frame in frames)
    assert recorder.path == tmp_path / "loop-1.objtui"
    with RunReader(recorder.path) as reader:
        header, status, summary = reader.header(), reader.status(), reader.summary()
        traces = [stored.trace for stored in reader.loss_traces_after()]
        numbers = reader.numbers_after()
    assert (header.recorded, header.steps, header.dtype) == (True, 200, "float64")
    assert (status.state, status.step) == ("finished", 200)
    assert summary is not None
    assert summary.steps == 200
    assert (traces[0].first_step, traces[-1].last_step, len(traces)) == (1, 200, 200)
    assert {number.name for number in numbers} == {"norm"}
    assert [number.step for number in numbers] == list(range(10, 201, 10))


def test_without_an_evaluation_the_frames_are_of_training_batches(tmp_path: Path) -> None:
    with objtui.Recorder("loop", runs=tmp_path, live_s=0.0, share=1.0) as recorder:
        numpy_loop(60, recorder)
    frames = frames_of(recorder.path)
    assert frames
    assert all(frame.scheduled and frame.of_training for frame in frames)
    assert {int(frame.counts.sum()) for frame in frames} == {32}


def test_scores_are_those_of_the_rows(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    z = random.normal(0, 3, (4, 50, 2))
    t = (random.random((4, 50, 2)) < 1 / (1 + np.exp(-z))).astype(np.float32)
    with objtui.Recorder("scores", runs=tmp_path, strict=True) as recorder:
        with recorder.evaluation(1) as evaluation:
            for part in range(4):
                evaluation.update(z[part], t[part])
        scores = evaluation.compute()
    assert scores["nll"] == pytest.approx(log_loss(t.ravel(), 1 / (1 + np.exp(-z.ravel()))))
    (frame,) = frames_of(recorder.path)
    assert frame.score("nll")[0, 0] == scores["nll"]
    assert frame.counts.sum() == 400


def test_nan_logits_are_counted_by_class_and_the_head_has_diverged(tmp_path: Path) -> None:
    with objtui.Recorder("nan", runs=tmp_path, strict=True) as recorder:
        recorder.evaluate(1, [0.0, 1.0], [0, 1])
        recorder.evaluate(2, [np.nan, np.nan, np.nan, 1.0], [0, 0, 1, 1])
        recorder.evaluate(3, [0.0, 1.0], [0, 1])
    frames = frames_of(recorder.path)
    assert [frame.diverged[0, 0] for frame in frames] == [False, True, True]
    assert frames[1].nan_counts is not None
    assert frames[1].nan_counts.tolist() == [[[2, 1]]]
    assert frames[1].counts.sum() == 1


def test_steps_in_any_order_and_twice_are_kept(tmp_path: Path) -> None:
    with objtui.Recorder("order", runs=tmp_path, strict=True) as recorder:
        for step in (1, 2, 3, 2, 3, 4):
            recorder.train(step, loss=float(step))
        for step in (3, 1, 3):
            recorder.evaluate(step, [0.0, 1.0], [0, 1])
    assert [frame.step for frame in frames_of(recorder.path)] == [3, 1, 3]
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        traces = [stored.trace for stored in reader.loss_traces_after()]
    assert [trace.first_step for trace in traces] == [1, 2, 3, 2, 3, 4]


def test_heads_are_recorded_apart(tmp_path: Path) -> None:
    two = objtui.RecordedHead("two", neurons=2)
    with objtui.Recorder("heads", heads=["one", two], runs=tmp_path, strict=True) as recorder:
        recorder.evaluate(1, [0.0, 1.0], [0, 1], head="one")
        recorder.evaluate(2, [[1.0, 0.0], [0.0, 2.0]], [0, 1], head="two")
    first, second = frames_of(recorder.path)
    assert first.measured.tolist() == [True, False]
    assert second.measured.tolist() == [False, True]
    assert second.score("z_pos")[1, 0] == 2.0


def test_two_recorders_in_one_process_are_two_runs(tmp_path: Path) -> None:
    with (
        objtui.Recorder("a", runs=tmp_path) as first,
        objtui.Recorder("a", runs=tmp_path) as second,
    ):
        for step in range(1, 20):
            first.train(step, loss=1.0)
            second.train(step, loss=2.0)
    assert (first.name, second.name) == ("a-1", "a-2")


def test_a_copy_begins_a_run_of_its_own(tmp_path: Path) -> None:
    with objtui.Recorder("copied", runs=tmp_path) as recorder:
        recorder.train(1, loss=1.0)
        copies = [copy.deepcopy(recorder), pickle.loads(pickle.dumps(recorder))]
        for each in copies:
            assert each.path is None
            each.train(1, loss=2.0)
            each.finish()
        recorder.train(2, loss=1.0)
    assert {each.name for each in copies} == {"copied-2", "copied-3"}
    assert recorder.name == "copied-1"


def test_nothing_is_made_before_the_first_record(tmp_path: Path) -> None:
    with objtui.Recorder("none", runs=tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_ranks_above_0_and_a_recorder_that_is_off_record_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = objtui.Recorder("rank", runs=tmp_path)
    monkeypatch.setenv("RANK", "1")
    assert recorder.train(1, loss=1.0, logits=[0.0], targets=[1])
    assert not recorder.wants(2)
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("OBJTUI_RECORD", "0")
    off = objtui.Recorder("off", runs=tmp_path)
    assert off.train(1, loss=1.0)
    assert np.isnan(off.evaluate(1, [0.0], [1])["nll"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"name": "a/b"}, "cannot name a run"),
        ({"heads": ["1st"]}, "cannot name a head"),
        ({"heads": ["a", "a"]}, "a name of its own"),
        ({"heads": []}, "a recorder has"),
        ({"steps": 0}, "steps is 0"),
        ({"positive": "most"}, "positive is"),
        ({"resume": "nothing"}, "there is no run"),
    ],
)
def test_what_cannot_be_is_said_by_the_constructor(
    tmp_path: Path, asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        Recorder(**{"name": "x", "runs": tmp_path, **asked})


def test_a_folder_that_cannot_be_made_is_said_by_the_constructor(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFileError, match="cannot be made"):
        Recorder("x", runs=tmp_path / "file" / "runs")


def test_shapes_raise_at_the_first_call_of_a_head_alone(tmp_path: Path) -> None:
    with objtui.Recorder("shapes", runs=tmp_path) as recorder:
        with pytest.raises(ValueError, match="shape"):
            recorder.train(1, logits=np.zeros(3), targets=np.zeros(4))
        recorder.train(2, logits=np.zeros(3), targets=np.zeros(3))
        with pytest.warns(RuntimeWarning, match="the training goes on"):
            recorder.evaluate(3, np.zeros(3), np.zeros(4))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            recorder.evaluate(4, np.zeros(3), np.zeros(4))
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        assert reader.status().state == "failed"
        assert "recording ended" in reader.status().message


def test_an_evaluation_that_raises_is_not_recorded(tmp_path: Path) -> None:
    with objtui.Recorder("raised", runs=tmp_path) as recorder:
        recorder.train(1, loss=1.0)
        with pytest.raises(ValueError, match="no head"), recorder.evaluation(1) as evaluation:
            evaluation.update([0.0], [1], head="other")
    assert frames_of(recorder.path) == []


def test_states_of_several_processes_add_up(tmp_path: Path) -> None:
    with objtui.Recorder("merged", runs=tmp_path, strict=True) as recorder:
        other = copy.deepcopy(recorder)
        with other.evaluation(1) as theirs:
            theirs.update([3.0, -1.0], [1, 0])
        other.finish()
        with recorder.evaluation(1) as ours:
            ours.update([1.0], [1])
            ours.merge(theirs.state())
    (frame,) = frames_of(recorder.path)
    assert frame.counts.sum() == 3
    assert frame.score("z_pos")[0, 0] == pytest.approx(2.0)


def test_a_run_is_resumed_and_what_it_trains_again_is_dropped(tmp_path: Path) -> None:
    with objtui.Recorder("again", runs=tmp_path) as recorder:
        for step in range(1, 31):
            recorder.train(step, loss=1.0)
            if step % 10 == 0:
                recorder.evaluate(step, [0.0, 1.0], [0, 1])
                recorder.log(step, rate=0.1)
    with objtui.Recorder("again", runs=tmp_path, resume="again-1", strict=True) as resumed:
        for step in range(21, 41):
            resumed.train(step, loss=2.0)
            if step % 10 == 0:
                resumed.evaluate(step, [0.0, 1.0], [0, 1])
                resumed.log(step, rate=0.2)
    assert resumed.name == "again-1"
    assert [frame.step for frame in frames_of(resumed.path)] == [10, 20, 30, 40]
    assert resumed.path is not None
    with RunReader(resumed.path) as reader:
        assert [number.value for number in reader.numbers_after()] == [0.1, 0.1, 0.2, 0.2]
        means = [float(stored.trace.mean[0, 0]) for stored in reader.loss_traces_after()]
        assert reader.status().state == "finished"
    assert means == [1.0] * 20 + [2.0] * 20


def test_other_heads_and_other_runs_cannot_be_resumed(tmp_path: Path) -> None:
    with objtui.Recorder("one", runs=tmp_path) as recorder:
        recorder.train(1, loss=1.0)
        with pytest.raises(UsageError, match="by this process"):
            objtui.Recorder(runs=tmp_path, resume="one-1")
    with pytest.raises(UsageError, match="has the heads obj"):
        objtui.Recorder(runs=tmp_path, heads=["other"], resume="one-1")


def test_the_settings_of_the_user_lie_beside_the_run(tmp_path: Path) -> None:
    config = {"lr": 1e-3, "folder": tmp_path}
    with objtui.Recorder("config", runs=tmp_path, config=config) as recorder:
        recorder.train(1, loss=1.0)
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        kept = json.loads(reader.request())
    assert kept == {"recorded": {"config": {"lr": 1e-3, "folder": str(tmp_path)}}}


def test_numbers_that_are_none_are_kept_as_such(tmp_path: Path) -> None:
    with objtui.Recorder("numbers", runs=tmp_path, strict=True) as recorder:
        recorder.log(1, map50=float("nan"), rate=float("inf"))
        recorder.log(2, map50=np.float32(0.5))
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        numbers = reader.numbers_after()
    assert [number.name for number in numbers] == ["map50", "rate", "map50"]
    assert np.isnan(numbers[0].value)
    assert (numbers[1].value, numbers[2].value) == (np.inf, 0.5)


def test_a_file_stays_small_however_much_is_logged(tmp_path: Path) -> None:
    with objtui.Recorder("long", runs=tmp_path, live_s=0.0, share=1.0) as recorder:
        for step in range(1, 20_001):
            recorder.train(step, loss=1.0)
            recorder.log(step, rate=0.1)
    assert recorder.path is not None
    assert recorder.path.stat().st_size < 5e6
    with RunReader(recorder.path) as reader:
        assert len(reader.numbers_after()) <= 2000


def test_a_resumed_run_that_was_evaluated_takes_no_training_batches(tmp_path: Path) -> None:
    with objtui.Recorder("kind", runs=tmp_path) as recorder:
        recorder.evaluate(0, [0.0, 1.0], [0, 1])
    with objtui.Recorder(
        runs=tmp_path, resume="kind-1", live_s=0.0, share=1.0, strict=True
    ) as resumed:
        numpy_loop(40, resumed)
    assert all(not frame.of_training for frame in frames_of(resumed.path))


def test_the_first_evaluation_takes_the_place_of_training_batches(tmp_path: Path) -> None:
    with objtui.Recorder("kind", runs=tmp_path, live_s=0.0, share=1.0, strict=True) as recorder:
        numpy_loop(40, recorder)
        recorder.evaluate(41, [0.0, 1.0], [0, 1])
        numpy_loop(40, recorder)
    assert [frame.step for frame in frames_of(recorder.path)] == [41]
