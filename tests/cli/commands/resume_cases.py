"""Runs to be resumed, and what is looked at once they were."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objtui.runfile.reader import RunReader

if TYPE_CHECKING:
    from conftest import Trainers

FOR_EVER = 1_000_000


def start(trainers: Trainers, until_step: int, steps: int = FOR_EVER, **changes: Any) -> Path:
    """A run with a checkpoint each 50 steps, as far as some step."""
    train = {"steps": steps, "checkpoint_every": 50}
    path = trainers.start(train=train, **changes).path
    trainers.wait_for(path, lambda status: status.step >= until_step)
    return path


def change_header(path: Path, **changes: Any) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        (text,) = connection.execute("SELECT json FROM header").fetchone()
        text = json.dumps({**json.loads(text), **changes})
        connection.execute("UPDATE header SET json = ?", (text,))


def assert_each_step_is_there_once(path: Path) -> None:
    with RunReader(path) as reader:
        last = reader.status().step
        frames = reader.frames_after(scheduled_only=True)
        traces = reader.loss_traces_after()
    assert [stored.frame.step for stored in frames] == [*range(0, last + 1, 10)]
    assert [stored.trace.last_step for stored in traces] == [*range(1, last + 1)]


def state_of(path: Path) -> str:
    with RunReader(path) as reader:
        return reader.status().state


REAL = """
title = "resumed"
[data]
source = "gaussians"
train_rows = 400
val_rows = 100
dim = 4
[model]
backbone = "mlp"
hidden = [8]
[train]
steps = 10_000
batch = 32
optimizer = "adam"
seeds = 2
checkpoint_every = 100
[[heads]]
name = "bce"
loss = "bce"
[[heads]]
name = "mse"
loss = "mse"
"""


def read_bits(path: Path) -> Any:
    """Everything of a run but times."""
    with RunReader(path) as reader:
        frames = [stored.frame for stored in reader.frames_after(scheduled_only=True)]
        traces = [stored.trace for stored in reader.loss_traces_after()]
        checkpoint = reader.checkpoint()
    assert checkpoint is not None
    return (
        [(frame.step, frame.scores.tobytes(), frame.counts.tobytes()) for frame in frames],
        [(trace.first_step, trace.last_step, trace.mean.tobytes()) for trace in traces],
        # Behind the header, which holds the clock, lie the tensors.
        checkpoint[1][8 + int.from_bytes(checkpoint[1][:8], "little") :],
    )
