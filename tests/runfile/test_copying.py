"""Copies of run files."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from objtui.measures.frames import Frame
from objtui.runfile.commands import send_command
from objtui.runfile.copying import copy_run
from objtui.runfile.names import log_path
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter

MakeRun = Callable[..., RunWriter]
MakeFrame = Callable[..., Frame]


def copied(path: Path, target: Path) -> Path:
    with RunReader(path) as reader:
        copy_run(reader, target)
    return target


def frames_of(path: Path) -> list[Frame]:
    with RunReader(path) as reader:
        return [entry.frame for entry in reader.frames_after()]


def test_a_copy_is_one_whole_file_of_its_owner_alone(
    new_run: MakeRun, frame: MakeFrame, tmp_path: Path
) -> None:
    writer = new_run()
    for step in range(5):
        writer.append_frame(frame(step))
    writer.set_checkpoint(4, b"everything")
    writer.set_status(state="running")
    (tmp_path / "elsewhere").mkdir()
    target = copied(writer.path, tmp_path / "elsewhere" / "copy.objtui")
    assert [path.name for path in target.parent.iterdir()] == ["copy.objtui"]
    assert target.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("delete",)]
    with RunReader(target) as reader, RunReader(writer.path) as source:
        assert reader.header() == source.header()
        assert reader.checkpoint() == (4, b"everything")
    for found, wanted in zip(frames_of(target), frames_of(writer.path), strict=True):
        np.testing.assert_array_equal(found.counts, wanted.counts)


def test_the_copy_of_a_run_that_goes_on_has_stopped_there(
    new_run: MakeRun, frame: MakeFrame, tmp_path: Path
) -> None:
    writer = new_run()
    writer.append_frame(frame(7))
    writer.set_status(state="running")
    log_path(writer.path).write_text("so far\n")
    send_command(writer.path, "pause")
    target = copied(writer.path, tmp_path / "copy.objtui")
    with RunReader(target) as reader:
        status = reader.status()
        assert (status.state, status.step) == ("stopped", 7)
        assert status.message == "copied at step 7 from a run that went on"
        assert reader.log() == "so far\n"
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("SELECT * FROM commands").fetchall() == []
    with RunReader(writer.path) as reader:
        assert reader.status().state == "running"
    assert writer.take_commands() == ["pause"]


def test_the_copy_of_an_ended_run_ended_as_it_did(
    new_run: MakeRun, frame: MakeFrame, tmp_path: Path
) -> None:
    writer = new_run()
    writer.append_frame(frame(7))
    writer.finish("failed", RunSummary(7, 1.0, 0.5, 0.4, 0.1), "the log\n", "no memory")
    with RunReader(copied(writer.path, tmp_path / "copy.objtui")) as reader:
        status = reader.status()
        assert (status.state, status.message) == ("failed", "no memory")
        assert reader.log() == "the log\n"
        assert reader.summary() == RunSummary(7, 1.0, 0.5, 0.4, 0.1)


def test_the_copy_of_a_crashed_run_has_crashed_and_keeps_its_log(
    new_run: MakeRun, frame: MakeFrame, tmp_path: Path
) -> None:
    writer = new_run()
    writer.append_frame(frame(7))
    log_path(writer.path).write_text("Killed\n")
    with closing(sqlite3.connect(writer.path)) as connection, connection:
        connection.execute("UPDATE status SET state = 'running', pid = 1, pid_started = 1")
    with RunReader(copied(writer.path, tmp_path / "copy.objtui")) as reader:
        assert reader.status().state == "crashed"
        assert reader.log() == "Killed\n"


def test_a_copy_taken_while_frames_are_written_holds_one_moment(
    new_run: MakeRun, frame: MakeFrame, tmp_path: Path
) -> None:
    writer = new_run()
    writer.set_status(state="running")
    over = threading.Event()
    source = writer.path

    def write() -> None:
        with closing(sqlite3.connect(source, isolation_level=None)) as connection:
            step = 0
            while not over.is_set():
                step += 1
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(
                    "INSERT INTO training_loss (first_step, last_step, payload) VALUES (?, ?, ?)",
                    (step, step, bytes(96)),
                )
                connection.execute("UPDATE status SET step = ?", (step,))
                connection.execute("COMMIT")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(10):
            with RunReader(copied(source, tmp_path / f"copy-{number}.objtui")) as reader:
                traces = reader.loss_traces_after()
                assert reader.status().step == (traces[-1].trace.last_step if traces else 0)
                assert len(traces) == reader.status().step
    finally:
        over.set()
        thread.join()


def test_what_is_at_the_place_of_a_copy_stays(
    new_run: MakeRun, frame: MakeFrame, tmp_path: Path
) -> None:
    writer = new_run()
    (tmp_path / "copy.objtui").write_text("mine")
    with pytest.raises(FileExistsError):
        copied(writer.path, tmp_path / "copy.objtui")
    assert (tmp_path / "copy.objtui").read_text() == "mine"
