"""A bare `objtui` in a terminal: choose a scenario to run or a run to watch."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from objtui.errors import Interrupted


def pick(runs: str | None = None) -> list[str] | None:
    """The arguments that say what was chosen; None where nothing was.

    `runs` is the folder of runs that `--runs` names. Raises Interrupted where a signal,
    or the end of the terminal, ended it.
    """
    from objtui.cli.arguments import runs_folder
    from objtui.cli.signals import EndingSignals

    args = argparse.Namespace(glyphs="auto", runs=runs)
    with EndingSignals():
        from objtui.cli.dashboard import theme_of
        from objtui.ui.picker.app import PickerApp

        choice = PickerApp(Path.cwd(), runs_folder(args), theme_of(args)).show()
    if isinstance(choice, signal.Signals):
        raise Interrupted(choice)
    if choice is None:
        return None
    command = "run" if choice.kind == "scenario" else "watch"
    place = [] if runs is None else ["--runs", runs]
    return [command, choice.value, *choice.others, *place]
