"""The zoomed claims: each with its test, its verdict and its values in every seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from tests.runs_for_tests import MakeRun, record_nuclei
from tests.ui.driving import show, shows


def test_every_claim_is_whole_and_scrolls(new_run: MakeRun, tmp_path: Path) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("shift+tab", "enter")
        lines = await shows(pilot, "lines 1 to", "test: ce.gap < 1e-2", "holds: in 5 of 5 seeds")
        [seeds] = [line.split() for line in lines if line[1:].startswith("   seed")][:1]
        assert seeds[1:7] == ["seed", "0", "1", "2", "3", "4"]
        assert any(line[1:].split()[:1] == ["ce.gap"] and len(line.split()) == 8 for line in lines)
        await pilot.press("pagedown", "pagedown")
        lines = await shows(pilot, "mse.ap >= bce.ap", "fails: in 0 of 5 seeds", "mse.ap")
        assert "ce.gap" not in "\n".join(lines)
        await pilot.press("escape")
        await shows(pilot, "nll", "scores at step")

    show(record_nuclei(new_run, tmp_path).path, steps, (80, 17))


def test_of_several_runs_the_values_of_each_stand_there(three: list[Path]) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("shift+tab", "enter")
        lines = await shows(pilot, "test: ce.gap < 1e-2", "nuclei-1: holds: in 5 of 5 seeds")
        assert sum("ce.gap   " in line for line in lines) >= 2

    show(three, steps)
