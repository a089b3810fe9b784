"""The dashboard of a sweep in a real terminal: `watch SWEEP`, the picker, and `sweep` itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.runfile.reader import RunReader
from objtui.sweep.record import read_record
from tests.runs_for_tests import MakeRun
from tests.ui.sweep.sweep_cases import RATE, record_sweep
from tests.ui.terminal_driver import FAKE_OBJTUI, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

ENVIRON = {
    **{key: value for key, value in os.environ.items() if key != "OBJTUI_RUNS"},
    "TERM": "xterm-256color",
    "LANG": "C.UTF-8",
}
FAILED = "no CUDA GPU is left"


@pytest.fixture
def folder(new_run: MakeRun, tmp_path: Path) -> Path:
    return record_sweep(new_run, tmp_path / "runs", {"0": 0.5, "1": 0.7, "2": FAILED}, RATE)


def test_watch_opens_it_a_cell_leads_back_to_its_row_and_the_end_is_told(folder: Path) -> None:
    terminal = Terminal(*FAKE_OBJTUI, "watch", "s", folder=folder.parent.parent, environ=ENVIRON)
    try:
        terminal.wait_for("2/3 cells done, 1 failed", "bce.ap over train.lr", FAILED)
        terminal.press("j")
        terminal.wait_for("0: train.lr=1e-3, finished")
        terminal.press("\r")
        terminal.wait_for("bce ── AP", "step  40")
        terminal.press("q")
        terminal.wait_for("2/3 cells done", "0: train.lr=1e-3, finished")
        terminal.press("\r")
        terminal.wait_for("bce ── AP")
        terminal.press("\x1b")
        terminal.wait_for("2/3 cells done", "0: train.lr=1e-3, finished")
        terminal.press("q")
        assert terminal.exit_code() == 3  # since a cell failed
    finally:
        terminal.close()
    assert "failed: 2 of 3 cells finished" in terminal.written


@pytest.mark.thorough
def test_the_picker_opens_a_sweep_and_q_leads_back_to_its_row(folder: Path) -> None:
    terminal = Terminal(*FAKE_OBJTUI, folder=folder.parent.parent, environ=ENVIRON)
    try:
        terminal.wait_for("recorded runs (1)")
        terminal.press("\t")
        terminal.wait_for("a sweep over train.lr")
        terminal.press("\r")
        terminal.wait_for("2/3 cells done")
        terminal.press("q")
        terminal.wait_for("recorded runs (1)", "a sweep over train.lr")
        terminal.press("q")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()


@pytest.mark.thorough
def test_sweep_trains_in_a_process_of_its_own_which_quitting_leaves_or_stops(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    """As `run` does it. Its trainers are real ones: the driver is another process."""
    arguments = ("--over", "train.lr=1e-3,1e-2", "--set", "train.steps=5000000", "--name", "s")
    terminal = Terminal(
        *FAKE_OBJTUI, "sweep", "a.toml", *arguments, folder=tmp_path, environ=ENVIRON
    )
    folder = tmp_path / "runs" / "s"
    try:
        terminal.wait_for("0/2 cells done")
        terminal.wait_for("running", "bce.ap over train.lr", "/5 000 000")
        terminal.press("q")
        terminal.wait_for("Quit: what becomes of the training", "objtui sweep resume s")
        terminal.press("l")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    assert "s goes on; watch it with: objtui watch s" in terminal.written
    assert read_record(folder).is_driven(folder)

    terminal = Terminal(
        *FAKE_OBJTUI, "sweep", "resume", "s", "--headless", folder=tmp_path, environ=ENVIRON
    )
    try:
        assert terminal.exit_code() == 2  # a second driver
    finally:
        terminal.close()
    assert "is being trained" in terminal.written

    terminal = Terminal(*FAKE_OBJTUI, "watch", "s", folder=tmp_path, environ=ENVIRON)
    try:
        terminal.wait_for("running", "0/2 cells done")
        terminal.press("x")
        terminal.wait_for("Stop the sweep s?")
        terminal.press("y")
        terminal.wait_for("stopped", gone=("running",))
        terminal.press("q")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    assert not read_record(folder).is_driven(folder)
    runs = sorted(folder.glob("*.objtui"))
    with RunReader(runs[0]) as reader:
        assert reader.status().state == "stopped"
