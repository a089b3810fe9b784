"""Whatever a loop hands over, its run can be read, or it is told that it cannot be recorded."""

from __future__ import annotations

import os
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objtui.errors import UsageError
from objtui.measures.bounds import MAX_COUNT
from objtui.recorder.recorder import Recorder
from objtui.recorder.settings import MAX_CONFIG
from objtui.runfile.reader import RunReader
from objtui.runfile.records import MAX_TEXT

Z = np.linspace(-3, 3, 8)
T = (Z > 0).astype(float)


@pytest.mark.parametrize(
    "given",
    [
        {"name": 5},
        {"title": 5},
        {"title": "a" * (MAX_TEXT + 1)},
        {"question": None},
        {"steps": MAX_COUNT + 1},
        {"steps": float("inf")},
        {"config": {(1, 2): 3}},
        {"config": {"a": "a" * MAX_CONFIG}},
    ],
    ids=str,
)
def test_what_no_run_could_keep_is_refused_at_once(tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(given))):
        Recorder(runs=tmp_path, **given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", [-1, MAX_COUNT + 1, 2**63, 2**80])
def test_a_step_that_no_run_has_is_refused_and_later_ends_the_recording(
    tmp_path: Path, step: int
) -> None:
    recorder = Recorder("a", runs=tmp_path)
    with pytest.raises(ValueError, match="give a whole number from 0"):
        recorder.train(step, loss=1.0, logits=Z, targets=T)
    recorder.train(1, loss=1.0, logits=Z, targets=T)
    with pytest.warns(RuntimeWarning, match="give a whole number from 0"):
        recorder.train(step, loss=1.0, logits=Z, targets=T)
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        assert reader.status().state == "failed"
        assert reader.status().step == 1


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[2J", "\udcff", "a" * 500])
def test_numbers_of_any_name_and_size_leave_a_run_that_can_be_read(
    tmp_path: Path, name: str
) -> None:
    with Recorder("a", runs=tmp_path) as recorder:
        recorder.log(1, **{name: 10**400})
        recorder.log(2, **{name: float("nan")})
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        numbers = reader.numbers_after()
        assert reader.status().state == "finished"
    assert next(number.value for number in numbers) == float("inf")
    assert len({number.name for number in numbers}) == 1


def test_long_names_of_the_same_ends_are_two(tmp_path: Path) -> None:
    names = ["a" * 200 + middle + "z" * 200 for middle in "bc"]
    with Recorder("a", runs=tmp_path) as recorder:
        for step in (1, 2):
            recorder.log(step, **dict.fromkeys(names, 1.0))
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        assert len({number.name for number in reader.numbers_after()}) == 2


def test_threads_share_one_run(tmp_path: Path) -> None:
    ready = threading.Barrier(4)

    def steps(first: int) -> None:
        ready.wait()
        for step in range(50):
            recorder.train(4 * step + first, loss=1.0, logits=Z, targets=T)
            recorder.log(step, norm=first)

    with Recorder("a", runs=tmp_path, live_s=0.0) as recorder:
        threads = [threading.Thread(target=steps, args=(first,)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [path.name for path in tmp_path.iterdir()] == ["a-1.objtui"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks")
def test_a_child_does_not_wait_for_a_lock_that_its_parent_held(tmp_path: Path) -> None:
    with Recorder("a", runs=tmp_path) as recorder:
        recorder.train(1, loss=1.0)
        with recorder._lifetime._own_lock(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forks beside threads, which this is about
            child = os.fork()
            if child == 0:
                thread = threading.Thread(target=recorder.train, args=(2,), daemon=True)
                thread.start()
                thread.join(20)
                os._exit(thread.is_alive())
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_what_numpy_would_say_of_extremes_reaches_no_training(tmp_path: Path) -> None:
    extreme = np.array([1e308, 1e308, -1e308, np.inf, -np.inf])
    targets = np.array([1, 0, 1, 0, 1])
    with np.errstate(all="raise"), Recorder("a", runs=tmp_path, live_s=0.0) as recorder:
        recorder.train(1, loss=1e300, logits=extreme, targets=targets)
        with recorder.evaluation(2) as evaluation:
            evaluation.update(extreme, targets)
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        assert reader.status().state == "finished"
        assert reader.status().step == 1


@pytest.mark.parametrize(
    ("logits", "targets", "said"),
    [
        (Z.astype(complex), T, "logits have dtype complex128"),
        (Z.astype(str), T, "logits have dtype <U"),
        (np.ma.masked_greater(Z, 0), T, "logits are a masked array"),
        (Z, 5 * T, "a target is 5, expected 0 to 1 "),
        (Z, 2 * T - 1, "a target is -1, expected 0 to 1 .* are [(]targets . 1[)] / 2"),
    ],
)
def test_rows_that_mean_something_else_are_not_counted_in_silence(
    tmp_path: Path, logits: Any, targets: Any, said: str
) -> None:
    recorder = Recorder("a", runs=tmp_path)
    with pytest.raises(ValueError, match=said), recorder.evaluation(1) as evaluation:
        evaluation.update(logits, targets)
    recorder.finish()
