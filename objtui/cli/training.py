"""Starting a training, to be followed in the foreground or left alone at once.

Light: the trainer starts before what its run is read and reported with is imported.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from objtui.cli.arguments import watch_hint
from objtui.cli.signals import FollowSignals, await_trainer
from objtui.errors import Interrupted, ObjtuiError, TrainingError
from objtui.text.terminal import leave_stdout, say, why_no_dashboard
from objtui.trainer.launch import StartedRun, launch
from objtui.trainer.request import TrainRequest


def start_detached(request: TrainRequest, args: argparse.Namespace) -> None:
    """Start a training, say its name and how to watch it.

    A signal that comes before ends the training and raises Interrupted; after
    SIGHUP it goes on alone. Raises ObjtuiError where it cannot begin.
    """
    with FollowSignals() as signals:
        launched = start_training(request, signals)
        if signals.received is not None or launched is None:
            if launched is not None:
                await_trainer(launched.process)
            raise Interrupted(signals.received or signal.SIGTERM)
        if signals.hung_up:
            leave_stdout()
            raise Interrupted(signal.SIGHUP)
        say_notices(launched.notices)
        if args.json:
            from objtui.reports.jsonlines import encode_line, run_line
            from objtui.runfile.reader import RunReader

            with RunReader(launched.path) as reader:
                print(encode_line(run_line(reader.header())), flush=True)
        else:
            say(launched.run)
            say(f"watch it with: {watch_hint(args, launched.run)}")


def train_in_foreground(request: TrainRequest, args: argparse.Namespace) -> int:
    """Start a training and follow it to its end; the exit code.

    SIGINT and SIGTERM stop the trainer cleanly and end in 130 and 143; a second
    SIGINT kills it. After SIGHUP, or once nobody reads stdout or its disk is full, the
    training goes on alone. Raises ObjtuiError where it, or stdout, fails.
    """
    try:
        with FollowSignals() as signals:
            launched = start_training(request, signals, meanwhile=_import_readers)
            if launched is None:
                return 128 + (signals.received or signal.SIGTERM)
            say_if_no_terminal(args)
            say_notices(launched.notices)
            # Late, as in `start_training`.
            from objtui.cli.following import follow_started

            return follow_started(launched, args, signals)
    except Interrupted as interruption:
        return interruption.exit_code


def start_training(
    request: TrainRequest, signals: FollowSignals, meanwhile: Callable[[], None] = lambda: None
) -> StartedRun | None:
    """The started training; None where a signal ended it before its run began.

    `meanwhile` is called while it starts.
    """
    try:
        return launch(
            request,
            Path(request.runs),
            started=signals.stop_with,
            tell=say_building,
            meanwhile=meanwhile,
        )
    except TrainingError:
        if signals.received is None:
            raise
        return None


def _import_readers() -> None:
    """Import what following a run takes, while its trainer imports more."""
    # Of numpy what the advice at a run's end takes, which it would import only there.
    import numpy.ma
    import numpy.random  # noqa: F401

    import objtui.cli.following  # noqa: F401


def say_building(building: str) -> None:
    """Say on stderr how far the building of the data is; it may take minutes."""
    with contextlib.suppress(OSError):  # nobody reads it: no reason to end the training
        say(f"objtui: {building}", sys.stderr)


def say_notices(notices: Sequence[str]) -> None:
    """Say on stderr what a trainer thought worth knowing before it began."""
    for notice in notices:
        say(f"objtui: {notice}", sys.stderr)


def say_if_no_terminal(args: argparse.Namespace) -> None:
    """Say once on stderr why there is text where nobody asked for it."""
    if args.headless or args.json:
        return
    say(f"objtui: {why_no_dashboard(os.environ)}: plain text (as with --headless)", sys.stderr)


@contextlib.contextmanager
def json_errors(args: argparse.Namespace) -> Iterator[None]:
    """With `--json`, errors are also lines of stdout, beside those of stderr."""
    try:
        yield
    except ObjtuiError as error:
        if args.json:
            from objtui.reports.jsonlines import encode_line, error_line

            with contextlib.suppress(BrokenPipeError):
                for line in error.lines():
                    print(encode_line(error_line(line)), flush=True)
        raise
