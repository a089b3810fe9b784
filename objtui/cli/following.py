"""Following a training that was started, to its end."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from objtui.advice.advise import advised_run
from objtui.cli.arguments import command_hint, watch_hint
from objtui.cli.signals import FollowSignals, await_trainer
from objtui.errors import EXIT_DONE, ObjtuiError, RunGoneError, TrainingError
from objtui.reports.advice import advice_at_the_end
from objtui.reports.jsonlines import JsonReport
from objtui.reports.report import Report, write_lines, write_report
from objtui.reports.style import open_stdout, style_of
from objtui.reports.text import TextReport
from objtui.runfile.names import log_path
from objtui.runfile.reader import RunReader
from objtui.runfile.records import State
from objtui.runs.follow import POLL_S, RunEnd, follow, wait_a_poll
from objtui.text.terminal import leave_stdout, say
from objtui.trainer.launch import StartedRun


def follow_started(launched: StartedRun, args: argparse.Namespace, signals: FollowSignals) -> int:
    """Follow a training of our own; the exit code, as of `train_in_foreground`."""
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

    def pause() -> None:
        if launched.process.poll() is not None:  # killed, if there is still no end to be read
            wait_a_poll()
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            launched.process.wait(POLL_S)  # the run has ended by then, too

    with RunReader(launched.path) as reader:
        return write_report(report, follow(reader, leave=leave, pause=pause))


def make_report(args: argparse.Namespace) -> Report:
    """The report that the command line asks for, on stdout."""
    out = open_stdout()
    return (
        JsonReport(out, live=args.live) if args.json else TextReport(out, style_of(out, os.environ))
    )


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
