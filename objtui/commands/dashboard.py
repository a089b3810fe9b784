"""Opening the dashboard on a run, and what happens once it is left."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.commands.following import require_success, watch_hint
from objtui.commands.foreground import LEAVE_TIMEOUT_S
from objtui.commands.signals import FollowSignals
from objtui.errors import EXIT_DONE, EXIT_SIGINT, EXIT_SIGTERM, TrainingError
from objtui.headless.follow import follow
from objtui.headless.report import write_report
from objtui.headless.style import open_stdout, style_of
from objtui.headless.text import TextReport
from objtui.launch import Launched, Starting, begin_launch
from objtui.runfile.reader import RunReader
from objtui.terminal import has_utf8_locale

if TYPE_CHECKING:
    from objtui.request import TrainerRequest
    from objtui.ui.look import Look


def train_in_dashboard(request: TrainerRequest, title: str, args: argparse.Namespace) -> int:
    """Start a training and open the dashboard on it at once; the exit code.

    Raises ObjtuiError where the training cannot start, or fails.
    """
    with FollowSignals() as signals:  # until the dashboard has handlers of its own
        starting = begin_launch(request, Path(request.runs), started=signals.stop_with)
        try:
            return open_dashboard(starting, args, title=title, owns_training=True)
        except TrainingError:
            if signals.received is None:
                raise
            return 128 + signals.received


def open_dashboard(
    source: Starting | Path, args: argparse.Namespace, *, title: str, owns_training: bool
) -> int:
    """Show a run until it is left; the exit code. Raises ObjtuiError where the run fails.

    With `owns_training`, SIGINT and SIGTERM stop the trainer cleanly, and
    leaving an unfinished run asks what becomes of it. SIGHUP leaves it going.
    """
    # Late: textual takes half a second, which the trainer's start should not wait for.
    from objtui.ui.app import DashboardApp
    from objtui.ui.run_source import RunSource

    run = RunSource(source)
    app = DashboardApp(run, look_of(args), title=title, owns_training=owns_training, fps=args.fps)
    leaving = app.run()
    run.close()
    if leaving is None:  # an error of the app itself, which Textual has printed
        return app.return_code or EXIT_DONE
    if leaving.error is not None:
        raise leaving.error
    if leaving.how == "hung up":
        return 128 + signal.SIGHUP
    ends_training = leaving.how in ("stopped", "interrupted", "terminated")
    if owns_training and ends_training:
        _stop(run.starting, run.launched)
    if run.reader is not None:
        _say_how_it_stands(run.reader, args, leaving.how)
    if leaving.how == "interrupted":
        return EXIT_SIGINT
    return EXIT_SIGTERM if leaving.how == "terminated" else EXIT_DONE


def look_of(args: argparse.Namespace) -> Look:
    """Glyphs and colours by option, locale and NO_COLOR."""
    from objtui.ui.look import Look

    glyphs = args.glyphs
    if glyphs == "auto":
        glyphs = "braille" if has_utf8_locale(os.environ) else "ascii"
    return Look(glyphs, colours=not os.environ.get("NO_COLOR"))


def _stop(starting: Starting | None, launched: Launched | None) -> None:
    """Let the trainer stop cleanly, with a checkpoint."""
    if starting is not None:
        starting.abort()
    if launched is not None:
        launched.process.terminate()
        try:
            launched.process.wait(LEAVE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            print(
                f"objtui: the trainer (process {launched.pid}) takes long to leave", file=sys.stderr
            )


def _say_how_it_stands(reader: RunReader, args: argparse.Namespace, how: str) -> None:
    """What the run came to, where it has ended; else how to watch it again."""
    run = reader.header().run
    if how == "left":
        print(f"{run} goes on; watch it with: {watch_hint(args, run)}")
        return
    out = open_stdout()
    end = write_report(TextReport(out, style_of(out, os.environ)), follow(reader))
    if end is not None and how == "ended":
        require_success(end)
