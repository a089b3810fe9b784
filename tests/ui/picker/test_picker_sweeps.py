"""Sweeps in the list of recorded runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from objtui.ui.picker.choices import Choice
from tests.runs_for_tests import MakeRun
from tests.ui.driving import shows
from tests.ui.picker.picker_cases import a_picker, finish
from tests.ui.screens.screens_host import Host, drive_screen
from tests.ui.sweep.sweep_cases import RATE, record_sweep


@pytest.fixture
def sweep(new_run: MakeRun, runs: Path) -> Path:
    finish(new_run, runs, "alone")
    return record_sweep(new_run, runs, {"0": 0.5, "1": "no memory"}, RATE)


def test_a_sweep_has_its_state_and_how_many_cells_are_done_and_enter_opens_it(
    folder: Path, runs: Path, sweep: Path
) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "recorded runs (2)", "sweep of a", "1/3 cells", "failed")
        await pilot.press("tab", "home")
        await shows(pilot, "s, failed, 1 cell failed: a sweep over train.lr=1e-3,1e-2,1e-1")
        await pilot.press("enter")

    host = drive_screen(a_picker(folder, runs), steps)
    assert host.result == Choice("sweep", str(sweep))


def test_keys_for_runs_leave_a_sweep_alone(folder: Path, runs: Path, sweep: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "recorded runs (2)")
        await pilot.press("tab", "home")
        for key in ("n", "r", "x"):
            await pilot.press(key)
            await shows(pilot, "this is a sweep")
        await pilot.press("home", "space")
        assert "marked" not in host.text()

    drive_screen(a_picker(folder, runs), steps)
    assert sweep.is_dir()


def test_a_sweep_whose_record_is_damaged_says_why_and_cannot_be_opened(
    folder: Path, runs: Path, sweep: Path
) -> None:
    (sweep / "sweep.json").write_text("{")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "unreadable", "sweep.json: damaged")

    drive_screen(a_picker(folder, runs), steps)
