"""The record of a sweep is kept while its cells end; a driver of its own that is given up ends."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from objtui.cli.sweep_driver import RecordKeeper, drive_here, launch_driver
from objtui.cluster.kept import KeptCluster
from objtui.errors import RunFileError
from objtui.reports.style import open_stdout
from objtui.sweep.cells import CellResult
from objtui.sweep.halving import EarlyStop, StopRule
from objtui.sweep.plan import Base, Cell, Factor
from objtui.sweep.record import SweepRecord, read_record, write_record
from objtui.sweep.report import SweepJson
from objtui.trainer.request import TrainRequest
from tests.sweep.test_halving import EVALUATED, RULE, RecordedPool, cells, plain_asha

CELLS = tuple(Cell(f"{number:x}", (f"train.lr={number}",)) for number in range(4))
RECORD = SweepRecord(
    "s",
    Base("a.toml", "", "/"),
    (Factor("train.lr", tuple("0123")),),
    CELLS,
    "bce.ap",
    0.0,
    stop=StopRule("bce", "ap", 100),
)
STOP = EarlyStop(7, 2, 2)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds; a write takes one."""
    now = [0.0]

    def write(folder: Path, record: SweepRecord) -> None:
        now[0] += 1
        write_record(folder, record)

    monkeypatch.setattr("objtui.cli.sweep_driver.time.monotonic", lambda: now[0])
    monkeypatch.setattr("objtui.cli.sweep_driver.write_record", write)
    return now


@pytest.fixture
def keeper(tmp_path: Path) -> RecordKeeper:
    write_record(tmp_path, RECORD)
    return RecordKeeper(tmp_path, RECORD, SweepJson(open_stdout()))


def kept(folder: Path) -> set[str]:
    record = read_record(folder)
    return {*record.stopped, *record.failures}


def test_what_is_new_is_written_at_once_and_then_when_that_takes_a_small_part_of_the_time(
    tmp_path: Path, keeper: RecordKeeper, clock: list[float]
) -> None:
    keeper.stops(CELLS[0], STOP)
    assert kept(tmp_path) == {"0"}
    keeper.stops(CELLS[1], STOP)
    keeper.ended(CellResult(CELLS[2], "failed", "no CUDA"))
    assert kept(tmp_path) == {"0"}
    clock[0] += 25
    keeper.goes_on(CELLS[3])
    assert kept(tmp_path) == {"0", "1", "2"}
    writes = clock[0]
    clock[0] += 25
    keeper.goes_on(CELLS[3])
    assert clock[0] == writes + 25  # nothing is new


def test_at_the_end_all_of_it_is_written(
    tmp_path: Path, keeper: RecordKeeper, clock: list[float]
) -> None:
    with keeper:
        for cell in CELLS:
            keeper.stops(cell, STOP)
    assert kept(tmp_path) == {"0", "1", "2", "3"}
    assert read_record(tmp_path).stopped == dict.fromkeys("0123", STOP)


class Trainings(RecordedPool):
    """Recorded cells in the place of trainings, `jobs` of them in turn."""

    asked: ClassVar[list[tuple[tuple[TrainRequest, ...], int]]] = []

    def __init__(self, requests: Iterable[TrainRequest], jobs: int, *_: object, **__: bool) -> None:
        requests = tuple(requests)
        self.asked.append((requests, jobs))
        places = range(len(requests))
        turns = [
            cell
            for first in places[::jobs]
            for _ in EVALUATED
            for cell in places[first : first + jobs]
        ]
        super().__init__(CURVES, turns)

    def __enter__(self) -> Trainings:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing."""


CURVES = [[(cell * 5 + step * (cell % 3)) % 8 / 8 for step in EVALUATED] for cell in range(9)]


def stopped_by(folder: Path, ray: str | None, jobs: int | None) -> SweepRecord:
    record = replace(
        RECORD, factors=(Factor("train.lr", tuple(map(str, range(9)))),), cells=cells(9), stop=RULE
    )
    folder.mkdir()
    write_record(folder, record)
    args = argparse.Namespace(jobs=jobs, ray=ray, max_failures=None, json=True, runs=None)
    assert drive_here(folder, record, args) == 0
    return read_record(folder)


def test_on_a_cluster_cells_are_ended_early_as_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same cells with as many at a time: as many as it has CPUs where nobody says."""

    @contextmanager
    def kept(address: str, environment: dict[str, str]) -> Iterator[KeptCluster]:
        yield KeptCluster(address, 2)

    monkeypatch.setattr("objtui.cli.sweep_driver.kept_cluster", kept)
    monkeypatch.setattr("objtui.cli.sweep_driver.TrainingsTogether", Trainings)
    for jobs in (1, 2):
        here = stopped_by(tmp_path / f"here-{jobs}", None, jobs)
        there = stopped_by(tmp_path / f"there-{jobs}", "head:6379", jobs if jobs == 1 else None)
        assert dict(there.stopped) == dict(here.stopped)
        assert dict(there.passed) == dict(here.passed)
        turns = [
            cell
            for first in range(0, 9, jobs)
            for _ in EVALUATED
            for cell in range(first, min(first + jobs, 9))
        ]
        ended = plain_asha(CURVES, turns, list(RULE.rungs), 4)
        assert {int(cell, 16): stop.step for cell, stop in there.stopped.items()} == ended
        assert 0 < len(ended) < 9
        assert set(there.passed) | set(there.stopped) == {cell.id for cell in cells(9)}
        requests, at_once = Trainings.asked[-1]
        assert at_once == jobs
        assert {(each.ray, each.parts, each.threads) for each in requests} == {("head:6379", 1, 1)}


def test_who_goes_on_says_how_many_trainers_a_driver_that_is_gone_had_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("objtui.cli.sweep_driver.TrainingsTogether", Trainings)
    monkeypatch.setattr("objtui.cli.sweep_driver.reap", lambda folder: 2)
    stopped_by(tmp_path / "s", None, 1)
    assert "stopped 2 trainers that a driver which is gone had left" in capsys.readouterr().err


def test_a_driver_that_is_given_up_has_left_before_anybody_hears_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        assert options["env"]["PYTHONIOENCODING"].startswith("utf-8")
        started.append(real([sys.executable, "-c", "import time; time.sleep(600)"], **options))
        return started[0]

    monkeypatch.setattr("objtui.cli.sweep_driver.subprocess.Popen", start)
    args = argparse.Namespace(jobs=None, ray=None, max_failures=None, sort=None)
    with pytest.raises(RunFileError):  # there is no record
        launch_driver(tmp_path, args, "resume")
    assert started[0].returncode is not None
