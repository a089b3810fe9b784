"""What the trainer's loop keeps, and when it may stop."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from objtui.measures.frames import Frame, LossTrace, Progress
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunHeader, RunStatus
from objtui.runfile.writer import RunWriter
from objtui.runs import follow as follow_module
from objtui.runs.follow import follow
from objtui.trainer import loop as recording
from objtui.trainer.loop import TrainingLoop

MakeWriter = Callable[..., RunWriter]
MakeFrame = Callable[..., Frame]

STEPS = 1_000_000
HOUR_S = 3600
LIVE_S = 1.0


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
    recorder = TrainingLoop(
        training,
        writer,
        steps=1000,
        checkpoint_every=10,
        stopped=lambda: training.step >= asked_after,
        process_age=lambda: 0.0,
        log_line=lambda message: None,
    )
    with writer:
        ending = recorder.record()
        writer.finish(ending.state, ending.summary, "", ending.message)
    with RunReader(Path(writer.path)) as reader:
        traces = [entry.trace for entry in reader.loss_traces_after()]
        checkpoint = reader.checkpoint()
    assert ending.state == "stopped"
    assert [trace.last_step for trace in traces] == list(range(1, training.step + 1))
    assert checkpoint == (training.step, str(training.step).encode())


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

    training = HourLongTraining(frame, looks)
    clock = SimpleNamespace(
        monotonic=lambda: training.now, perf_counter=lambda: training.now, sleep=lambda s: None
    )
    monkeypatch.setattr(recording, "time", clock)
    monkeypatch.setattr(follow_module, "time", clock)
    recorder = TrainingLoop(
        training,
        writer,
        steps=STEPS,
        checkpoint_every=None,
        stopped=lambda: False,
        process_age=lambda: training.now,
        log_line=lambda message: None,
    )
    tracemalloc.start()
    try:
        ending = recorder.record()
    finally:
        tracemalloc.stop()
    reader.close()
    writer.finish(ending.state, ending.summary, "")
    assert (ending.state, ending.summary.wall_s) == ("finished", HOUR_S + LIVE_S / 2)
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


def test_checkpoints_by_the_clock_come_early_and_then_more_rarely(
    new_run: MakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = SlowTraining((2, 2))
    clock = SimpleNamespace(
        monotonic=lambda: training.now, perf_counter=lambda: training.now, sleep=lambda s: None
    )
    monkeypatch.setattr(recording, "time", clock)
    recorder = TrainingLoop(
        training,
        new_run(),
        steps=1000,
        checkpoint_every=None,
        stopped=lambda: training.step >= 130,
        process_age=lambda: 0.0,
        log_line=lambda message: None,
    )
    recorder.record()
    assert training.saved_at == [2, 6, 14, 30, 60, 90, 120, 130]
