"""ctrl+c at any moment of a start: no trainer stays, and no run but one that was stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from objtui.runfile.find import list_runs
from tests.ui.terminal_driver import FAKE_OBJTUI, MODES_OF_A_TERMINAL, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

MOMENTS_S = (0.0, 0.1, 0.2, 0.35, 0.5, 0.8)
"""After the command begins. What is asked for holds at any moment: where nothing else runs, the
trainer begins after about 0.15 s and the run after 0.5 s, on a busy machine later.
"""


def listen_to_interrupts() -> None:
    """In the new process: a test that runs in the background has them ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def processes_in(folder: Path) -> list[str]:
    """Command lines of the processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")) == folder:
                found.append((process / "cmdline").read_text())
        except OSError:  # it has ended, or is not ours to look at
            continue
    return found


def assert_nothing_is_left(code: int, folder: Path, runs: Path) -> None:
    """Only a run that was stopped may be there."""
    assert code == 130
    assert processes_in(folder) == []  # the command has waited for its trainer
    assert {listing.state for listing in list_runs(runs)} <= {"stopped"}
    if runs.exists():
        assert {path.suffix for path in runs.iterdir()} == {".objtui"}


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are looked for in /proc")
@pytest.mark.parametrize("moment_s", MOMENTS_S)
def test_of_a_start_as_text(
    moment_s: float,
    command_line: CommandLine,
    trainers: Trainers,
    tmp_path: Path,
    until: Callable[..., Any],
) -> None:
    process = command_line.start(
        *("run", "a.toml", "--headless"),
        env={**os.environ, "OBJTUI_BEGINS": str(tmp_path / "begins")},
        preexec_fn=listen_to_interrupts,
    )
    until((tmp_path / "begins").exists)
    time.sleep(moment_s)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert "Traceback" not in err
    assert_nothing_is_left(process.returncode, tmp_path, trainers.runs)


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are looked for in /proc")
@pytest.mark.parametrize("moment_s", MOMENTS_S)
def test_of_a_start_in_the_dashboard(
    moment_s: float,
    command_line: CommandLine,
    trainers: Trainers,
    tmp_path: Path,
    until: Callable[..., Any],
) -> None:
    environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    environ["OBJTUI_BEGINS"] = str(tmp_path / "begins")
    command = (*FAKE_OBJTUI, "run", "a.toml")
    terminal = Terminal(*command, folder=tmp_path, environ=environ, preexec_fn=listen_to_interrupts)
    before = terminal.attributes()
    try:
        until((tmp_path / "begins").exists)
        time.sleep(moment_s)
        os.kill(terminal.pid, signal.SIGINT)
        code = terminal.exit_code()
        assert "Traceback" not in terminal.written
        assert terminal.modes() == MODES_OF_A_TERMINAL
        assert terminal.attributes() == before
    finally:
        terminal.close()
    assert_nothing_is_left(code, tmp_path, trainers.runs)
