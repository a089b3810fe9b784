"""Writing a run file."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from objtui.errors import RunFileError
from objtui.measures.detections import MAX_SHOWN, PictureDetections
from objtui.measures.frames import LossTrace
from objtui.runfile import checkpoints
from objtui.runfile import writer as writer_module
from objtui.runfile.commands import send_command
from objtui.runfile.reader import RunReader
from objtui.runfile.records import HeadInfo, RunSummary, SamplePicture
from objtui.runfile.thinning import LIVE_FRAMES
from objtui.runfile.writer import RunWriter

SUMMARY = RunSummary(steps=50, wall_s=5.0, start_s=1.0, train_s=2.0, eval_s=0.5)

NewRun = Callable[..., RunWriter]


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
def test_a_run_file_and_its_journal_are_their_owners_alone_whatever_the_umask(
    new_run: NewRun, tmp_path: Path
) -> None:
    new_run()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}
    assert len(modes) > 1


def test_what_was_written_is_read_back(new_run: NewRun, frame: Callable) -> None:
    with new_run() as run:
        run.append_frame(frame(10, nll=0.25))
        losses = np.array([[1.0, 2.0], [3.0, 4.0]])
        run.append_loss_traces([LossTrace(1, 10, losses, losses + 1, losses + 2)])
        run.set_status(state="running", steps_per_s=12.5)
        run.set_checkpoint(9, b"old")
        run.set_checkpoint(10, b"new")
        with RunReader(run.path) as reader:
            (stored,) = reader.frames_after()
            assert stored.frame.step == 10
            assert (stored.frame.score("nll") == 0.25).all()
            (trace,) = reader.loss_traces_after()
            assert (trace.trace.first_step, trace.trace.last_step) == (1, 10)
            assert (trace.trace.mean == losses + 1).all()
            status = reader.status()
            assert (status.state, status.step, status.steps_per_s) == ("running", 10, 12.5)
            assert reader.checkpoint() == (10, b"new")
            assert reader.summary() is None


def test_without_pictures_in_its_header_a_run_keeps_no_detections(
    new_run: NewRun, frame: Callable
) -> None:
    shape = 2, 1, MAX_SHOWN
    nothing = PictureDetections(
        np.zeros((*shape, 4), np.int16), np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
    )
    for pictures in ((), (SamplePicture("a.png", 8, 8),)):
        run = new_run(f"run-{len(pictures)}", pictures=pictures)
        run.append_frame(replace(frame(0), detections=nothing))
        run.finish("finished", SUMMARY, "")
        with RunReader(run.path) as reader:
            (entry,) = reader.frames_after()
        assert (entry.frame.detections is None) == (not pictures)


def test_live_frames_are_thinned_and_scheduled_ones_kept(new_run: NewRun, frame: Callable) -> None:
    with new_run(heads=(HeadInfo("bce", "bce", 1, "bce"),), seeds=(0,)) as run:
        for step in range(3 * LIVE_FRAMES):
            run.append_frame(frame(step, scheduled=step % 10 == 0, heads=1, seeds=1))
        with RunReader(run.path) as reader:
            frames = [stored.frame for stored in reader.frames_after()]
    scheduled = [frame.step for frame in frames if frame.scheduled]
    live = [frame.step for frame in frames if not frame.scheduled]
    assert scheduled == list(range(0, 3 * LIVE_FRAMES, 10))
    assert LIVE_FRAMES / 2 <= len(live) <= LIVE_FRAMES
    assert live[-1] == 3 * LIVE_FRAMES - 1


def test_after_the_end_nothing_lies_beside_the_file(new_run: NewRun, tmp_path: Path) -> None:
    run = new_run()
    run.finish("finished", SUMMARY, "the log")
    assert [path.name for path in tmp_path.iterdir()] == ["a-run.objtui"]
    with RunReader(run.path) as reader:
        assert reader.status().state == "finished"
        assert reader.status().step == 50
        assert reader.summary() == SUMMARY
        assert reader.log() == "the log"


def test_a_reader_that_does_not_let_go_keeps_no_run_from_ending(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "CLOSE_TIMEOUT_S", 0.0)
    run = new_run()
    with RunReader(run.path) as reader:
        reader.frames_after()
        run.finish("finished", SUMMARY, "")
        # All is in the one file nevertheless: a copy of it alone is whole.
        copy = run.path.with_name("copy.objtui")
        copy.write_bytes(run.path.read_bytes())
        with RunReader(copy) as copied:
            assert copied.status().state == "finished"


def test_a_large_checkpoint_comes_back_whole(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "PART_BYTES", 1000)
    with new_run() as run, RunReader(run.path) as reader:
        for data in (bytes(range(256)) * 10, b"short", b"", b"x" * 1000):
            run.set_checkpoint(7, data)
            assert reader.checkpoint() == (7, data)


def test_commands_are_taken_once_and_in_order(new_run: NewRun) -> None:
    with new_run() as run:
        send_command(run.path, "pause")
        send_command(run.path, "stop")
        assert run.take_commands() == ["pause", "stop"]
        assert run.take_commands() == []


def test_on_a_network_file_system_there_is_no_write_ahead_log(
    new_run: NewRun, frame: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "is_network_folder", lambda folder: True)
    with new_run() as run:
        run.append_frame(frame(1))
        assert [path.name for path in tmp_path.iterdir()] == ["a-run.objtui"]
        with RunReader(run.path) as reader:
            assert len(reader.frames_after()) == 1


def test_a_full_disk_is_named(new_run: NewRun, frame: Callable) -> None:
    with new_run() as run:
        pages = run._connection.execute("PRAGMA page_count").fetchone()[0]
        run._connection.execute(f"PRAGMA max_page_count = {pages + 5}")
        run.append_frame(frame(0))
        with pytest.raises(RunFileError, match=r"a-run\.objtui: the disk is full; free some space"):
            run.set_checkpoint(1, b"x" * 100_000)
        with RunReader(run.path) as reader:  # what was committed before is whole
            assert reader.frames_after()


def test_a_run_file_is_an_ordinary_sqlite_file(new_run: NewRun, frame: Callable) -> None:
    run = new_run()
    run.append_frame(frame(3))
    run.finish("finished", SUMMARY, "")
    connection = sqlite3.connect(run.path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT step, scheduled FROM frames").fetchall() == [(3, 1)]
    assert connection.execute("SELECT text FROM scenario").fetchall() == [("title = 'A title'",)]
    connection.close()
