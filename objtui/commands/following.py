"""What the commands that follow a run as text or JSON lines have in common."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from objtui.errors import ObjtuiError, TrainingError
from objtui.reports.jsonlines import JsonReport, encode_line, error_line
from objtui.reports.report import Report
from objtui.reports.style import open_stdout, style_of
from objtui.reports.text import TextReport
from objtui.runfile.names import log_path
from objtui.runfile.records import State
from objtui.runs.follow import RunEnd
from objtui.text.terminal import leave_stdout, why_no_dashboard

__all__ = [
    "json_errors",
    "leave_stdout",
    "log_place",
    "make_report",
    "require_success",
    "require_well",
    "say_if_no_terminal",
]


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
    print(
        f"objtui: {why_no_dashboard(os.environ)}: plain text (as with --headless)", file=sys.stderr
    )


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
