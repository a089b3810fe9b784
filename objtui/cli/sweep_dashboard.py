"""The dashboard of a sweep, those of its cells that it opens, and what happens once it is left."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.cli.arguments import pool_options, watch_hint
from objtui.cli.dashboard import ENDS_TRAINING, EXIT_CODES, theme_of
from objtui.cli.dashboard import watch_in_dashboard as watch_runs
from objtui.cli.signals import ignore_more_signals
from objtui.errors import EXIT_DONE, BackToPicker, Interrupted, ObjtuiError
from objtui.runfile.names import run_path
from objtui.sweep.record import read_record
from objtui.text.terminal import leave_stdout, say
from objtui.trainer.environment import worded_environment

if TYPE_CHECKING:
    from objtui.ui.sweep.exit import Place, SweepExit


def show_sweep(
    folder: Path, args: argparse.Namespace, tell_end: Callable[[], int], *, owns: bool
) -> int:
    """Show a sweep, and the runs that are opened from there, until it is left; the exit code.

    A sweep of its own (`owns`) is stopped where the person, SIGINT or SIGTERM asks for it, and
    goes on without a terminal. Raises ObjtuiError; BackToPicker where a picker opened it and it was
    left to go back there.

    Args:
        tell_end: writes what a sweep that nobody trains came to; gives the exit code.
    """
    place: Place | None = None
    try:
        while True:
            leaving = _show(folder, args, place, owns=owns)
            owns, place = leaving.owned, leaving.place
            if leaving.how != "opens":
                return _left(folder, args, leaving, tell_end)
            code = _open_cells(folder, leaving.opened, args)
            if code != EXIT_DONE:  # a signal
                if owns and code in (EXIT_CODES["interrupted"], EXIT_CODES["terminated"]):
                    _command(folder, args, "stop")
                return code
    except Interrupted:  # between two dashboards
        if owns:
            _command(folder, args, "stop")
        raise


def _show(folder: Path, args: argparse.Namespace, place: Place | None, *, owns: bool) -> SweepExit:
    from objtui.ui.sweep.app import SweepApp

    app = SweepApp(
        folder,
        theme_of(args),
        lambda action: _command(folder, args, action),
        owns=owns,
        leads_back=args.picked,
        at=place,
    )
    leaving = app.show()
    if leaving is None:
        raise RuntimeError("the dashboard closed without saying how it was left")
    if leaving.error is not None:
        raise leaving.error
    return leaving


def _open_cells(folder: Path, cells: Sequence[str], args: argparse.Namespace) -> int:
    """The dashboard of a cell, or of several side by side."""
    names = {cell.id: " ".join(cell.overrides) for cell in read_record(folder).cells}
    title = f"{folder.name}: {', '.join(names.get(cell, cell) for cell in cells)}"
    paths = [run_path(folder, cell) for cell in cells]
    try:
        return watch_runs(paths, args, title=title, of_sweep=True)
    except ObjtuiError as error:
        # Its file has been removed, by `retry` perhaps: the sweep says how it stands.
        say(f"objtui: {error}", sys.stderr)
        return EXIT_DONE


def _left(
    folder: Path, args: argparse.Namespace, leaving: SweepExit, tell_end: Callable[[], int]
) -> int:
    """Stop the training where that is asked for, and say what became of it; the exit code."""
    if leaving.how in EXIT_CODES:
        ignore_more_signals()
    if leaving.owned and leaving.how in ENDS_TRAINING:
        _command(folder, args, "stop")
    if leaving.back and args.picked:
        raise BackToPicker
    code = EXIT_DONE
    try:
        if read_record(folder).is_driven(folder):
            name = folder.name
            say(f"{name} goes on; watch it with: {watch_hint(args, name)}")
        else:
            code = tell_end()
        sys.stdout.flush()
    except OSError:
        if leaving.how != "hung up":
            raise
        leave_stdout()  # the terminal is gone
    if leaving.how in EXIT_CODES:
        return EXIT_CODES[leaving.how]
    return code if leaving.how == "ended" else EXIT_DONE


def _command(folder: Path, args: argparse.Namespace, action: str) -> str:
    """Do what `objtui sweep ACTION` does; its last words."""
    command = [sys.executable, "-P", "-m", "objtui", "sweep", action, folder.name]
    command += ["--runs", str(folder.parent)]
    if action != "stop":
        command += ["--detach", *pool_options(args)]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=worded_environment(),
        check=False,
        start_new_session=True,
    )
    words = (done.stdout if done.returncode == 0 else done.stderr).strip()
    if action != "stop" and done.returncode == 0:
        return "in training"
    return words.rpartition("\n")[2].removeprefix("objtui: error: ")
