"""A bare `objtui` in a terminal: choose a scenario to run or a run to watch, again and again."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.errors import EXIT_DONE, BackToPicker, Interrupted, ObjtuiError, TrainingError

if TYPE_CHECKING:
    from objtui.ui.picker.choices import Choice


def pick_in_turn(
    run: Callable[[Sequence[str]], int], report: Callable[[Sequence[str]], None], runs: str | None
) -> int:
    """Let a person choose, run that, and come back until nothing is chosen; the exit code.

    What cannot be started is reported and marked in the list. Raises Interrupted where a
    signal, or the end of the terminal, ended it, TrainingError.

    Args:
        run: runs a command line; raises BackToPicker where it comes back.
        report: takes the lines of an error.
        runs: the folder of runs that `--runs` names.
    """
    chosen: Choice | None = None
    problems: dict[str, str] = {}
    while (chosen := pick(runs, chosen, problems)) is not None:
        command = "run" if chosen.kind == "scenario" else "watch"
        place = [] if runs is None else ["--runs", runs]
        problems.pop(chosen.value, None)
        try:
            return run([command, chosen.value, *chosen.others, *place])
        except BackToPicker:
            continue
        except TrainingError:
            raise
        except ObjtuiError as error:
            report(error.lines())
            problems[chosen.value] = _in_its_row(error.lines()[0], chosen.value)
    return EXIT_DONE


def _in_its_row(line: str, value: str) -> str:
    """A line of an error without the path that its row shows: `line 5: train.stepz: …`."""
    own = line.removeprefix(f"{value}:")
    return line if own == line else f"line {own}" if own[:1].isdigit() else own.strip()


def pick(
    runs: str | None = None, at: Choice | None = None, problems: dict[str, str] | None = None
) -> Choice | None:
    """What was chosen; None where nothing was. Raises Interrupted.

    Args:
        at: what was chosen before, which the cursor stands on.
        problems: by value of a choice, why it could not be started.
    """
    from objtui.cli.arguments import runs_folder
    from objtui.cli.signals import EndingSignals

    args = argparse.Namespace(glyphs="auto", runs=runs)
    with EndingSignals():
        from objtui.cli.dashboard import theme_of
        from objtui.ui.picker.app import PickerApp

        app = PickerApp(Path.cwd(), runs_folder(args), theme_of(args), at=at, problems=problems)
        choice = app.show()
    if isinstance(choice, signal.Signals):
        raise Interrupted(choice)
    return choice
