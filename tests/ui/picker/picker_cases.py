"""Pickers and runs for the tests of the picker."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from objtui.ui.picker.screen import PickerScreen
from objtui.ui.theme import Theme
from tests.runs_for_tests import MakeRun, a_summary
from tests.ui.screens.screens_host import Host

MINE = 'title = "Mine"\nquestion = "Is it mine?"\n[data]\n[[heads]]\n'


def finish(new_run: MakeRun, runs: Path, name: str, **header: object) -> None:
    """Leave a finished run in the folder."""
    new_run(name, runs, **header).finish("finished", a_summary(), "")


def a_picker(folder: Path, runs: Path, theme: Theme | None = None) -> PickerScreen:
    return PickerScreen(folder, runs, theme or Theme(), clock=lambda: time.time() + 120)


def pressing(*keys: str) -> Callable:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)

    return steps
