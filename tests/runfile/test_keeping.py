"""Housekeeping of run files: notes, other names, removal; never of what is not ours."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.errors import RunFileError, UsageError
from objtui.runfile import keeping
from objtui.runfile.find import list_runs
from objtui.runfile.keeping import files_of, remove_files, rename_run, set_note
from objtui.runfile.names import log_path
from objtui.runfile.reader import RunReader
from objtui.runfile.records import MAX_NOTE, RunHeader
from objtui.text.terminal import printable
from tests.runs_for_tests import a_frame, a_header, a_summary

if TYPE_CHECKING:
    from conftest import Trainers

    from objtui.runfile.writer import RunWriter

MakeRun = Callable[..., "RunWriter"]


def finished(new_run: MakeRun, folder: Path, name: str = "a-run", **changes: Any) -> Path:
    writer = new_run(name, folder, **changes)
    writer.append_frame(a_frame(0))
    writer.finish("finished", a_summary(), "what was logged\n")
    return writer.path


def header_of(path: Path) -> RunHeader:
    with RunReader(path) as reader:
        return reader.header()


def killed(trainers: Trainers) -> Path:
    """A run whose trainer was killed: journals and log lie beside its file."""
    path = trainers.start().path
    trainers.wait_for(path, lambda status: status.step >= 20)
    trainers.kill(path)
    assert log_path(path).exists()
    return path


def names_in(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.iterdir())


def test_a_note_is_kept_replaced_and_removed(new_run: MakeRun, tmp_path: Path) -> None:
    path = finished(new_run, tmp_path)
    before = path.read_bytes()
    assert set_note(path, "  the first\ttry ") == "the first try"
    assert header_of(path) == a_header(note="the first try", created_at=header_of(path).created_at)
    set_note(path, "the second")
    assert header_of(path).note == "the second"
    assert set_note(path, " ") == ""
    assert header_of(path).note == ""
    assert "note" not in header_of(path).to_json()  # so that versions without notes read it again
    assert names_in(tmp_path) == ["a-run.objtui"]
    assert len(path.read_bytes()) == len(before)


def test_a_run_in_training_takes_a_note_and_trains_on(trainers: Trainers) -> None:
    path = trainers.start().path
    set_note(path, "looks well")
    trainers.goes_on(path)
    with RunReader(path) as reader:
        assert reader.header().note == "looks well"
    trainers.stop(path)
    assert header_of(path).note == "looks well"


@given(st.text(max_size=3 * MAX_NOTE))
def test_no_note_can_steer_a_terminal_or_grow(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "connect_to_write", refuse)
        kept = " ".join(printable(text).split())
        expected = UsageError if len(kept) > MAX_NOTE else Reached
        with pytest.raises(expected):
            set_note(Path("x"), text)
    assert kept.isprintable()


class Reached(Exception):  # noqa: N818
    pass


def refuse(*_: object) -> None:
    raise Reached


def test_a_header_with_too_long_a_note_is_damaged() -> None:
    with pytest.raises(ValueError, match="not a header"):
        RunHeader.from_json(a_header(note="x" * (MAX_NOTE + 1)).to_json())


def test_a_renamed_run_bears_its_new_name_inside_and_outside(
    new_run: MakeRun, tmp_path: Path
) -> None:
    path = finished(new_run, tmp_path)
    renamed = rename_run(path, "better")
    assert names_in(tmp_path) == ["better.objtui"]
    with RunReader(renamed) as reader:
        assert reader.header().run == "better"
        assert len(reader.frames_after()) == 1
        assert reader.log() == "what was logged\n"


def test_a_killed_run_takes_its_journals_and_its_log_along(trainers: Trainers) -> None:
    path = killed(trainers)
    with RunReader(path) as reader:
        frames, log = len(reader.frames_after()), reader.log()
    renamed = rename_run(path, "kept")
    assert names_in(trainers.runs) == ["kept.objtui"]
    with RunReader(renamed) as reader:
        assert reader.status().state == "crashed"
        assert len(reader.frames_after()) == frames
        assert reader.log() == log
    trainers.resume(renamed)
    trainers.goes_on(renamed)


@pytest.mark.parametrize("at", ["replace", "unlink", "fold"])
def test_dying_on_the_way_leaves_the_run_whole_under_one_of_its_names(
    trainers: Trainers, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    path = killed(trainers)
    with RunReader(path) as reader:
        frames, log = len(reader.frames_after()), reader.log()

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:  # what runs after a kill is undone, too
        if at == "fold":
            patch.setattr(keeping, "_fold_journal", die)
        else:
            patch.setattr(Path, at, die)
        with pytest.raises(Killed):
            rename_run(path, "kept")
    (run,) = (run for run in list_runs(trainers.runs) if run.header is not None)
    with RunReader(run.path) as reader:
        assert len(reader.frames_after()) == frames
        assert reader.log() == log
    if run.name != "kept":
        (trainers.runs / "kept.objtui").unlink(missing_ok=True)  # of the killed one
        assert header_of(rename_run(run.path, "kept")).run == "kept"


def test_no_run_is_renamed_onto_another_or_out_of_its_training(
    new_run: MakeRun, tmp_path: Path, trainers: Trainers
) -> None:
    path = finished(new_run, tmp_path)
    other = finished(new_run, tmp_path, "other")
    before = other.read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        rename_run(path, "other")
    assert other.read_bytes() == before
    (tmp_path / "third.objtui.log").write_text("of somebody")
    with pytest.raises(UsageError, match="would overwrite"):
        rename_run(path, "third")
    for name in ("last", "../x", "", "-x", "a b"):
        with pytest.raises(UsageError, match="cannot name a run"):
            rename_run(path, name)
    assert header_of(path).run == "a-run"
    running = trainers.start().path
    with pytest.raises(UsageError, match=r"a-1 is (starting|running); `objtui stop`"):
        rename_run(running, "x")
    assert not (trainers.runs / "x.objtui").exists()


def test_a_run_that_a_program_holds_open_is_not_renamed(
    trainers: Trainers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "FOLD_TIMEOUT_S", 0.1)
    path = killed(trainers)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM header").fetchone()
        with pytest.raises(RunFileError, match="another program has it open"):
            rename_run(path, "x")
    assert not (trainers.runs / "x.objtui").exists()
    assert header_of(path).run in ("a-1", "x")


def test_a_run_is_removed_with_all_that_lies_beside_it(trainers: Trainers) -> None:
    path = killed(trainers)
    files = files_of(path)
    assert {place.name for place in files.companions} == {
        "a-1.objtui.log",
        "a-1.objtui-shm",
        "a-1.objtui-wal",
    }
    assert files.size == sum(place.stat().st_size for place in trainers.runs.iterdir())
    remove_files(files)
    assert names_in(trainers.runs) == []


def test_a_link_is_no_run_and_a_link_beside_one_goes_alone(
    new_run: MakeRun, tmp_path: Path
) -> None:
    path = finished(new_run, tmp_path)
    link = tmp_path / "link.objtui"
    link.symlink_to(path)
    for act in (files_of, lambda place: rename_run(place, "x")):
        with pytest.raises(RunFileError, match="is a link"):
            act(link)
    precious = tmp_path / "precious"
    precious.write_text("kept")
    log_path(path).symlink_to(precious)
    remove_files(files_of(path))
    assert names_in(tmp_path) == ["link.objtui", "precious"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("notes.objtui", b"my own notes, named so by chance", "not a run file of objtui"),
        ("run.db", None, "its name does not end in .objtui"),
        ("new.objtui", b"", "is only just being made"),
    ],
)
def test_what_is_no_run_of_ours_stays(
    tmp_path: Path, new_run: MakeRun, name: str, content: bytes | None, reason: str
) -> None:
    place = tmp_path / name
    if content is None:
        shutil.copy(finished(new_run, tmp_path), place)
    else:
        place.write_bytes(content)
    with pytest.raises(RunFileError, match=reason):
        files_of(place)


def test_somebody_elses_database_stays(tmp_path: Path) -> None:
    place = tmp_path / "data.objtui"
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(RunFileError, match="not a run file of objtui"):
        files_of(place)


def test_a_damaged_file_of_ours_and_an_old_empty_one_can_go(
    new_run: MakeRun, tmp_path: Path
) -> None:
    torn = finished(new_run, tmp_path, "torn")
    torn.write_bytes(torn.read_bytes()[:5000])
    empty = tmp_path / "empty.objtui"
    empty.touch()
    os.utime(empty, (0, 0))
    for path in (torn, empty):
        remove_files(files_of(path))
    assert names_in(tmp_path) == []
