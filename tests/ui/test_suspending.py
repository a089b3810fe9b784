"""ctrl+z, and SIGSTOP from outside: the terminal is given back and taken again."""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from objtui.runfile.reader import RunReader
from tests.ui.terminal_driver import FAKE_OBJTUI, MODES_OF_A_TERMINAL, OpenTerminal, Terminal

if TYPE_CHECKING:
    from conftest import Trainers

Until = Callable[..., Any]

SHELL = (
    sys.executable,
    "-c",
    "import os, signal, sys\n"
    "signal.signal(signal.SIGTTOU, signal.SIG_IGN)\n"
    "child = os.fork()\n"
    "if child == 0:\n"
    "    os.setpgid(0, 0)\n"
    "    os.tcsetpgrp(0, os.getpid())\n"
    "    signal.signal(signal.SIGTTOU, signal.SIG_DFL)\n"
    "    os.execv(sys.argv[1], sys.argv[1:])\n"
    "while True:\n"
    "    _, status = os.waitpid(child, os.WUNTRACED)\n"
    "    if not os.WIFSTOPPED(status):\n"
    "        sys.exit(os.waitstatus_to_exitcode(status))\n"
    "    os.tcsetpgrp(0, os.getpid())\n"
    "    print('suspended', flush=True)\n"
    "    input()\n"
    "    os.tcsetpgrp(0, child)\n"
    "    os.killpg(child, signal.SIGCONT)\n",
    *FAKE_OBJTUI,
)
"""What a shell does: a group of its own in the foreground; once it stops, waits for enter."""

SCREENS = {
    "dashboard": ("", "scores at step"),
    "help": ("?", "esc close"),
    "jump": (":", "jump to step"),
    "quit": ("q", "Quit:"),
}
"""Of each screen the keys that open it, and what shows it."""


def suspend(opened: Terminal) -> None:
    """Press ctrl+z and wait until the shell has the terminal."""
    said = opened.written.count("suspended")
    opened.press("\x1a")
    opened.wait_until(lambda _: opened.written.count("suspended") > said, "the shell")


def come_back(opened: Terminal, shown: str) -> None:
    """Have the shell continue the program and wait until it is to be seen."""
    entered = opened.written.count("\x1b[?1049h")
    opened.press("\r")
    opened.wait_until(
        lambda screen: (
            opened.written.count("\x1b[?1049h") > entered
            and shown in opened.written.rpartition("\x1b[?1049h")[2]
        ),
        shown,
    )


def is_given_back_for_now(opened: Terminal) -> bool:
    """Whether every alternate screen was left and nothing is reported."""
    entered, left = (opened.written.count(f"\x1b[?1049{switch}") for switch in "hl")
    return entered == left and opened.modes() == MODES_OF_A_TERMINAL


@pytest.mark.parametrize(("keys", "shown"), SCREENS.values(), ids=SCREENS.keys())
def test_ctrl_z_suspends_on_every_screen_and_the_training_goes_on(
    keys: str, shown: str, terminal: OpenTerminal, trainers: Trainers
) -> None:
    opened = terminal("run", "a.toml", command=SHELL)
    before = opened.attributes()
    opened.wait_for("running", "bce ── AP")
    opened.press(keys)
    for _ in range(2):
        opened.wait_for(shown)
        suspend(opened)
        assert is_given_back_for_now(opened)
        assert opened.attributes() == before
        trainers.goes_on(trainers.runs / "a-1.objtui")
        come_back(opened, shown)
    if keys:
        opened.press("\x1b")
        opened.pause()  # what follows at once would be pressed together with alt
    opened.wait_for("running", "scores at step", "? help")
    opened.press("q")
    opened.wait_for("Quit:")
    opened.press("s")
    assert opened.exit_code() == 0
    assert is_given_back_for_now(opened)
    assert opened.attributes() == before


def test_ctrl_z_suspends_the_picker(terminal: OpenTerminal) -> None:
    opened = terminal(command=SHELL)
    before = opened.attributes()
    opened.wait_for("Choose a scenario", "recorded runs")
    suspend(opened)
    assert opened.attributes() == before
    come_back(opened, "Choose a scenario")
    opened.press("q")
    assert opened.exit_code() == 0
    assert opened.attributes() == before


def test_where_nobody_could_continue_it_ctrl_z_does_nothing(
    terminal: OpenTerminal, trainers: Trainers
) -> None:
    opened = terminal("run", "a.toml")  # the leader of a session, as by `ssh -t host objtui`
    opened.wait_for("running", "bce ── AP")
    opened.press("\x1a")
    opened.pause()
    opened.press("q")
    opened.wait_for("Quit:")
    opened.press("s")
    assert opened.exit_code() == 0


@pytest.mark.skipif(not Path("/proc").exists(), reason="that it is stopped is read from /proc")
def test_after_a_stop_from_outside_the_terminal_is_as_it_was(
    terminal: OpenTerminal, trainers: Trainers, until: Until
) -> None:
    opened = terminal("run", "a.toml")
    before = opened.attributes()
    opened.wait_for("running", "bce ── AP")
    raw = opened.attributes()
    stat = Path(f"/proc/{opened.pid}/stat")
    for _ in range(2):
        os.kill(opened.pid, signal.SIGSTOP)
        until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")
        opened.set_attributes(before)  # as a shell does
        os.kill(opened.pid, signal.SIGCONT)
        until(lambda: opened.attributes() == raw)
    opened.press("?")
    opened.wait_for("Training", "escape")
    opened.press("q")
    opened.press("q")
    opened.wait_for("Quit:")
    opened.press("s")
    assert opened.exit_code() == 0
    assert opened.attributes() == before
    with RunReader(trainers.runs / "a-1.objtui") as reader:
        assert reader.status().state == "stopped"


def test_the_attributes_of_a_terminal_are_those_of_termios(terminal: OpenTerminal) -> None:
    opened = terminal()
    opened.wait_for("Choose a scenario")
    assert not opened.attributes()[3] & termios.ICANON
    opened.press("q")
    assert opened.exit_code() == 0
    assert opened.attributes()[3] & termios.ICANON
