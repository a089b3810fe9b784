"""A bare `objtui` in a terminal: choose a scenario to run or a run to watch."""

from __future__ import annotations

import argparse
from pathlib import Path


def pick() -> list[str] | None:
    """The arguments that say what was chosen; None where nothing was."""
    from objtui.commands.command import runs_folder
    from objtui.commands.dashboard import look_of
    from objtui.ui.picker_app import PickerApp

    args = argparse.Namespace(glyphs="auto", runs=None)
    choice = PickerApp(Path.cwd(), runs_folder(args), look_of(args)).run()
    if choice is None:
        return None
    return ["run" if choice.kind == "scenario" else "watch", choice.value]
