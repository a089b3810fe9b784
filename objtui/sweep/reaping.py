"""Ending what a driver that was killed has left: its trainers, those without a run yet as well."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from objtui.errors import UsageError
from objtui.runfile.find import BLANK_BYTES, list_runs_surely
from objtui.runfile.opening import remove_unfinished
from objtui.runfile.processes import host_name, is_alive, process_started, this_host
from objtui.runfile.records import ENDED
from objtui.runfile.tables import SUFFIX

REAP_S = 30.0
"""How long trainers may take to leave, with a checkpoint, before they are killed."""

POLL_S = 0.05

STARTING = "starting-*.log"
"""Logs of trainers that have no run yet."""

Process = tuple[int, float]
"""A process id, and when it started."""


def reap(folder: Path) -> int:
    """Stop every trainer in the folder of a sweep and wait until it is gone; how many there were.

    UsageError where one works on another machine.
    """
    processes = [*_training(folder), *_starting(folder)]
    for process in processes:
        _signal(process, signal.SIGTERM)
    until = time.monotonic() + REAP_S
    while (left := [each for each in processes if is_alive(*each)]) and time.monotonic() < until:
        time.sleep(POLL_S)
    for process in left:
        _signal(process, signal.SIGKILL)
    while any(is_alive(*each) for each in left):
        time.sleep(POLL_S)
    for log in folder.glob(STARTING):
        log.unlink(missing_ok=True)
    for path in folder.glob(f"*{SUFFIX}"):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode) and status.st_size in BLANK_BYTES:
            remove_unfinished(path)  # made by one that then had to leave
    return len(processes)


def _training(folder: Path) -> Iterator[Process]:
    """Trainers of runs."""
    for run in list_runs_surely(folder):
        status = run.status
        if status is None or status.state in ENDED:
            continue
        if status.host != this_host():
            raise UsageError(
                f"the run {folder.name}/{run.name} is in training on {host_name(status.host)}; "
                "stop it there first"
            )
        yield status.pid, status.pid_started


def _starting(folder: Path) -> Iterator[Process]:
    """Trainers that have a log in the folder and no run yet, by the logs that they were given."""
    logs = {str(log).encode() for log in folder.glob(STARTING)}
    logs |= {str(log.resolve()).encode() for log in folder.glob(STARTING)}
    if not logs:
        return
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
            directory = os.fsencode(os.readlink(entry / "cwd"))
        except OSError:  # it has ended, or is another's
            continue
        absolute = {os.path.join(directory, each) for each in arguments if each.endswith(b".log")}
        if logs & (set(arguments) | absolute):
            started = process_started(int(entry.name))
            if started is not None:
                yield int(entry.name), started


def _signal(process: Process, number: signal.Signals) -> None:
    """Signal it, unless it has ended: its number may be another's by then."""
    if is_alive(*process):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process[0], number)
