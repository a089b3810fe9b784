"""What the trainer's loop keeps, and when it may stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from objtui.frames import Frame, LossTrace, Progress
from objtui.recording import Recorder
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunHeader
from objtui.runfile.writer import RunWriter

MakeWriter = Callable[..., RunWriter]


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
    recorder = Recorder(
        training,
        writer,
        steps=1000,
        checkpoint_every=10,
        stopped=lambda: training.step >= asked_after,
        process_age=lambda: 0.0,
        say=lambda message: None,
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
