"""`objtui watch` on run files that are spoilt while they are watched."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.errors import RunFileError
from objtui.measures.frames import Frame
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.theme import Theme
from tests.cli.commands.bad_files import cut_to
from tests.patience import GIVE_UP_S
from tests.ui.terminal_driver import MODES_OF_A_TERMINAL, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine

MakeRun = Callable[..., RunWriter]
MakeFrame = Callable[..., Frame]

Terminals = Callable[[Path], Terminal]


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
    runs = Comparison([source])
    app = DashboardApp(lambda: runs, Theme(), title="A title", owns_training=False, fps=20)

    async def watch() -> None:
        async with app.run_test() as pilot:
            while source.history is None or source.behind:
                await pilot.pause(0.02)
            spoil(running.path)
            while app.return_value is None:
                await pilot.pause(0.02)

    asyncio.run(asyncio.wait_for(watch(), GIVE_UP_S))
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
    _, err = process.communicate(timeout=GIVE_UP_S)
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
        source.poll()
    running.finish("finished", RunSummary(299, 1.0, 0.5, 0.4, 0.1), "")
    source.poll()
    assert source.ended
    source.close()
