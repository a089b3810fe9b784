"""Starting a training and following it in the foreground, or leaving it alone at once."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from objtui.advice.advise import advised_run
from objtui.cli.arguments import command_hint, watch_hint
from objtui.cli.signals import LEAVE_TIMEOUT_S, FollowSignals
from objtui.errors import EXIT_DONE, Interrupted, ObjtuiError, RunGoneError, TrainingError
from objtui.reports.advice import advice_at_the_end
from objtui.reports.jsonlines import JsonReport, encode_line, error_line, run_line
from objtui.reports.report import Report, write_lines, write_report
from objtui.reports.style import open_stdout, style_of
from objtui.reports.text import TextReport
from objtui.runfile.names import log_path
from objtui.runfile.reader import RunReader
from objtui.runfile.records import State
from objtui.runs.follow import RunEnd, follow
from objtui.text.terminal import leave_stdout, say, why_no_dashboard
from objtui.trainer.launch import Process, StartedRun, launch
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
            launched = start_training(request, signals)
            if launched is None:
                return 128 + (signals.received or signal.SIGTERM)
            say_if_no_terminal(args)
            say_notices(launched.notices)
            return _follow(launched, args, signals)
    except Interrupted as interruption:
        return interruption.exit_code


def start_training(request: TrainRequest, signals: FollowSignals) -> StartedRun | None:
    """The started training; None where a signal ended it before its run began."""
    try:
        return launch(request, Path(request.runs), started=signals.stop_with, tell=say_building)
    except TrainingError:
        if signals.received is None:
            raise
        return None


def say_building(building: str) -> None:
    """Say on stderr how far the building of the data is; it may take minutes."""
    with contextlib.suppress(OSError):  # nobody reads it: no reason to end the training
        say(f"objtui: {building}", sys.stderr)


def _follow(launched: StartedRun, args: argparse.Namespace, signals: FollowSignals) -> int:
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
            say(f"objtui: stdout was closed; the training goes on: {hint}", sys.stderr)
            return EXIT_DONE
        end = None  # the reader died of the same signal
    if signals.hung_up:
        leave_stdout()
        return 128 + signal.SIGHUP
    await_trainer(launched.process)
    if signals.received is not None:
        return 128 + signals.received
    if end is not None:
        if not args.json and end.last is not None:
            say_advice(end.path, command_hint(args, "explain", launched.run))
        require_success(end)
    return EXIT_DONE


def say_advice(path: Path, command: str) -> None:
    """What most needs mending in a run that has ended, and the command that says the rest."""
    run = advised_run(path)
    if run.evidence is not None:
        lines = advice_at_the_end(run.advice, command)
        with contextlib.suppress(OSError):  # nobody reads it any more; the run has ended
            write_lines(open_stdout(), "", *lines)


def write_run(launched: StartedRun, report: Report, signals: FollowSignals) -> RunEnd | None:
    """Follow a run into a report; its end, or None after a hang-up."""
    said = False

    def leave() -> bool:
        nonlocal said
        if signals.received is not None and not said:
            said = True
            say("objtui: stopping; ctrl+c again kills the trainer", sys.stderr)
        launched.process.poll()  # a trainer that died is then no longer in the process table
        return signals.hung_up

    with RunReader(launched.path) as reader:
        return write_report(report, follow(reader, leave=leave))


def await_trainer(process: Process) -> None:
    """Let the trainer leave: it still closes its run file, so that no journal is beside it."""
    try:
        process.wait(LEAVE_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        say(f"objtui: the trainer (process {process.pid}) takes long to leave", sys.stderr)


def say_notices(notices: Sequence[str]) -> None:
    """Say on stderr what a trainer thought worth knowing before it began."""
    for notice in notices:
        say(f"objtui: {notice}", sys.stderr)


def make_report(args: argparse.Namespace) -> Report:
    """The report that the command line asks for, on stdout."""
    out = open_stdout()
    return (
        JsonReport(out, live=args.live) if args.json else TextReport(out, style_of(out, os.environ))
    )


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
            with contextlib.suppress(BrokenPipeError):
                for line in error.lines():
                    print(encode_line(error_line(line)), flush=True)
        raise


def require_success(end: RunEnd) -> None:
    """Raise TrainingError where the run failed, crashed or diverged."""
    state, message = end.status.state, end.status.message
    if state == "failed":
        raise TrainingError(
            f"the training failed: {message}; the traceback is in {log_place(end.path)}"
        )
    if state == "crashed" and end.header.recorded:
        raise TrainingError(
            f"the training crashed: {message}; "
            f'objtui.Recorder(…, resume="{end.path.stem}") goes on in this run'
        )
    if state == "crashed":
        raise TrainingError(
            f"the training crashed: {message}; its log is in {log_place(end.path)}; "
            "`objtui resume` goes on from its last checkpoint"
        )
    if state == "diverged":
        raise TrainingError("every head diverged: a logit or parameter is no longer finite")


def require_well(runs: Sequence[tuple[str, State]]) -> None:
    """Raise TrainingError where one of several runs failed, crashed or diverged."""
    bad = [f"{run} {state}" for run, state in runs if state in ("failed", "crashed", "diverged")]
    if bad:
        raise TrainingError(f"not every run ended well: {', '.join(bad)}")


def log_place(path: Path) -> str:
    """Where a run's log is: in its file, or still beside it."""
    beside = log_path(path)
    return str(beside) if beside.exists() else f"the log of {path}"
