"""The record of a sweep is kept while its cells end; a driver of its own that is given up ends."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from objtui.cli.sweep_driver import RecordKeeper, launch_driver
from objtui.errors import RunFileError
from objtui.reports.style import open_stdout
from objtui.sweep.cells import CellResult
from objtui.sweep.halving import EarlyStop, StopRule
from objtui.sweep.plan import Base, Cell, Factor
from objtui.sweep.record import SweepRecord, read_record, write_record
from objtui.sweep.report import SweepJson

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
