"""The first picture in a real terminal, before Textual is imported, and every end that it may have.

Textual is held back until a test lets it come.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.errors import EXIT_TRAINING, EXIT_USAGE
from tests.runs_for_tests import MakeRun, record_flat
from tests.ui.driving import corners
from tests.ui.terminal_driver import (
    MODES_OF_A_TERMINAL,
    TESTS,
    OpenTerminal,
    Terminal,
    is_given_back,
)
from tests.ui.test_suspending import SHELL, is_given_back_for_now, suspend

if TYPE_CHECKING:
    from conftest import Trainers

HELD = (sys.executable, str(TESTS / "held_objtui.py"))
ENDING = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}

COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:[349]|10)\d(?:;\d+)*m")
"""A sequence with a hue in it."""


class Held:
    """Opens `objtui` whose Textual is held back, and releases it."""

    def __init__(self, terminal: OpenTerminal, folder: Path) -> None:
        self._terminal, self._released = terminal, folder / "released"

    def open(
        self,
        *arguments: str,
        command: tuple[str, ...] = HELD,
        variables: Mapping[str, str] | None = None,
    ) -> Terminal:
        """The program, which goes as far as its first picture."""
        held = {"LANG": "C.UTF-8", **(variables or {}), "OBJTUI_RELEASED": str(self._released)}
        return self._terminal(*arguments, command=command, variables=held)

    def release(self, says: str = "") -> None:
        """Let Textual be imported, or fail to be where it says so."""
        waiting = self._released.with_suffix(".new")
        waiting.write_text(says)
        waiting.rename(self._released)


@pytest.fixture
def held(terminal: OpenTerminal, tmp_path: Path) -> Held:
    return Held(terminal, tmp_path)


@pytest.fixture
def recorded(new_run: MakeRun) -> str:
    """A run that has ended, beside the terminal."""
    record_flat(new_run, steps=(100,))
    return "a-run.objtui"


def test_the_picture_stays_until_the_dashboard_fills_it(held: Held, recorded: str) -> None:
    opened = held.open("watch", recorded)
    before = opened.attributes()
    first = opened.wait_for("reading the run", "? help", "scores").splitlines()
    assert opened.modes() == MODES_OF_A_TERMINAL - {"25"} | {"1049"}
    held.release()

    def is_filled(screen: str) -> bool:
        assert corners(screen.splitlines()) == corners(first)
        return "finished" in screen and "scores at step 100" in screen

    last = opened.wait_until(is_filled, "the dashboard").splitlines()
    assert "\x1b[2J" not in opened.written
    assert first[-1].rstrip() == last[-1].rstrip()
    opened.press("q")
    assert opened.exit_code() == 0
    assert is_given_back(opened)
    assert opened.attributes() == before


def test_what_is_typed_meanwhile_is_not_shown_and_not_lost(held: Held, recorded: str) -> None:
    opened = held.open("watch", recorded)
    first = opened.wait_for("reading the run", "? help")
    opened.press(":12345")
    opened.pause()
    assert "\n".join(opened.lines()) == first
    held.release()
    opened.wait_for("jump to step", "12345")
    opened.press("\r")
    opened.wait_for("step 12 345 has no frame")
    opened.press("q")
    assert opened.exit_code() == 0
    assert is_given_back(opened)


@pytest.mark.parametrize(("number", "code"), ENDING.items(), ids=lambda each: str(int(each)))
def test_a_signal_before_textual_ends_watching(
    number: signal.Signals, code: int, held: Held, recorded: str
) -> None:
    opened = held.open("watch", recorded)
    before = opened.attributes()
    opened.wait_for("reading the run", "? help")
    os.kill(opened.pid, number)
    assert opened.exit_code() == code
    assert is_given_back(opened)
    assert opened.attributes() == before
    assert opened.after_the_screen() == ""


def test_ctrl_c_before_textual_ends_watching(held: Held, recorded: str) -> None:
    opened = held.open("watch", recorded)
    before = opened.attributes()
    opened.wait_for("reading the run", "? help")
    opened.press("\x03")
    assert opened.exit_code() == ENDING[signal.SIGINT]
    assert is_given_back(opened)
    assert opened.attributes() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: str(int(each)))
def test_a_signal_before_textual_ends_a_training(
    number: signal.Signals, held: Held, trainers: Trainers
) -> None:
    opened = held.open("run", "a.toml")
    before = opened.attributes()
    opened.wait_for("A title  starting", "waiting for the trainer", "? help")
    os.kill(opened.pid, number)
    held.release()
    assert opened.exit_code() == ENDING[number]
    assert is_given_back(opened)
    assert opened.attributes() == before
    assert opened.after_the_screen() == (
        "objtui: stopped before the training began; nothing was recorded\n"
    )


def test_a_hang_up_before_textual_leaves_a_training_going(held: Held, trainers: Trainers) -> None:
    opened = held.open("run", "a.toml")
    before = opened.attributes()
    opened.wait_for("A title  starting", "waiting for the trainer", "? help")
    os.kill(opened.pid, signal.SIGHUP)
    held.release()
    assert opened.exit_code() == ENDING[signal.SIGHUP]
    assert is_given_back(opened)
    assert opened.attributes() == before
    assert "the training is starting; watch it with: objtui watch last" in opened.after_the_screen()
    path = trainers.runs / "a-1.objtui"
    trainers.wait_for(path, lambda status: status.state == "running")
    trainers.goes_on(path)


def test_a_signal_before_several_runs_are_read_ends_watching(
    held: Held, new_run: MakeRun, recorded: str
) -> None:
    other = record_flat(new_run, "other", steps=(100,)).path
    variables = {"OBJTUI_HELD": "objtui.ui.dashboard.screen"}
    opened = held.open("watch", recorded, str(other), variables=variables)
    opened.wait_for("2 runs", "reading the run")
    opened.wait_until(lambda _: "1000" in opened.modes(), "the application")
    os.kill(opened.pid, signal.SIGTERM)
    held.release()
    assert opened.exit_code() == ENDING[signal.SIGTERM]
    assert is_given_back(opened)
    assert "error" not in opened.after_the_screen()
    assert "training" not in opened.after_the_screen()


def test_ctrl_z_before_textual_gives_the_terminal_back_and_paints_anew(
    held: Held, recorded: str
) -> None:
    shell = (*SHELL[: -len(HELD)], *HELD)
    opened = held.open("watch", recorded, command=shell)
    before = opened.attributes()
    opened.wait_for("reading the run", "? help")
    suspend(opened)
    assert is_given_back_for_now(opened)
    assert opened.attributes() == before
    opened.press("\r")
    opened.wait_for("reading the run", "? help")
    held.release()
    opened.wait_for("finished", "scores at step 100")
    opened.press("q")
    assert opened.exit_code() == 0
    assert is_given_back_for_now(opened)
    assert opened.attributes() == before


FAULTS = {
    "stop": """
def write(self, text):
    written(self, text)
    if "picture" in text and not came:
        came.append(os.kill(os.getpid(), signal.SIGTSTP))
written, TerminalOutput.write, came = TerminalOutput.write, write, []
""",
    "interrupt": """
def write(self, text):
    written(self, text)
    os.kill(os.getpid(), signal.SIGINT)
written, TerminalOutput.write = TerminalOutput.write, write
""",
    "no thread": """
def start(self):
    raise RuntimeError("no thread")
TerminalOutput.start = start
""",
    "no thread of Textual's": """
def start(self):
    if self.name == "textual-input":
        raise RuntimeError("no thread")
    begin(self)
begin, threading.Thread.start = threading.Thread.start, start
""",
}
"""What befalls a screen while the terminal is taken, or given to Textual."""

TAKES = """
import os, signal, sys, threading
from rich.text import Text
from objtui.ui.terminal.early import EarlyScreen
from objtui.ui.terminal.output import TerminalOutput
{fault}
try:
    with EarlyScreen(lambda width, height: [Text("a picture")]) as early:
        print("within")
        if {textual}:
            from objtui.ui.terminal.app import TerminalApp
            TerminalApp(int).show(early)
except (KeyboardInterrupt, RuntimeError) as error:
    print("ended by", type(error).__name__)
"""


def begin_faulty(terminal: OpenTerminal, fault: str, *shell: str) -> Terminal:
    """A program that takes the terminal, which fails by one of FAULTS."""
    code = TAKES.format(fault=FAULTS[fault], textual="Textual" in fault)
    return terminal(command=(*shell, sys.executable, "-c", code))


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        ("interrupt", "KeyboardInterrupt"),
        ("no thread", "RuntimeError"),
        pytest.param("no thread of Textual's", "RuntimeError", marks=pytest.mark.thorough),
    ],
)
def test_a_fault_while_the_terminal_is_taken_gives_it_back(
    fault: str, ends: str, terminal: OpenTerminal
) -> None:
    opened = begin_faulty(terminal, fault)
    before = opened.attributes()
    assert opened.exit_code() == 0
    assert f"ended by {ends}" in opened.written
    assert opened.modes() == MODES_OF_A_TERMINAL
    assert opened.written.count("\x1b[?1049h") <= opened.written.count("\x1b[?1049l")
    assert opened.attributes() == before


def test_a_stop_while_the_terminal_is_taken_gives_it_back(terminal: OpenTerminal) -> None:
    opened = begin_faulty(terminal, "stop", *SHELL[: -len(HELD)])
    before = opened.attributes()
    opened.wait_for("suspended")
    assert is_given_back_for_now(opened)
    assert opened.attributes() == before
    opened.press("\r")
    assert opened.exit_code() == 0
    assert opened.written.count("\x1b[?1049h") == 2
    assert is_given_back_for_now(opened)
    assert opened.attributes() == before


def test_a_fault_on_the_way_is_said_on_the_ordinary_screen(held: Held, recorded: str) -> None:
    opened = held.open("watch", recorded)
    before = opened.attributes()
    opened.wait_for("reading the run", "? help")
    held.release("fails")
    assert opened.exit_code() == EXIT_TRAINING
    assert is_given_back(opened)
    assert opened.attributes() == before
    assert "this is a fault of objtui: RuntimeError: a made-up fault" in opened.after_the_screen()


@pytest.mark.parametrize(
    "variables",
    [{"NO_COLOR": "1"}, {"LANG": "C", "LC_ALL": "C"}, {}],
    ids=["NO_COLOR", "ASCII", "colours"],
)
def test_it_has_the_colours_and_glyphs_of_the_dashboard(
    variables: dict[str, str], held: Held, recorded: str
) -> None:
    opened = held.open("watch", recorded, variables=variables)
    screen = opened.wait_for("reading the run", "? help")
    assert bool(COLOUR.search(opened.written)) is ("NO_COLOR" not in variables)
    assert screen.isascii() is ("LC_ALL" in variables)


@pytest.mark.parametrize(
    ("columns", "lines", "shown"),
    [(59, 40, "too small"), (7, 2, "readi"), (1, 1, "")],
    ids=str,
)
def test_a_tiny_terminal_gets_what_it_has_room_for(
    columns: int, lines: int, shown: str, held: Held, recorded: str
) -> None:
    waits = ("/bin/sh", "-c", 'echo ready; read go; exec "$@"', "sh", *HELD)
    opened = held.open("watch", recorded, command=waits)
    opened.wait_for("ready")
    opened.resize(columns, lines)
    opened.press("\r")
    opened.wait_until(lambda screen: "\x1b[?1049h" in opened.written and shown in screen, shown)
    os.kill(opened.pid, signal.SIGTERM)
    assert opened.exit_code() == ENDING[signal.SIGTERM]
    assert is_given_back(opened)


@pytest.mark.parametrize(
    "arguments",
    [("watch", "nothing"), ("watch", "bad.objtui"), ("run", "bad.toml"), ("run", "nothing.toml")],
    ids=" ".join,
)
def test_bad_input_never_takes_the_screen(
    arguments: tuple[str, str], held: Held, tmp_path: Path
) -> None:
    (tmp_path / "bad.objtui").write_bytes(b"no run file at all" * 100)
    (tmp_path / "bad.toml").write_text("no TOML")
    opened = held.open(*arguments)
    before = opened.attributes()
    assert opened.exit_code() == EXIT_USAGE
    assert opened.written.count("objtui: error: ") == 1
    assert "\x1b" not in opened.written
    assert opened.attributes() == before


def test_a_run_that_is_named_twice_never_takes_the_screen(held: Held, recorded: str) -> None:
    opened = held.open("watch", recorded, recorded)
    assert opened.exit_code() == EXIT_USAGE
    assert "the run a-run is named twice" in opened.written
    assert "\x1b" not in opened.written
