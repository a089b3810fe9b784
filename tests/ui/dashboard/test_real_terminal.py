"""The dashboard in a real terminal: it paints, it ends in every way, it gives the terminal back."""

from __future__ import annotations

import os
import pty
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from objtui.runfile.reader import RunReader
from tests.runs_for_tests import MakeRun, record_flat
from tests.ui.terminal_driver import FAKE_OBJTUI, OpenTerminal, is_given_back, used_cpu_s

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

Until = Callable[..., Any]

FINISHES = ("--set", "train.steps=30")

FAULTY = f"""
import runpy, sys
from objtui.ui.dashboard.renderer import Renderer
draw = Renderer.panel
def fail_later(self, scene, which, width, height):
    if which.name == "curves" and scene and scene.history.status.step > 20:
        raise ZeroDivisionError("a made-up fault")
    return draw(self, scene, which, width, height)
Renderer.panel = fail_later
sys.argv[0] = {FAKE_OBJTUI[1]!r}
sys.path.insert(0, {str(Path(FAKE_OBJTUI[1]).parent)!r})
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def goes_on(trainers: Trainers, path: Path) -> bool:
    """Whether training is still making steps."""
    with RunReader(path) as reader:
        step = reader.status().step
    return trainers.wait_for(path, lambda status: status.step > step + 20).state == "running"


def test_q_leaves_a_finished_run_and_gives_the_terminal_back(terminal: OpenTerminal) -> None:
    opened = terminal("run", "a.toml", *FINISHES)
    before = opened.attributes()
    screen = opened.wait_for("A title", "finished", "bce ── AP", "scores at step 30", "It learns")
    assert screen.splitlines()[0].startswith(" objtui  A title")
    assert "\x1b[?1049h" in opened.written
    assert opened.modes() > {"1049", "1000", "1003", "1006"}
    assert "25" not in opened.modes()
    assert opened.attributes() != before
    opened.press("q")
    assert opened.exit_code() == 0
    assert is_given_back(opened)
    assert opened.attributes() == before
    assert "finished after 30 steps" in opened.after_the_screen()
    assert opened.after_the_screen().endswith("run file  runs/a-1.objtui\n")


@pytest.mark.parametrize(
    ("number", "code", "state"),
    [
        (signal.SIGTERM, 143, "stopped"),
        (signal.SIGINT, 130, "stopped"),
        (signal.SIGHUP, 129, "running"),
    ],
)
def test_a_signal_gives_the_terminal_back(
    number: signal.Signals, code: int, state: str, terminal: OpenTerminal, trainers: Trainers
) -> None:
    opened = terminal("run", "a.toml")
    before = opened.attributes()
    opened.wait_for("running", "bce ── AP")
    os.kill(opened.pid, number)
    assert opened.exit_code() == code
    assert is_given_back(opened)
    assert opened.attributes() == before
    assert "Traceback" not in opened.written
    path = trainers.runs / "a-1.objtui"
    with RunReader(path) as reader:
        assert reader.status().state == state
        assert state == "running" or reader.checkpoint() is not None
    if state == "running":
        assert goes_on(trainers, path)


@pytest.mark.skipif(not Path("/proc").exists(), reason="processor time is read from /proc")
@pytest.mark.parametrize("ignores_sighup", [False, True], ids=["SIGHUP", "SIGHUP ignored"])
def test_a_terminal_that_goes_away_ends_the_dashboard_alone(
    ignores_sighup: bool, terminal: OpenTerminal, trainers: Trainers, until: Until
) -> None:
    opened = terminal("run", "a.toml", ignore_sighup=ignores_sighup)
    opened.wait_for("running", "bce ── AP")
    used = used_cpu_s(opened.pid)
    opened.hang_up()
    until(lambda: has_ended(opened.pid))
    assert used_cpu_s(opened.pid) - used < 5
    assert opened.exit_code() == 129
    assert goes_on(trainers, trainers.runs / "a-1.objtui")


def has_ended(pid: int) -> bool:
    """Whether a process of ours has ended, its figures still there to be read."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.skipif(not Path("/proc").exists(), reason="the end is seen in /proc")
@pytest.mark.parametrize(
    ("number", "code", "state"),
    [(signal.SIGTERM, 143, "stopped"), (signal.SIGHUP, 129, "running")],
)
def test_a_signal_ends_the_dashboard_although_its_terminal_takes_nothing(
    number: signal.Signals,
    code: int,
    state: str,
    terminal: OpenTerminal,
    trainers: Trainers,
    until: Until,
) -> None:
    opened = terminal("run", "a.toml")
    before = opened.attributes()
    opened.wait_for("running", "bce ── AP")
    opened.draw_unread(100)
    os.kill(opened.pid, number)
    until(lambda: has_ended(opened.pid))
    assert opened.attributes() == before
    assert opened.exit_code() == code  # which reads what there is: the terminal thaws
    assert is_given_back(opened)
    with RunReader(trainers.runs / "a-1.objtui") as reader:
        assert reader.status().state == state


def test_a_terminal_that_takes_something_again_shows_the_whole_screen(
    terminal: OpenTerminal,
) -> None:
    opened = terminal("run", "a.toml")
    opened.wait_for("running", "bce ── AP", "? help")
    opened.press("?")
    opened.wait_for("escape")
    opened.draw_unread(100)
    opened.press("\x1b")
    opened.draw_unread(20)
    opened.wait_for("running", "bce ── AP", "scores at step", "It learns", "? help")


def test_an_end_of_input_gives_the_terminal_back_and_lets_the_training_go_on(
    terminal: OpenTerminal, trainers: Trainers
) -> None:
    keyboard, keys = pty.openpty()
    shell = ("/bin/sh", "-c", f'exec "$@" < {os.ttyname(keys)}', "sh", *FAKE_OBJTUI)
    opened = terminal("run", "a.toml", command=shell)
    opened.wait_for("running", "bce ── AP")
    os.close(keys)
    os.close(keyboard)
    assert opened.exit_code() == 129
    assert is_given_back(opened)
    assert goes_on(trainers, trainers.runs / "a-1.objtui")


def test_a_fault_of_the_dashboard_is_a_short_message_and_the_training_goes_on(
    terminal: OpenTerminal, trainers: Trainers
) -> None:
    opened = terminal("run", "a.toml", command=(sys.executable, "-c", FAULTY))
    before = opened.attributes()
    assert opened.exit_code() == 3
    assert is_given_back(opened)
    assert opened.attributes() == before
    assert opened.after_the_screen() == (
        "objtui: the training goes on; watch it with: objtui watch a-1\n"
        "objtui: error: this is a fault of objtui: ZeroDivisionError: a made-up fault "
        "(see it with OBJTUI_TRACEBACK=1)\n"
    )
    assert goes_on(trainers, trainers.runs / "a-1.objtui")


@pytest.mark.parametrize(
    ("redirection", "reason"),
    [
        ('"$@" | cat', "stdout is no terminal"),
        ('"$@" < /dev/null', "stdin is no terminal"),
        ('"$@" 2>&1 > /dev/tty | cat', "stderr is no terminal"),
    ],
    ids=["stdout", "stdin", "stderr"],
)
def test_a_stream_that_is_no_terminal_makes_it_plain_text(
    redirection: str,
    reason: str,
    terminal: OpenTerminal,
    new_run: MakeRun,
) -> None:
    record_flat(new_run, steps=(100,))
    shell = ("/usr/bin/env", "NO_COLOR=1", "/bin/sh", "-c", redirection, "sh", *FAKE_OBJTUI)
    opened = terminal("watch", "a-run.objtui", command=shell)
    before = opened.attributes()
    assert opened.exit_code() == 0
    assert f"objtui: {reason}: plain text (as with --headless)" in opened.written
    assert "finished after 100 steps" in opened.written
    assert "\x1b" not in opened.written
    assert opened.attributes() == before


def test_a_terminal_made_too_small_says_what_is_needed_and_is_whole_once_large_again(
    terminal: OpenTerminal,
) -> None:
    opened = terminal("run", "a.toml")
    opened.wait_for("running", "bce ── AP", "scores at step", "? help")
    opened.resize(60, 15)
    opened.wait_for("60x15 is too small, 60x16 is needed; q quits", gone=("bce",))
    opened.resize(120, 40)
    whole = ("running", "bce ── AP", "scores at step", "It learns", "? help")
    opened.wait_for(*whole, gone=("too small",))

    def has_whole_borders(screen: str) -> bool:
        lines = [line.rstrip() for line in screen.splitlines()]
        borders = [line for line in lines if line[:1] in ("╭", "┏") and line[-1:] in ("╮", "┓")]
        return [len(line) for line in borders] == [120] * 3  # histogram, curves, claims

    opened.wait_until(has_whole_borders, "three borders over the whole width")


@pytest.mark.skipif(not Path("/proc").exists(), reason="what is mapped is read from /proc")
def test_torch_is_mapped_into_the_trainer_and_never_into_the_dashboard(
    terminal: OpenTerminal, tmp_path: Path, trainers: Trainers
) -> None:
    scenario = Path(__file__).parents[3] / "scenarios" / "saturation.toml"
    real = (sys.executable, "-m", "objtui", "run", str(scenario), "--set", "train.steps=1_000_000")
    opened = terminal(command=real)
    opened.wait_for("running", "bce ── AP", "mse ── AP")
    with RunReader(trainers.runs / "saturation-1.objtui") as reader:
        trainer = reader.status().pid
    assert "libtorch" in Path(f"/proc/{trainer}/maps").read_text()
    assert "libtorch" not in Path(f"/proc/{opened.pid}/maps").read_text()
    os.kill(opened.pid, signal.SIGTERM)
    assert opened.exit_code() == 143


def test_leaving_a_training_running_leaves_it_running(
    terminal: OpenTerminal, trainers: Trainers, command_line: CommandLine
) -> None:
    opened = terminal("run", "a.toml")
    before = opened.attributes()
    opened.wait_for("running", "bce ── AP")
    opened.press("q")
    opened.wait_for("Quit: what becomes of the training?", "objtui watch a-1")
    opened.press("l")
    assert opened.exit_code() == 0
    assert is_given_back(opened)
    assert opened.attributes() == before
    assert opened.after_the_screen() == "a-1 goes on; watch it with: objtui watch a-1\n"
    assert goes_on(trainers, trainers.runs / "a-1.objtui")
    assert command_line.run("stop", "a-1").returncode == 0


def test_the_picker_gives_the_terminal_back_on_a_signal(terminal: OpenTerminal) -> None:
    opened = terminal()
    before = opened.attributes()
    opened.wait_for("Choose a scenario", "recorded runs")
    os.kill(opened.pid, signal.SIGTERM)
    assert opened.exit_code() == 143
    assert is_given_back(opened)
    assert opened.attributes() == before
