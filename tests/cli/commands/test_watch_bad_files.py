"""`objtui watch` on files that are no run, or a damaged one: a line, exit 2, the terminal whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from objtui.cli.main import main
from objtui.measures.frames import Frame
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from tests.cli.commands.bad_files import LATE, REFUSED
from tests.ui.terminal_driver import MODES_OF_A_TERMINAL, Terminal

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
