"""The real trainer around a training that is made up, so that tests need no torch.

Its arguments, before those of every trainer, say what happens besides a training of so many
steps as the scenario has: "fails", "diverges", "wrong data", "waits for wrong data",
"breaks early", "dies early", "waits", "many frames", "seeds differ", "swallows a signal",
"ignores signals", "prints without end", "builds for long", "has a notice". An argument
"TITLE=fails" is for scenarios of that title. No training comes further than the step in the
file `gate` of the scenario's folder, while there is one.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from objtui.errors import DataError
from objtui.measures.frames import Frame, LossTrace, Progress
from objtui.measures.histogram import CELLS
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile import writer
from objtui.runfile.records import RowCounts
from objtui.scenario.schema import Scenario
from objtui.session import ProgressListener, Session
from objtui.trainer.process import Prepare, main

FRAME_EVERY = 10


class FakeTraining:
    """Every step takes a millisecond, and every tenth is a scheduled frame."""

    def __init__(self, scenario: Scenario, behaviours: frozenset[str]) -> None:
        self.step = 0
        self.train_s = 0.0
        self.eval_s = 0.0
        self.diverged = False
        self.notices = ("a notice of the steps",) if "has a notice" in behaviours else ()
        self._behaviours = behaviours
        self._steps = scenario.train.steps
        last = self._steps if "many frames" in behaviours else min(self._steps, 1000)
        self.schedule = tuple(range(0, last + 1, FRAME_EVERY))
        self._shape = (len(scenario.heads), len(scenario.train.seeds))

    def events(self) -> Iterator[Frame | LossTrace | Progress]:
        if self.step == 0:
            yield self._frame()
        while self.step < self._steps:
            time.sleep(0.001)
            if "prints without end" in self._behaviours:
                print(f"step {self.step}: " + "x" * 20_000)
                os.write(2, b"an extension that writes by itself\n")
            self.step += 1
            self.train_s += 0.001
            losses = np.full(self._shape, 1 / self.step)
            yield LossTrace(self.step, self.step, losses, losses, losses)
            if "fails" in self._behaviours and self.step == 25:
                raise ZeroDivisionError("a made-up failure\nwith a second line")
            if "diverges" in self._behaviours and self.step == 20:
                self.diverged = True
            if self.step % FRAME_EVERY == 0:
                yield self._frame()
                yield self._frame(scheduled=False)
            else:
                yield Progress(self.step, self.train_s)
            if self.diverged:
                return

    def checkpoint(self) -> bytes:
        return f"step {self.step}".encode()

    def restore(self, data: bytes) -> None:
        word, step = data.decode().split()
        if word != "step":
            raise ValueError("the checkpoint is of another scenario")
        self.step = int(step)
        self.train_s = self.step / 1000

    def _frame(self, *, scheduled: bool = True) -> Frame:
        scores = np.full((*self._shape, len(SCORE_NAMES)), 1 / (1 + self.step))
        if "seeds differ" in self._behaviours:
            scores[:, -1] += 1
        return Frame(
            step=self.step,
            elapsed_s=self.train_s,
            scheduled=scheduled,
            diverged=np.full(self._shape, self.diverged),
            scores=scores,
            counts=np.ones((*self._shape, 2, CELLS), dtype=np.int64),
        )


class Held:
    """A training that comes no further than the step in a file, while there is one.

    Meanwhile it takes commands and signals. Without it, how far a training has come when
    a test does something to it would depend on how busy the machine is.
    """

    def __init__(self, training: Any, gate: Path) -> None:
        self._training = training
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._training, name)

    def events(self) -> Iterator[Frame | LossTrace | Progress]:
        for event in self._training.events():
            yield event
            if isinstance(event, LossTrace):  # of steps whose frame or progress is to come
                continue
            while self._training.step >= self._last_step():
                time.sleep(0.005)
                yield Progress(self._training.step, event.elapsed_s)

    def _last_step(self) -> float:
        try:
            return float(self._gate.read_text() or 0)
        except FileNotFoundError:
            return math.inf


def patient(prepare: Prepare) -> int:
    """The trainer's process; it waits for its readers on a loaded machine, too."""
    writer.CLOSE_TIMEOUT_S = 60.0
    return main(sys.argv[-2:], prepare)


def behaviours_of(scenario: Scenario, arguments: Sequence[str]) -> frozenset[str]:
    """What the arguments say of a scenario."""
    named = [argument.rpartition("=") for argument in arguments]
    return frozenset(name for title, _, name in named if title in ("", scenario.title))


def prepare_as(*arguments: str) -> Prepare:
    """What prepares a training that behaves as the arguments say."""

    def prepare(scenario: Scenario, base: Path, progress: ProgressListener) -> Session:
        return prepare_fake(scenario, base, progress, behaviours_of(scenario, arguments))

    return prepare


def prepare_fake(
    scenario: Scenario, base: Path, progress: ProgressListener, behaviours: frozenset[str]
) -> Session:
    print("a stray print of some library")
    if "wrong data" in behaviours:
        raise DataError("rows.csv: no such file\nother.csv: no such file")
    if "breaks early" in behaviours:
        raise ZeroDivisionError("a made-up fault")
    if "dies early" in behaviours:
        os.kill(os.getpid(), signal.SIGKILL)
    if "waits" in behaviours:
        (base / "waiting").write_text(str(os.getpid()))
        time.sleep(600)
    if "builds for long" in behaviours:
        progress("training anchors", 0.42)
        while not (base / "go on").exists():
            time.sleep(0.01)
    if "waits for wrong data" in behaviours:
        (base / "waiting").write_text(str(os.getpid()))
        while not (base / "go on").exists():
            time.sleep(0.01)
        progress("training anchors", 0.42)
        raise DataError("rows.csv: no such file")
    if "swallows a signal" in behaviours:
        (base / "waiting").write_text(str(os.getpid()))
        with contextlib.suppress(SystemExit):
            time.sleep(600)
    if "ignores signals" in behaviours:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        (base / "waiting").write_text(str(os.getpid()))
        time.sleep(600)
    return Session(
        training=Held(FakeTraining(scenario, behaviours), base / "gate"),
        steps=scenario.train.steps,
        device="cpu",
        dtype="float32",
        threads=1,
        features=1,
        train_rows=RowCounts(2, 1),
        val_rows=None,
        versions={"fake": "1"},
        notices=("a notice of the data",) if "has a notice" in behaviours else (),
        data_digest=(base / "digest").read_text() if (base / "digest").exists() else "",
    )


if __name__ == "__main__":
    sys.exit(patient(prepare_as(*sys.argv[1:-2])))
