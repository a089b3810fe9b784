"""Run files of every kind, and what was recorded in them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from objtui.cli.main import main
from objtui.measures.frames import Frame, LossTrace
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.copying import copy_run
from objtui.runfile.reader import RunReader
from objtui.runfile.writer import RunWriter
from tests.runs_for_tests import MakeRun, a_frame, a_summary, with_diverged


@dataclass(frozen=True)
class Recorded:
    """A run file and what went into it."""

    path: Path
    frames: list[Frame]
    traces: list[LossTrace]


def varied(frame: Frame, step: int) -> Frame:
    """The frame with scores and counts of its own for every member and step."""
    rng = np.random.default_rng(step)
    scores = rng.normal(size=frame.scores.shape) * 10.0 ** rng.integers(-300, 30)
    counts = frame.counts.copy()
    counts[..., 200:210] = rng.integers(0, 2**40, counts[..., 200:210].shape)
    return replace(frame, scores=scores, counts=counts)


def diverged(frame: Frame) -> Frame:
    """The frame with its first member diverged: no number is finite, nothing is counted."""
    lost = with_diverged(frame, (0, 0))
    lost.scores[0, 0, SCORE_NAMES.index("loss")] = np.inf
    lost.scores[0, 0, SCORE_NAMES.index("z_pos")] = -np.inf
    return lost


@pytest.fixture
def recorded(new_run: MakeRun, tmp_path: Path) -> Callable[..., Recorded]:
    """A function that records a run of a kind and says what is in it."""

    def record(kind: str = "finished", name: str = "a-run", folder: str = "runs") -> Recorded:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        writer = new_run(name, place)
        steps = {"empty": [], "one frame": [0]}.get(kind, [0, 10, 15, 40])
        frames = [varied(a_frame(step, scheduled=step != 15), step) for step in steps]
        if kind == "diverged":
            frames[2:] = [diverged(entry) for entry in frames[2:]]
        for entry in frames:
            writer.append_frame(entry)
        trace = np.arange(4.0).reshape(2, 2) / 3
        traces = [
            LossTrace(first, first + 9, trace, trace + first, trace + 100)
            for first in ([1, 11, 21, 31] if len(steps) > 1 else [])
        ]
        writer.append_loss_traces(traces)
        if kind == "crashed":
            return Recorded(crash(writer, tmp_path / "crashed"), frames, traces)
        writer.finish("finished", a_summary(40), "the log\n")
        path = writer.path
        if kind == "copied":
            path = tmp_path / f"{name}-copied.objtui"
            with RunReader(writer.path) as reader:
                copy_run(reader, path)
            writer.path.unlink()
        return Recorded(path, frames, traces)

    return record


def crash(writer: RunWriter, folder: Path) -> Path:
    """What is left of a run whose trainer was killed: its file and a write-ahead log."""
    with closing(sqlite3.connect(writer.path)) as connection, connection:
        connection.execute("UPDATE status SET state = 'running', pid_started = 1, pid = 1")
    folder.mkdir()
    for path in writer.path.parent.glob(f"{writer.path.name}*"):
        if not path.name.endswith("-shm"):
            shutil.copy(path, folder)
    assert (folder / f"{writer.path.name}-wal").stat().st_size > 0
    return folder / writer.path.name


KINDS = ["empty", "one frame", "finished", "diverged", "crashed", "copied"]


@pytest.fixture(params=KINDS)
def any_run(request: pytest.FixtureRequest, recorded: Callable[..., Recorded]) -> Recorded:
    """A run file of every kind in turn."""
    return recorded(request.param)


def refused_export(path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Why a run is not exported in a format: one line, and nothing is made."""
    capsys.readouterr()
    place = path.parent / "out"
    assert main(["export", str(path), "--format", kind, "-o", str(place)]) != 0
    assert not place.exists()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said
