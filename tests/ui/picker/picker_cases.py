"""Pickers and runs for the tests of the picker."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from objtui.runfile.records import RunSummary
from objtui.ui.picker.screen import PickerScreen
from objtui.ui.theme import Theme
from tests.ui.screens.screens_host import Host

SUMMARY = RunSummary(steps=100, wall_s=5.0, start_s=1.0, train_s=2.0, eval_s=0.5)
MINE = 'title = "Mine"\nquestion = "Is it mine?"\n[data]\n[[heads]]\n'

NewRun = Callable[..., object]


def finish(new_run: NewRun, runs: Path, name: str, **changes: object) -> None:
    run = new_run(name, runs, **changes)
    run.finish("finished", SUMMARY, "")


def a_picker(folder: Path, runs: Path, theme: Theme | None = None) -> PickerScreen:
    return PickerScreen(folder, runs, theme or Theme(), clock=lambda: time.time() + 120)


def pressing(*keys: str) -> Callable:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)

    return steps
