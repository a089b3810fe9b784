"""Starting a training and following it in the foreground, or leaving it alone at once."""

from __future__ import annotations

import argparse
import contextlib
import signal
import subprocess
import sys
from pathlib import Path

from objtui.commands.following import (
    leave_stdout,
    make_report,
    require_success,
)
from objtui.commands.hints import watch_hint
from objtui.commands.signals import LEAVE_TIMEOUT_S, FollowSignals, Interrupted
from objtui.errors import EXIT_DONE, ObjtuiError, RunGoneError, TrainingError
from objtui.reports.jsonlines import encode_line, run_line
from objtui.reports.report import Report, write_report
from objtui.runfile.reader import RunReader
from objtui.runs.follow import RunEnd, follow
from objtui.trainer.launch import Launched, launch
from objtui.trainer.request import TrainerRequest


def start_detached(request: TrainerRequest, args: argparse.Namespace) -> None:
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
        say_notices(launched)
        if args.json:
            with RunReader(launched.path) as reader:
                print(encode_line(run_line(reader.header())), flush=True)
        else:
            print(f"{launched.run}\nwatch it with: {watch_hint(args, launched.run)}", flush=True)


def train_in_foreground(request: TrainerRequest, args: argparse.Namespace) -> int:
    """Start a training and follow it to its end; the exit code.

    SIGINT and SIGTERM stop the trainer cleanly and end in 130 and 143; a second
    SIGINT kills it. After SIGHUP, or once nobody reads stdout or its disk is full, the
    training goes on alone. Raises ObjtuiError where it, or stdout, fails.
    """
    try:
        with FollowSignals() as signals:
            launched = start_training(request, signals)
            if launched is None:
                return 128 + (signals.received or signal.SIGTERM)
            say_notices(launched)
            return _follow(launched, args, signals)
    except Interrupted as interruption:
        return interruption.exit_code


def start_training(request: TrainerRequest, signals: FollowSignals) -> Launched | None:
    """The started training; None where a signal ended it before its run began."""
    try:
        return launch(request, Path(request.runs), started=signals.stop_with, tell=_say_building)
    except TrainingError:
        if signals.received is None:
            raise
        return None


def _say_building(building: str) -> None:
    """Say on stderr how far the building of the data is; it may take minutes."""
    with contextlib.suppress(OSError):  # nobody reads it: no reason to end the training
        print(f"objtui: {building}", file=sys.stderr, flush=True)


def _follow(launched: Launched, args: argparse.Namespace, signals: FollowSignals) -> int:
    try:
        end = write_run(launched, make_report(args), signals)
    except RunGoneError:
        await_trainer(launched.process)  # which has noticed, too
        raise
    except OSError as error:
        leave_stdout()
        if signals.hung_up:
            return 128 + signal.SIGHUP
        if signals.received is None:
            hint = watch_hint(args, launched.run)
            if not isinstance(error, BrokenPipeError):  # a full disk, say
                raise ObjtuiError(
                    f"stdout: {error.strerror}; the training goes on: {hint}"
                ) from error
            print(f"objtui: stdout was closed; the training goes on: {hint}", file=sys.stderr)
            return EXIT_DONE
        end = None  # the reader died of the same signal
    if signals.hung_up:
        leave_stdout()
        return 128 + signal.SIGHUP
    await_trainer(launched.process)
    if signals.received is not None:
        return 128 + signals.received
    if end is not None:
        require_success(end)
    return EXIT_DONE


def write_run(launched: Launched, report: Report, signals: FollowSignals) -> RunEnd | None:
    """Follow a run into a report; its end, or None after a hang-up."""
    said = False

    def leave() -> bool:
        nonlocal said
        if signals.received is not None and not said:
            said = True
            print("objtui: stopping; ctrl+c again kills the trainer", file=sys.stderr)
        launched.process.poll()  # a trainer that died is then no longer in the process table
        return signals.hung_up

    with RunReader(launched.path) as reader:
        return write_report(report, follow(reader, leave=leave))


def await_trainer(process: subprocess.Popen[bytes]) -> None:
    """Let the trainer leave: it still closes its run file, so that no journal is beside it."""
    try:
        process.wait(LEAVE_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        print(f"objtui: the trainer (process {process.pid}) takes long to leave", file=sys.stderr)


def say_notices(launched: Launched) -> None:
    """Say on stderr what the trainer thought worth knowing before it began."""
    for notice in launched.notices:
        print(f"objtui: {notice}", file=sys.stderr)
