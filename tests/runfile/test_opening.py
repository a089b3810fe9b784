"""Opening run files beside their trainers, others that lock them, and other readers."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from objtui.errors import RunFileError, RunGoneError
from objtui.runfile import connecting, liveness, opening
from objtui.runfile.connecting import remove_empty_journal
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from tests.patience import GIVE_UP_S

SUMMARY = RunSummary(steps=50, wall_s=5.0, start_s=1.0, train_s=2.0, eval_s=0.5)

NewRun = Callable[..., RunWriter]

READS_ON_AND_ON = """
import sys
import threading
from pathlib import Path
from objtui.errors import RunFileError
from objtui.runfile.reader import RunReader
folder = Path(sys.argv[1])
print("ready", flush=True)
while not (folder / "over").exists():
    for path in sorted(folder.glob("*.objtui"))[-2:]:
        try:
            with RunReader(path) as reader:
                reader.status()
                reader.frames_after()
        except RunFileError:
            pass  # it is being made
"""

ROUNDS = 60


def test_no_journal_stays_beside_an_ended_run_however_many_open_it_meanwhile(
    new_run: NewRun, frame: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A reader may be kept waiting while it has the file open.
    monkeypatch.setattr("objtui.runfile.writer.CLOSE_TIMEOUT_S", GIVE_UP_S)
    command = [sys.executable, "-c", READS_ON_AND_ON, str(tmp_path)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == b"ready\n"
        for number in range(ROUNDS):
            run = new_run(f"run-{number:03}")
            run.append_frame(frame(1))
            run.finish("finished", SUMMARY, "")
    finally:
        (tmp_path / "over").touch()
        for reader in readers:
            reader.communicate()
    (tmp_path / "over").unlink()
    assert [reader.returncode for reader in readers] == [0, 0, 0]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"run-{number:03}.objtui" for number in range(ROUNDS)
    ]


def test_an_empty_journal_that_somebody_left_is_removed_by_the_next_reader(
    new_run: NewRun, tmp_path: Path
) -> None:
    run = new_run()
    run.finish("finished", SUMMARY, "")
    for end in ("-wal", "-shm"):
        run.path.with_name(run.path.name + end).touch()
    with RunReader(run.path) as reader:
        assert reader.status().state == "finished"
    assert [path.name for path in tmp_path.iterdir()] == ["a-run.objtui"]


def test_the_journal_of_a_run_in_training_is_never_removed(
    new_run: NewRun, frame: Callable, tmp_path: Path
) -> None:
    with new_run() as run:
        assert run.path.with_name("a-run.objtui-wal").stat().st_size == 0
        remove_empty_journal(run.path)
        run.append_frame(frame(1))
        remove_empty_journal(run.path)
        assert len(list(tmp_path.iterdir())) == 3
        with RunReader(run.path) as reader:
            assert [stored.frame.step for stored in reader.frames_after()] == [1]


def test_a_copy_of_a_run_in_training_is_not_taken_for_the_run(
    new_run: NewRun, tmp_path: Path
) -> None:
    with new_run() as run:
        copy = Path(shutil.copy(run.path, tmp_path / "copy.objtui"))
        moved = Path(shutil.copytree(tmp_path, tmp_path / "elsewhere") / "a-run.objtui")
        for path in (copy, moved):
            with RunReader(path) as reader:
                status = reader.status()
            assert status.state == "crashed"
            assert status.message.startswith("this is a copy of a run in training (process ")
        with RunReader(run.path) as reader:
            assert reader.status().state == "starting"


def test_a_run_file_that_is_gone_is_told_from_one_that_never_was(
    new_run: NewRun, frame: Callable, tmp_path: Path
) -> None:
    with new_run() as run, RunReader(run.path) as reader:
        for path in list(tmp_path.iterdir()):
            path.unlink()
        with pytest.raises(RunGoneError, match=r"a-run\.objtui: the run file was removed"):
            reader.status()
        with pytest.raises(RunGoneError, match="was removed"):
            run.set_status(step=1)
    with pytest.raises(RunFileError, match="no such run file"):
        RunReader(run.path)


def test_a_run_file_that_goes_while_its_trainer_is_looked_for_is_gone(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_run() as run, RunReader(run.path) as reader:

        def look(*_: object) -> bool:
            run.path.unlink()
            return True

        monkeypatch.setattr(liveness, "is_alive", look)
        with pytest.raises(RunGoneError, match="removed, moved or replaced"):
            reader.status()


def test_a_file_seen_in_the_middle_of_a_commit_is_not_taken_for_one_cut_short(
    new_run: NewRun, frame: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run()
    run.append_frame(frame(1))
    run.finish("finished", SUMMARY, "")
    whole = run.path.read_bytes()
    run.path.write_bytes(whole[:-4096])  # its first page already says how long it will be
    looks = []

    def no_journal_yet(path: Path, *ends: str) -> bool:
        looks.append(path)
        if len(looks) == 2:
            path.write_bytes(whole)
        return False

    monkeypatch.setattr(opening, "has_journal", no_journal_yet)
    opening.check_file(run.path)
    assert len(looks) == 2


def test_a_run_file_that_was_replaced_is_not_written_on(new_run: NewRun, tmp_path: Path) -> None:
    with new_run() as run:
        copy = Path(shutil.copy(run.path, tmp_path / "copy.objtui"))
        before = copy.read_bytes()
        copy.rename(run.path)
        with pytest.raises(RunGoneError, match="removed, moved or replaced"):
            run.set_status(step=1)
        assert run.path.read_bytes() == before


def test_a_lock_that_is_let_go_is_waited_for_and_one_that_is_not_is_named(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run()
    run.finish("finished", SUMMARY, "")
    program = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        " c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(run.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with monkeypatch.context() as patch:
            patch.setattr(connecting, "BUSY_TIMEOUT_S", 0.05)
            with pytest.raises(RunFileError, match="another program keeps it locked"):
                RunReader(run.path)
        other.communicate("\n")
    with RunReader(run.path) as reader:
        assert reader.status().state == "finished"


def test_a_trainer_waits_out_a_lock_of_another(new_run: NewRun, frame: Callable) -> None:
    with new_run() as run:
        other = sqlite3.connect(run.path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.2, other.execute, ["ROLLBACK"])
        timer.start()
        run.append_frame(frame(1))
        timer.join()
        other.close()
        with RunReader(run.path) as reader:
            assert len(reader.frames_after()) == 1


def test_a_checkpoint_is_read_whole_while_others_take_its_place(new_run: NewRun) -> None:
    with new_run() as run, RunReader(run.path) as reader:
        run.set_checkpoint(0, bytes(2000))
        over, seen = threading.Event(), []

        def read() -> None:
            while not over.is_set():
                try:
                    step, data = reader.checkpoint()
                except RunFileError as error:
                    seen.append(str(error))
                else:
                    seen.append(data == bytes([step % 256]) * 2000)

        reading = threading.Thread(target=read)
        reading.start()
        step = 0
        while step < 400 or len(seen) < 2:
            run.set_checkpoint(step, bytes([step % 256]) * 2000)
            step += 1
        over.set()
        reading.join()
        assert set(seen) == {True}
