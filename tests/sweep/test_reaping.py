"""Ending what a killed driver has left."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.errors import UsageError
from objtui.runfile.processes import file_id, process_started
from objtui.runfile.reader import RunReader
from objtui.runfile.writer import RunWriter
from objtui.sweep.reaping import Process, _starting, reap

if TYPE_CHECKING:
    from conftest import Trainers

SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with the arguments of a trainer whose run has not begun."""
    log = tmp_path / "starting-abc.log"
    log.touch()
    with log.open("a+b") as output:
        process = subprocess.Popen([sys.executable, "-c", SLEEP, "4", str(log)], stdout=output)
    yield process
    process.kill()
    process.wait()


def test_a_trainer_that_has_no_run_yet_is_ended_and_its_log_removed(
    tmp_path: Path, starting: subprocess.Popen[bytes]
) -> None:
    (tmp_path / "0a.objtui").touch()
    assert reap(tmp_path) == 1
    assert starting.wait() < 0
    assert list(tmp_path.iterdir()) == []


def test_a_trainer_of_another_folder_is_left_alone(
    tmp_path: Path, starting: subprocess.Popen[bytes]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "starting-abc.log").touch()
    assert reap(other) == 0
    assert starting.poll() is None
    assert list(other.iterdir()) == []


def test_a_trainer_at_work_stops_with_its_checkpoint(trainers: Trainers) -> None:
    run = trainers.start()
    trainers.goes_on(run.path, 20)
    assert reap(trainers.runs) == 1
    with RunReader(run.path) as reader:
        assert reader.status().state == "stopped"
    assert [each.name for each in trainers.runs.iterdir()] == [run.path.name]
    assert reap(trainers.runs) == 0


def test_a_trainer_on_another_machine_is_not_passed_over(
    tmp_path: Path, new_run: Callable[..., RunWriter], monkeypatch: pytest.MonkeyPatch
) -> None:
    new_run("0a", tmp_path).set_status(state="running")
    monkeypatch.setattr("objtui.sweep.reaping.this_host", lambda: "elsewhere")
    with pytest.raises(UsageError, match="in training on"):
        reap(tmp_path)


@pytest.mark.parametrize("what", ["renamed", "removed"])
def test_a_trainer_whose_log_is_renamed_or_removed_meanwhile_is_ended(
    tmp_path: Path,
    starting: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    log = tmp_path / "starting-abc.log"

    def begin(folder: Path) -> list[Process]:
        listed = list(_starting(folder))
        if what == "renamed":
            log.rename(folder / "0a.log")
        else:
            log.unlink()
        return listed

    monkeypatch.setattr("objtui.sweep.reaping._starting", begin)
    assert reap(tmp_path) == 1
    assert starting.wait() == -signal.SIGTERM


def test_a_process_that_has_let_go_of_the_sweep_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "0a.objtui"
    run.write_bytes(b"of a run")
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as other:
        started, file = process_started(other.pid), file_id(run)
        assert started
        assert file
        monkeypatch.setattr("objtui.sweep.reaping.REAP_S", 0.0)
        monkeypatch.setattr(
            "objtui.sweep.reaping._training", lambda folder: [Process(other.pid, started, file)]
        )
        assert reap(tmp_path) == 1
        assert other.poll() is None
        other.kill()


def test_who_only_reads_the_log_of_a_trainer_is_left_alone(
    tmp_path: Path, starting: subprocess.Popen[bytes]
) -> None:
    log = next(tmp_path.glob("starting-*"))
    with (
        log.open("rb") as file,
        subprocess.Popen([sys.executable, "-c", SLEEP], pass_fds=(file.fileno(),)) as reader,
    ):
        assert reap(tmp_path) == 1
        assert reader.poll() is None
        reader.kill()
    assert starting.wait() < 0


def test_a_run_file_that_names_some_other_process_ends_none(
    tmp_path: Path, new_run: Callable[..., RunWriter]
) -> None:
    run = new_run("0a", tmp_path)
    run.set_status(state="running")
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as other:
        started = process_started(other.pid)
        with contextlib.closing(sqlite3.connect(tmp_path / "0a.objtui")) as connection:
            connection.execute("UPDATE status SET pid = ?, pid_started = ?", (other.pid, started))
            connection.commit()
        with RunReader(tmp_path / "0a.objtui") as reader:
            assert reader.status().pid == other.pid
        assert reap(tmp_path) == 0
        assert other.poll() is None
        other.kill()


def test_what_is_no_file_in_the_place_of_a_run_stays(tmp_path: Path) -> None:
    (tmp_path / "0a.objtui").mkdir()
    (tmp_path / "0b.objtui").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "0c.objtui")
    assert reap(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 3
