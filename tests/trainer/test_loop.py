"""From a session to a run file, in this process: what is kept, and how it ends."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from objtui.errors import DataError, RunFileError
from objtui.measures.frames import Frame, LossTrace, Progress
from objtui.runfile.commands import send_command
from objtui.runfile.names import reserve
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RowCounts, RunHeader, RunStatus
from objtui.runfile.writer import RunWriter
from objtui.runs import follow as follow_module
from objtui.runs.follow import follow
from objtui.scenario.load import parse_scenario
from objtui.session import Session
from objtui.trainer.loop import MAX_END_S, Clock, record_run
from objtui.trainer.open_run import run_header
from tests.conftest import A_SCENARIO

if TYPE_CHECKING:
    from conftest import Trainers

MakeWriter = Callable[..., RunWriter]
MakeFrame = Callable[..., Frame]

STEPS = 1_000_000
HOUR_S = 3600
LIVE_S = 1.0

REAL = A_SCENARIO.replace("1_000_000", "200")


def a_session(training: Any, steps: int) -> Session:
    """A session of a training that is made up."""
    counts = RowCounts(2, 1)
    return Session(training, steps, "cpu", "float32", 1, 1, counts, None, {}, "")


class TracedTraining:
    """Takes ten steps at once and reports each in a trace of its own."""

    train_s = eval_s = 0.0
    diverged = False

    def __init__(self, members: tuple[int, int]) -> None:
        self.members = members
        self.step = 0
        self.delivered = 0

    def events(self) -> Iterator[Frame | LossTrace | Progress]:
        while True:
            self.step += 10
            for step in range(self.step - 9, self.step + 1):
                self.delivered = step
                loss = np.full(self.members, float(step))
                yield LossTrace(step, step, loss, loss, loss)
            yield Progress(self.step, float(self.step))

    def checkpoint(self) -> bytes:
        assert self.delivered == self.step
        return str(self.step).encode()


@pytest.mark.parametrize("asked_after", [1, 7, 25])
def test_a_stop_loses_no_trace_of_a_step_that_was_taken(
    asked_after: int, new_run: MakeWriter, header: Callable[[], RunHeader]
) -> None:
    training = TracedTraining((len(header().heads), len(header().seeds)))
    writer = new_run()
    end = record_run(
        a_session(training, 1000),
        writer,
        checkpoint_every=10,
        is_stop_requested=lambda: training.step >= asked_after,
    )
    with RunReader(Path(writer.path)) as reader:
        traces = [entry.trace for entry in reader.loss_traces_after()]
        checkpoint = reader.checkpoint()
    assert end.state == "stopped"
    assert [trace.last_step for trace in traces] == list(range(1, training.step + 1))
    assert checkpoint == (training.step, str(training.step).encode())


def test_what_is_measured_at_an_end_is_recorded_at_a_stop_behind_the_checkpoint(
    new_run: MakeWriter, frame: MakeFrame, header: Callable[[], RunHeader]
) -> None:
    class Measuring(TracedTraining):
        def measure_end(self) -> Frame:
            return frame(self.step, scheduled=False)

    training = Measuring((len(header().heads), len(header().seeds)))
    writer = new_run()
    record_run(a_session(training, 1000), writer, is_stop_requested=lambda: training.step >= 20)
    with RunReader(Path(writer.path)) as reader:
        frames = [entry.frame for entry in reader.frames_after()]
        assert reader.checkpoint() is not None
    assert [(frame.step, frame.scheduled) for frame in frames] == [(20, False)]


@pytest.mark.parametrize("measures", [True, False], ids=["fails", "takes long"])
def test_a_stop_is_one_where_its_end_is_not_measured(
    measures: bool, new_run: MakeWriter, frame: MakeFrame
) -> None:
    class Measuring(CountedTraining):
        measured = 0

        def events(self) -> Iterator[Frame | LossTrace | Progress]:
            for event in super().events():
                self.eval_s += 0.0 if measures else 2 * MAX_END_S
                yield event

        def measure_end(self) -> Frame:
            self.measured += 1
            raise MemoryError

    training, writer, lines = Measuring(frame, 1000), new_run(), list[str]()
    end = record_run(
        a_session(training, 1000),
        writer,
        is_stop_requested=lambda: training.step >= 20,
        log_line=lines.append,
    )
    assert (end.state, training.measured) == ("stopped", int(measures))
    assert ("MemoryError" in "\n".join(lines)) == measures
    with RunReader(Path(writer.path)) as reader:
        assert reader.status().state == "stopped"
        assert reader.checkpoint() == (20, b"step 20")


class HourLongTraining:
    """A million steps in an hour of a made-up clock: 200 scheduled frames, live ones between."""

    train_s = eval_s = 0.0
    diverged = False

    def __init__(self, frame: MakeFrame, looks: Callable[[], None]) -> None:
        self.step = 0
        self.now = 0.0
        self._frame = frame
        self._looks = looks

    def events(self) -> Iterator[Frame | LossTrace | Progress]:
        losses = np.ones((2, 2))
        moments = int(HOUR_S / LIVE_S)
        for moment in range(moments + 1):
            self.now = moment * LIVE_S
            before, self.step = self.step, moment * STEPS // moments
            for stretch in range(before // 1000, self.step // 1000):
                first = stretch * 1000 + 1
                yield LossTrace(first, first + 999, losses, losses, losses)
            scheduled = moment % (moments // 200) == 0
            yield self._frame(self.step, scheduled=scheduled, nll=1 / (1 + moment))
            self._looks()
            self.now += LIVE_S / 2
            yield Progress(self.step, self.now)

    def checkpoint(self) -> bytes:
        return bytes(100_000)


@pytest.mark.thorough
def test_an_hour_of_frames_leaves_file_and_memory_small(
    new_run: MakeWriter, frame: MakeFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = new_run(steps=STEPS)
    reader = RunReader(writer.path)
    events = follow(reader)
    sizes: list[int] = []
    memory: list[int] = []

    def looks() -> None:
        while not isinstance(next(events), RunStatus):  # a reader that keeps up
            pass
        if training.now % (HOUR_S / 6) == 0:
            gc.collect()
            files = writer.path.parent.iterdir()
            sizes.append(sum(path.stat().st_size for path in files))
            memory.append(tracemalloc.get_traced_memory()[0])
        if training.step == STEPS:
            reader.close()  # else its journal could not go

    training = HourLongTraining(frame, looks)
    clock = SimpleNamespace(
        monotonic=lambda: training.now, perf_counter=lambda: training.now, sleep=lambda s: None
    )
    monkeypatch.setattr(follow_module, "time", clock)
    tracemalloc.start()
    try:
        end = record_run(
            a_session(training, STEPS), writer, clock=Clock(lambda: training.now, lambda _: None)
        )
    finally:
        tracemalloc.stop()
    assert (end.state, end.summary.wall_s) == ("finished", HOUR_S + LIVE_S / 2)
    with RunReader(writer.path) as reader:
        frames = [stored.frame for stored in reader.frames_after()]
        assert sum(frame.scheduled for frame in frames) == 201
        assert 200 <= sum(not frame.scheduled for frame in frames) <= 400
        assert len(reader.loss_traces_after()) == 1000
    assert writer.path.stat().st_size < 4 * 2**20
    assert len(sizes) == 7
    # 600 frames and a checkpoint, whatever has gone through; journal and its index included.
    assert max(sizes) < 8 * 2**20
    # What grows are the scores of scheduled frames, a kilobyte each. One leap is left out:
    # after many other tests the interpreter may enlarge a table of its own meanwhile.
    growth = sorted(later - earlier for earlier, later in pairwise(memory[1:]))
    assert sum(growth[:-1]) < 2**19


class SlowTraining(TracedTraining):
    """A second of a made-up clock a step; notes when it was asked for checkpoints."""

    def __init__(self, members: tuple[int, int]) -> None:
        super().__init__(members)
        self.now = 0.0
        self.saved_at: list[float] = []

    def events(self) -> Iterator[Frame | LossTrace | Progress]:
        while True:
            self.step += 1
            self.now += 1.0
            yield Progress(self.step, self.now)

    def checkpoint(self) -> bytes:
        self.saved_at.append(self.now)
        return b""


def test_checkpoints_by_the_clock_come_early_and_then_more_rarely(new_run: MakeWriter) -> None:
    training = SlowTraining((2, 2))
    record_run(
        a_session(training, 1000),
        new_run(),
        is_stop_requested=lambda: training.step >= 130,
        clock=Clock(lambda: training.now, lambda _: None),
    )
    assert training.saved_at == [2, 6, 14, 30, 60, 90, 120, 130]


class CountedTraining:
    """A frame a step; may fail or diverge at one of them."""

    train_s = eval_s = 0.0

    def __init__(self, frame: MakeFrame, steps: int, fault: Exception | None = None) -> None:
        self.step = 0
        self.diverged = False
        self.diverges_at: int | None = None
        self._frame, self._steps, self._fault = frame, steps, fault

    def events(self) -> Iterator[Frame | LossTrace | Progress]:
        while self.step < self._steps and not self.diverged:
            self.step += 1
            if self._fault is not None and self.step == 3:
                raise self._fault
            self.diverged = self.step == self.diverges_at
            yield self._frame(self.step)

    def checkpoint(self) -> bytes:
        return f"step {self.step}".encode()


def test_a_made_up_training_is_recorded_to_its_end_with_its_log(
    new_run: MakeWriter, frame: MakeFrame
) -> None:
    writer, lines = new_run(), list[str]()
    end = record_run(
        a_session(CountedTraining(frame, 5), 5),
        writer,
        log_line=lines.append,
        log_text=lambda: "\n".join(lines),
    )
    assert (end.state, end.message, end.summary.steps) == ("finished", "", 5)
    with RunReader(writer.path) as reader:
        assert reader.status().state == "finished"
        assert reader.summary() == end.summary
        assert [stored.frame.step for stored in reader.frames_after()] == [1, 2, 3, 4, 5]
        assert reader.checkpoint() == (5, b"step 5")
        assert reader.log() == "finished after step 5"
    assert [path.name for path in writer.path.parent.iterdir()] == ["a-run.objtui"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (ZeroDivisionError("a fault\nof two lines"), "ZeroDivisionError: a fault"),
        (DataError("rows.csv: changed\nother.csv: gone"), "rows.csv: changed other.csv: gone"),
    ],
    ids=["of the engine", "of ours"],
)
def test_a_failure_is_an_end_that_keeps_what_came_before(
    fault: Exception,
    message: str,
    new_run: MakeWriter,
    frame: MakeFrame,
    capsys: pytest.CaptureFixture[str],
) -> None:
    writer, lines = new_run(), list[str]()
    end = record_run(a_session(CountedTraining(frame, 5, fault), 5), writer, log_line=lines.append)
    assert (end.state, end.message) == ("failed", message)
    assert lines[0].startswith("Traceback (most recent call last):")
    assert lines[-1] == f"failed after step 3: {message}"
    with RunReader(writer.path) as reader:
        assert (reader.status().state, reader.status().message) == ("failed", message)
        assert len(reader.frames_after()) == 2
    assert capsys.readouterr() == ("", "")


def test_a_training_that_diverges_ends_without_a_checkpoint(
    new_run: MakeWriter, frame: MakeFrame
) -> None:
    writer, training = new_run(), CountedTraining(frame, 5)
    training.diverges_at = 2
    assert record_run(a_session(training, 5), writer).state == "diverged"
    with RunReader(writer.path) as reader:
        assert reader.status().state == "diverged"
        assert reader.checkpoint() is None


def test_a_run_file_that_takes_no_end_is_the_callers_error(
    new_run: MakeWriter, frame: MakeFrame
) -> None:
    writer = new_run()

    def remove() -> str:
        writer.path.unlink()
        return ""

    with pytest.raises(RunFileError, match=r"a-run\.objtui: "):
        record_run(a_session(CountedTraining(frame, 5), 5), writer, log_text=remove)


def test_an_interrupt_goes_through(new_run: MakeWriter, frame: MakeFrame) -> None:
    def interrupt() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record_run(a_session(CountedTraining(frame, 5), 5), new_run(), is_stop_requested=interrupt)


def test_a_pause_and_a_stop_by_command_need_no_process_of_their_own(
    new_run: MakeWriter, frame: MakeFrame
) -> None:
    writer, training, lines = new_run(), CountedTraining(frame, 1_000_000), list[str]()
    now = 0.0

    def tell_time() -> float:
        nonlocal now
        now += 0.01
        return now

    def sleep(seconds: float) -> None:
        send_command(writer.path, "stop")  # as it waits

    send_command(writer.path, "pause")
    end = record_run(
        a_session(training, 1_000_000), writer, log_line=lines.append, clock=Clock(tell_time, sleep)
    )
    assert end.state == "stopped"
    assert [line.partition(" at step")[0] for line in lines[:2]] == [
        "told to pause",
        "told to stop",
    ]
    with RunReader(writer.path) as reader:
        assert reader.checkpoint() == (training.step, f"step {training.step}".encode())


def test_a_real_training_is_recorded_as_it_trains(tmp_path: Path, trainers: Trainers) -> None:
    from objtui.engine.session import prepare, train

    scenario = parse_scenario(REAL, "real.toml", tmp_path).scenario
    session = prepare(scenario, tmp_path)
    request = trainers.request(text=REAL, scenario_path="real.toml")
    name, path = reserve(tmp_path, "real.toml", None)
    header = run_header(name, request, scenario, session)
    with RunWriter(path, header, REAL, request.with_scenario(scenario).to_json()) as writer:
        end = record_run(session, writer)
    assert (end.state, end.summary.steps) == ("finished", scenario.train.steps)
    with RunReader(path) as reader:
        recorded = [stored.frame for stored in reader.frames_after(scheduled_only=True)]
        last = reader.loss_traces_after()[-1].trace.last_step
    assert last == scenario.train.steps
    for frame, trained in zip(recorded, train(scenario, tmp_path), strict=True):
        assert frame.step == trained.step
        np.testing.assert_array_equal(frame.scores, trained.scores)
        np.testing.assert_array_equal(frame.counts, trained.counts)
