"""Reading a run file: what is refused, and when a run counts as crashed."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from objtui.errors import RunFileError, RunGoneError
from objtui.runfile import liveness
from objtui.runfile.find import list_runs
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter

SUMMARY = RunSummary(steps=50, wall_s=5.0, start_s=1.0, train_s=2.0, eval_s=0.5)

NewRun = Callable[..., RunWriter]


def refusal(path: Path) -> str:
    with pytest.raises(RunFileError) as caught:
        RunReader(path)
    (line,) = caught.value.lines()
    assert str(path) in line
    return line


def finished(new_run: NewRun, frame: Callable, frames: int = 30) -> Path:
    run = new_run()
    for step in range(frames):
        run.append_frame(frame(step))
    run.finish("finished", SUMMARY, "")
    return run.path


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "no such run file" in refusal(tmp_path / "none.objtui")


def test_a_folder_is_no_run_file(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path)


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty.objtui"
    path.touch()
    assert "is empty" in refusal(path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "text.objtui"
    path.write_text("title = 'a scenario'\n" * 20)
    assert "not a run file of objtui" in refusal(path)


def test_the_database_of_another_program_is_named(tmp_path: Path) -> None:
    path = tmp_path / "foreign.objtui"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE header (json TEXT)")
    connection.close()
    assert "not a run file of objtui" in refusal(path)


def test_another_version_is_named(new_run: NewRun, frame: Callable) -> None:
    path = finished(new_run, frame)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "its format is 99, this one reads 2" in refusal(path)


@pytest.mark.parametrize("size", [5, 50, 100, 4096, 20_000])
def test_a_file_cut_short_is_named(new_run: NewRun, frame: Callable, size: int) -> None:
    path = finished(new_run, frame)
    os.truncate(path, size)
    assert "cut short" in refusal(path)


def test_overwritten_pages_are_named_where_they_are_read(new_run: NewRun, frame: Callable) -> None:
    path = finished(new_run, frame)
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    with pytest.raises(RunFileError, match="damaged"), RunReader(path) as reader:
        reader.frames_after()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(data=st.binary(max_size=300))
def test_no_bytes_whatever_are_read_as_a_run(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.objtui"
    path.write_bytes(data)
    refusal(path)
    path.write_bytes(b"SQLite format 3\0" + data)
    refusal(path)


def test_reading_changes_no_byte_of_the_file(new_run: NewRun, frame: Callable) -> None:
    path = finished(new_run, frame)
    before = hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns
    with RunReader(path) as reader:
        assert reader.status().state == "finished"
        assert len(reader.frames_after()) == 30
    assert (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) == before
    assert list(path.parent.iterdir()) == [path]


def test_frames_come_once_by_their_row(new_run: NewRun, frame: Callable) -> None:
    with new_run() as run, RunReader(run.path) as reader:
        run.append_frame(frame(1))
        run.append_frame(frame(2, scheduled=False))
        first = reader.frames_after()
        run.append_frame(frame(3))
        assert [entry.frame.step for entry in first] == [1, 2]
        assert [entry.frame.step for entry in reader.frames_after(first[-1].row)] == [3]
        assert [entry.frame.step for entry in reader.frames_after(scheduled_only=True)] == [1, 3]
        assert [entry.frame.step for entry in reader.frames_after(limit=2)] == [1, 2]


def test_a_poll_sees_whether_anything_was_written(new_run: NewRun, frame: Callable) -> None:
    with new_run() as run, RunReader(run.path) as reader:
        assert reader.changed()
        assert not reader.changed()
        run.append_frame(frame(1))
        assert reader.changed()
        assert not reader.changed()


def test_a_copy_of_an_ended_run_is_whole(new_run: NewRun, frame: Callable, tmp_path: Path) -> None:
    path = finished(new_run, frame)
    (tmp_path / "elsewhere").mkdir()
    copy = Path(shutil.copy(path, tmp_path / "elsewhere" / "copy.objtui"))
    with RunReader(copy) as reader:
        assert len(reader.frames_after()) == 30


def test_a_file_left_with_a_journal_mode_is_read_in_a_folder_that_cannot_be_written(
    new_run: NewRun, frame: Callable
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, copies = Path(name), Path(name) / "copies"
        copies.mkdir()
        with new_run(folder=folder) as run:
            run.append_frame(frame(7))
            run._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            copy = Path(shutil.copy(run.path, copies / "copy.objtui"))
        copy.chmod(0o644)
        copies.chmod(0o555)
        folder.chmod(0o755)
        program = (
            "import os, sys, pathlib; from objtui.runfile.reader import RunReader;"
            " os.getuid() or os.setuid(65534);"  # root may write anywhere
            " print(RunReader(pathlib.Path(sys.argv[1])).frames_after()[0].frame.step)"
        )
        command = [sys.executable, "-c", program, str(copy)]
        answer = subprocess.run(command, capture_output=True, check=False, text=True)
        copies.chmod(0o755)
    assert (answer.stdout, answer.stderr) == ("7\n", "")


def test_a_run_whose_trainer_is_gone_has_crashed(new_run: NewRun) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with new_run() as run:
        run._connection.execute("UPDATE status SET pid = ?", (gone.pid,))
        with RunReader(run.path) as reader:
            status = reader.status()
    assert status.state == "crashed"
    assert f"process {gone.pid}" in status.message


def test_another_process_with_the_trainers_number_is_not_the_trainer(new_run: NewRun) -> None:
    with new_run() as run:
        run._connection.execute("UPDATE status SET pid_started = pid_started - 1")
        with RunReader(run.path) as reader:
            assert reader.status().state == "crashed"


def test_a_run_that_ends_between_two_looks_has_not_crashed(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run()

    def ends_meanwhile(pid: int, started: float) -> bool:
        run.finish("finished", SUMMARY, "")
        return False

    monkeypatch.setattr(liveness, "is_alive", ends_meanwhile)
    monkeypatch.setattr("objtui.runfile.writer.CLOSE_TIMEOUT_S", 0.0)
    with RunReader(run.path) as reader:
        assert reader.status().state == "finished"


@pytest.mark.parametrize("lost", ["the file", "its folder"])
def test_a_file_that_goes_between_two_looks_is_told_as_gone(
    lost: str, new_run: NewRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()

    def goes_meanwhile(pid: int, started: float) -> bool:
        if lost == "the file":
            run.path.unlink()
        else:
            folder.rename(tmp_path / "elsewhere")
            folder.touch()
        return True

    with new_run(folder=folder) as run, RunReader(run.path) as reader:
        monkeypatch.setattr(liveness, "is_alive", goes_meanwhile)
        with pytest.raises(RunGoneError, match="was removed, moved or replaced"):
            reader.status()


def test_a_trainer_elsewhere_has_crashed_once_it_was_silent_for_five_seconds(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    with new_run() as run:
        run._connection.execute("UPDATE status SET host = 'another-machine'")
        with RunReader(run.path) as reader:
            monkeypatch.setattr(liveness.time, "monotonic", lambda: now[0])
            assert reader.status().state == "starting"
            now[0] += 4.9
            assert reader.status().state == "starting"
            run.status = replace(run.status, host="another-machine")
            run.set_status(state="running")
            now[0] += 4.9
            assert reader.status().state == "running"
            now[0] += 5.1
            assert reader.status().state == "crashed"


DIES_IN_A_COMMIT = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.runs_for_tests import a_frame, a_header
from objtui.runfile import writer
writer.is_network_folder = lambda folder: True
run = writer.RunWriter(Path(sys.argv[1]), a_header(), "", "{}")
run.append_frame(a_frame(10))
print("ready", flush=True)
input()
database = run._connection
database.execute("PRAGMA cache_size = 1")  # pages then go to the file before the commit
database.execute("BEGIN IMMEDIATE")
database.execute("UPDATE status SET step = 99")
for _ in range(50):
    database.execute("INSERT INTO log VALUES (?)", ("x" * 5000,))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("opened", ["before", "after"])
def test_a_commit_in_which_a_writer_died_is_undone_for_readers_and_for_good_by_a_writer(
    tmp_path: Path, opened: str
) -> None:
    path = tmp_path / "a.objtui"
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", DIES_IN_A_COMMIT, str(path), root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        early = RunReader(path) if opened == "before" else None
        writer.communicate("\n")
    assert path.with_name("a.objtui-journal").stat().st_size > 0
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    (listed,) = list_runs(tmp_path)
    assert listed.state == "crashed"
    with early or RunReader(path) as reader:
        assert (reader.status().state, reader.status().step) == ("crashed", 10)
        assert [stored.frame.step for stored in reader.frames_after()] == [10]
        assert reader.log() == ""
        seen = reader.sure_status()
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before
    with RunWriter.resume(path, seen, lambda checkpoint: None) as writer:
        assert writer.status.step == 0
    assert not path.with_name("a.objtui-journal").exists()
