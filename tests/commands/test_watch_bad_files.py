"""`objtui watch` on files that are no run, or a damaged one: a line, exit 2, the terminal whole."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from objtui.cli import main
from objtui.errors import RunFileError
from objtui.frames import Frame, encode_frame
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from objtui.ui.app import DashboardApp
from objtui.ui.look import Look
from objtui.ui.run_source import RunSource
from tests.ui.recorded import reached
from tests.ui.terminal_driver import MODES_OF_A_TERMINAL, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine

MakeRun = Callable[..., RunWriter]
MakeFrame = Callable[..., Frame]

Terminals = Callable[[Path], Terminal]


@pytest.fixture
def good(new_run: MakeRun, frame: MakeFrame) -> Path:
    """The file of a finished run."""
    writer = new_run("good")
    for step in range(30):
        writer.append_frame(frame(step))
    writer.finish("finished", RunSummary(29, 1.0, 0.5, 0.4, 0.1), "the log\n")
    return writer.path


def cut_to(size: int) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        os.truncate(path, size)

    return cut


def with_sql(statement: str, *values: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(statement, values)

    return change


def with_header(**changes: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            (text,) = connection.execute("SELECT json FROM header").fetchone()
            header = json.dumps({**json.loads(text), **changes})
            connection.execute("UPDATE header SET json = ?", (header,))

    return change


def a_foreign_database(path: Path) -> None:
    path.unlink()
    with_sql("CREATE TABLE header (json TEXT)")(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_frame_of_another_run(path: Path) -> None:
    members = (5, 7)
    counts = np.zeros((*members, 2, 3), dtype=np.int64)
    other = Frame(0, 0.0, True, np.zeros(members, bool), np.zeros((*members, 1)), counts)
    with_sql("UPDATE frames SET payload = ? WHERE id = 3", encode_frame(other))(path)


def overwritten_pages(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (cut_to(0), "the file is empty"),
    "cut in its first bytes": (cut_to(7), "damaged: the file is cut short"),
    "cut in the database's header": (cut_to(70), "damaged: the file is cut short"),
    "cut after a page": (cut_to(4096), "damaged: the file is cut short"),
    "cut in a frame": (cut_to(30_001), "damaged: the file is cut short"),
    "no database": (lambda path: path.write_text("title = 'x'\n" * 50), "not a run file of objtui"),
    "another program's database": (a_foreign_database, "not a run file of objtui"),
    "another version": (with_sql("PRAGMA user_version = 99"), "its format is 99, this one reads 2"),
    "a folder": (a_folder, "no such run file"),
    "no such file": (lambda path: path.unlink(), "no such run file"),
    "no header": (with_sql("DELETE FROM header"), "damaged: parts of the file are missing"),
    "a header that is no JSON": (with_sql("UPDATE header SET json = 'x'"), "header cannot be read"),
    "a header without heads": (with_header(heads=[]), "header cannot be read"),
    "a header of other kinds": (with_header(steps="many"), "header cannot be read"),
}
"""Files that are refused before anything is shown."""

LATE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no status": (with_sql("DELETE FROM status"), "damaged: parts of the file are missing"),
    "a state that there is not": (
        with_sql("UPDATE status SET state = 'x'"),
        "damaged: its state cannot be read",
    ),
    "a step that is no number": (
        with_sql("UPDATE status SET step = 'x'"),
        "damaged: its state cannot be read",
    ),
    "a frame that is none": (
        with_sql("UPDATE frames SET payload = x'00' WHERE id = 7"),
        "damaged: not a frame",
    ),
    "a frame that is text": (
        with_sql("UPDATE frames SET payload = 'x' WHERE id = 7"),
        "damaged: ",
    ),
    "a frame of another run": (a_frame_of_another_run, "damaged: "),
    "frames in another order": (
        with_sql("UPDATE frames SET step = 5 WHERE id = 3"),
        "damaged: a frame does not belong to this run",
    ),
    "overwritten pages": (overwritten_pages, "damaged: parts of the file are missing"),
    "a claim that is none": (
        with_header(claims=[["It is", "import os"]]),
        "damaged: a claim cannot be read",
    ),
}
"""Files whose damage shows once the dashboard is open."""

BAD = {**REFUSED, **LATE}


@pytest.mark.parametrize("option", ["--headless", "--json"])
@pytest.mark.parametrize("kind", BAD)
def test_without_a_terminal_a_bad_file_is_one_line_and_exit_code_2(
    kind: str, option: str, good: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, reason = BAD[kind]
    spoil(good)
    assert main(["watch", str(good), option]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"objtui: error: {good}: ")
    assert reason in line


@pytest.fixture
def terminals() -> Iterator[Callable[[Path], Terminal]]:
    """A function that watches a run file in a terminal of its own; all are closed."""
    opened: list[Terminal] = []

    def watch(path: Path) -> Terminal:
        command = (sys.executable, "-m", "objtui", "watch", str(path))
        environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": ""}
        opened.append(Terminal(*command, folder=path.parent, environ=environ))
        return opened[-1]

    yield watch
    for terminal in opened:
        terminal.close()


@pytest.mark.parametrize("kind", ["empty", "cut in a frame", "no database", "a folder"])
def test_a_file_that_is_no_run_leaves_the_terminal_untouched(
    kind: str, good: Path, terminals: Terminals
) -> None:
    spoil, reason = REFUSED[kind]
    spoil(good)
    terminal = terminals(good)
    assert terminal.exit_code() == 2
    assert "\x1b" not in terminal.written
    (line,) = terminal.written.splitlines()
    assert line.startswith(f"objtui: error: {good}: ")
    assert reason in line


def test_damage_that_shows_in_the_dashboard_gives_the_terminal_back(
    good: Path, terminals: Terminals
) -> None:
    spoil, reason = LATE["a frame that is none"]
    spoil(good)
    terminal = terminals(good)
    before = terminal.attributes()
    assert terminal.exit_code() == 2
    assert terminal.attributes() == before
    assert terminal.modes() == MODES_OF_A_TERMINAL
    assert terminal.written.count("\x1b[?1049h") == 1
    (line,) = terminal.after_the_screen().splitlines()
    assert line.startswith(f"objtui: error: {good}: ")
    assert reason in line


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"something else")
    other.rename(path)


def replaced_by_a_copy(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").rename(path)


def folder_removed(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


MEANWHILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "emptied": (cut_to(0), "damaged: "),
    "cut short": (cut_to(5000), "damaged: "),
    "overwritten": (lambda path: path.write_bytes(b"x" * 9000), "the file was overwritten"),
    "replaced": (replaced, "was removed, moved or replaced"),
    "replaced by a copy": (replaced_by_a_copy, "was removed, moved or replaced"),
    "deleted": (lambda path: path.unlink(), "was removed, moved or replaced"),
    "folder moved": (folder_removed, "was removed, moved or replaced"),
}
"""What happens to the file of a running training while it is watched."""


@pytest.fixture
def running(new_run: MakeRun, frame: MakeFrame, tmp_path: Path) -> RunWriter:
    """A training that goes on."""
    (tmp_path / "runs").mkdir()
    writer = new_run("goes-on", tmp_path / "runs")
    for step in range(30):
        writer.append_frame(frame(step))
    writer.set_status(state="running")
    return writer


@pytest.mark.parametrize("kind", MEANWHILE)
def test_a_run_file_spoilt_meanwhile_closes_the_dashboard(kind: str, running: RunWriter) -> None:
    spoil, reason = MEANWHILE[kind]
    source = RunSource(running.path)
    app = DashboardApp(source, Look(), title="A title", owns_training=False, fps=20)

    async def watch() -> None:
        async with app.run_test() as pilot:
            await reached(pilot, lambda: source.history is not None and not source.behind)
            spoil(running.path)
            await reached(pilot, lambda: app.return_value is not None)

    asyncio.run(watch())
    source.close()
    leaving = app.return_value
    assert leaving is not None
    assert isinstance(leaving.error, RunFileError)
    (line,) = leaving.error.lines()
    assert line.startswith(f"{running.path}: ")
    assert reason in line


def test_a_run_file_deleted_meanwhile_gives_the_terminal_back(
    running: RunWriter, terminals: Terminals
) -> None:
    terminal = terminals(running.path)
    before = terminal.attributes()
    terminal.wait_for("running", "scores at step")
    running.path.unlink()
    assert terminal.exit_code() == 3
    assert terminal.attributes() == before
    assert terminal.modes() == MODES_OF_A_TERMINAL
    assert terminal.after_the_screen().splitlines() == [
        f"objtui: error: {running.path}: the run file was removed, moved or replaced"
    ]


@pytest.mark.parametrize(("kind", "code"), [("cut short", 2), ("deleted", 3)])
def test_a_run_file_spoilt_meanwhile_ends_headless_watching(
    kind: str, code: int, running: RunWriter, command_line: CommandLine
) -> None:
    spoil, reason = MEANWHILE[kind]
    process = command_line.start("watch", str(running.path), "--json")
    assert process.stdout is not None
    process.stdout.readline()
    spoil(running.path)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code
    (line,) = err.splitlines()
    assert reason in line


def test_a_run_file_that_grows_and_ends_is_not_taken_for_a_spoilt_one(
    running: RunWriter, frame: MakeFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objtui.runfile.writer.CLOSE_TIMEOUT_S", 0.0)
    source = RunSource(running.path)
    for step in range(30, 300):
        running.append_frame(replace(frame(step), elapsed_s=float(step)))
        if step % 20 == 0:
            running._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        source.look()
    running.finish("finished", RunSummary(299, 1.0, 0.5, 0.4, 0.1), "")
    source.look()
    assert source.ended
    source.close()
