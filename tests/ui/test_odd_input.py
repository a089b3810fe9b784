"""Input that means nothing, or comes at once, on every screen of a real terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.errors import EXIT_SIGINT
from objtui.measures.frames import Frame
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from tests.ui.terminal_driver import OpenTerminal, Terminal, is_given_back

if TYPE_CHECKING:
    from conftest import Trainers

ODD = (
    "\udce9\udcff\udc80",  # é of a latin-1 terminal, and bytes of no encoding
    "\x1b[M \udcc9\udca0\x1b[M#\udcff!",  # mouse reports past column 95
    "\x1b[?62;22c\x1b[>0;276;0c\x1b]11;rgb:0/0/0\x07\x1bP>|x\x1b\\",
    "\x1b[97;1;99999999u\x1b[1:2:3u\x1b[48;0;0;0;0t\x1b[<0;999999999;9M\x1b[201~",
    "\x1b[200~" + "qs\x00\x1b[A\udce9" * 5000 + "\x1b[201~",
    "\x1b[" + "1;" * 300 + "q",
    "\x1b[<0;1",  # cut off, at last
)

SCREENS: dict[str, tuple[str, str, str]] = {
    "dashboard": ("", "? help", "q"),
    "filter": ("/", "show heads with", "\x03q"),
    "jump": (":", "jump to step", "\x03q"),
    "export": ("e", "up down format", "\x03q"),
    "log": ("l", "esc close", "qq"),
    "help": ("?", "esc", "qq"),
    "palette": ("\x10", "Search for commands", "\x1bq"),
}
"""Of each screen the keys that open it, what shows it, and the keys that leave it."""


@pytest.fixture
def finished(new_run: Callable[..., RunWriter], frame: Callable[..., Frame]) -> Path:
    """A run that has ended."""
    writer = new_run("a-run")
    for step in (0, 10, 100):
        writer.append_frame(frame(step))
    writer.finish("finished", RunSummary(100, 1.0, 0.5, 0.4, 0.1), "a line of the log\n")
    return writer.path


def send(opened: Terminal, *odd: str) -> None:
    """Type what has no meaning; surrogates stand for single bytes."""
    for each in odd:
        opened.press_bytes(each.encode(errors="surrogateescape"))


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param(name, marks=() if name in ("dashboard", "export") else pytest.mark.thorough)
        for name in SCREENS
    ],
)
def test_odd_input_is_passed_over_on_every_screen(
    screen: str, terminal: OpenTerminal, finished: Path
) -> None:
    opening, shown, closing = SCREENS[screen]
    opened = terminal("watch", finished.name)
    opened.wait_for("scores at step 100", "? help")
    opened.press(opening)
    opened.wait_for(shown)
    send(opened, *ODD)
    opened.pause()
    opened.wait_for(shown)
    for key in closing[:-1]:
        opened.press_until(key, gone=(shown,))
    opened.press_until_it_ends(closing[-1])
    assert opened.exit_code() == 0
    assert is_given_back(opened)
    assert "fault" not in opened.after_the_screen()


def test_odd_input_is_passed_over_by_the_picker_and_its_filter(terminal: OpenTerminal) -> None:
    opened = terminal()
    opened.wait_for("Choose a scenario", "recorded runs (0)")
    send(opened, *ODD)
    opened.press_until("/", "filter: _")
    send(opened, *ODD)
    opened.press_until("a", "filter: a")
    opened.press("\x03")
    assert opened.exit_code() == EXIT_SIGINT
    assert is_given_back(opened)


def test_odd_input_does_not_answer_the_quit_question(
    terminal: OpenTerminal, trainers: Trainers
) -> None:
    opened = terminal("run", "a.toml")
    opened.wait_for("running", "bce ── AP")
    opened.press("q")
    opened.wait_for("Quit: what becomes of the training?")
    send(opened, *ODD)
    opened.pause()
    opened.wait_for("Quit: what becomes of the training?")
    opened.press_until_it_ends("l")
    assert opened.exit_code() == 0
    with RunReader(trainers.runs / "a-1.objtui") as reader:
        assert reader.status().state == "running"


@pytest.mark.parametrize(
    ("letters", "answers"),
    [
        *(("q", answers) for answers in ("s", "\r", "\x03\x03", "some words\r", "x" * 20_000)),
        ("\x03", "s"),
        ("\x11", "l"),
    ],
    ids=["s", "enter", "ctrl+c twice", "words", "long", "after ctrl+c", "after ctrl+q"],
)
def test_what_comes_together_with_the_key_that_asks_answers_nothing(
    letters: str, answers: str, terminal: OpenTerminal, trainers: Trainers
) -> None:
    opened = terminal("run", "a.toml")
    opened.wait_for("running", "bce ── AP")
    opened.press(letters + answers)
    opened.wait_for("Quit: what becomes of the training?")
    opened.pause()
    opened.wait_for("Quit: what becomes of the training?")
    with RunReader(trainers.runs / "a-1.objtui") as reader:
        assert reader.status().state == "running"
    opened.press_until_it_ends("s")
    assert opened.exit_code() == 0
    with RunReader(trainers.runs / "a-1.objtui") as reader:
        assert reader.status().state == "stopped"


def test_enter_twice_at_once_replaces_no_file(terminal: OpenTerminal, finished: Path) -> None:
    there = finished.parent / "there"
    there.write_text("mine")
    opened = terminal("watch", finished.name)
    opened.wait_for("scores at step 100")
    opened.press("e")
    opened.wait_for("up down format")
    opened.press("\x1b[B")
    opened.wait_for(".jsonl")
    opened.press("\x15")
    opened.wait_for("up down format", gone=(".jsonl",))
    opened.press("there\r\r\r")
    opened.wait_for("that is there already")
    opened.pause()
    assert there.read_text() == "mine"
    opened.press("\r")
    opened.wait_for("written:")
    opened.press("q")
    assert opened.exit_code() == 0
