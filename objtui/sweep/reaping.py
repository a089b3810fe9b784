"""Ending what a driver that was killed has left: its trainers, those without a run yet as well."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from objtui.errors import UsageError
from objtui.runfile.find import BLANK_BYTES, list_runs_surely
from objtui.runfile.opening import remove_unfinished
from objtui.runfile.processes import (
    has_open,
    host_name,
    is_alive,
    process_started,
    signal_process,
    this_host,
)
from objtui.runfile.records import ENDED
from objtui.runfile.tables import SUFFIX

REAP_S = 30.0
"""How long trainers may take to leave, with a checkpoint, before they are killed."""

POLL_S = 0.05

STARTING = "starting-*.log"
"""Logs of trainers that have no run yet."""

FORKING = b"objtui.trainer.forking"
"""In the command line of a trainer that a warm parent has forked, and of that parent."""


@dataclass(frozen=True, slots=True)
class Process:
    """A trainer's process, when it started, and a file of the sweep that it has open."""

    pid: int
    started: float
    holding: Path

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return is_alive(self.pid, self.started)

    def signal(self, number: signal.Signals) -> None:
        """Signal it, if it still is what it was."""
        signal_process(self.pid, self.started, number, holding=self.holding)


def reap(folder: Path) -> int:
    """Stop every trainer in the folder of a sweep and wait until it is gone; how many there were.

    UsageError where one works on another machine.
    """
    processes = [*_training(folder), *_starting(folder)]
    for process in processes:
        process.signal(signal.SIGTERM)
    until = time.monotonic() + REAP_S
    while (left := [each for each in processes if each.lives]) and time.monotonic() < until:
        time.sleep(POLL_S)
    for process in left:
        process.signal(signal.SIGKILL)
    while any(each.lives for each in left):
        time.sleep(POLL_S)
    for log in folder.glob(STARTING):
        log.unlink(missing_ok=True)
    for path in folder.glob(f"*{SUFFIX}"):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode) and status.st_size in BLANK_BYTES:
            remove_unfinished(path)  # made by one that then had to leave
    return len(processes)


def _training(folder: Path) -> Iterator[Process]:
    """Trainers of runs. A process that does not have the file of its run open is none."""
    for run in list_runs_surely(folder):
        status = run.status
        if status is None or status.state in ENDED:
            continue
        if status.host != this_host():
            raise UsageError(
                f"the run {folder.name}/{run.name} is in training on {host_name(status.host)}; "
                "stop it there first"
            )
        if has_open(status.pid, run.path):
            yield Process(status.pid, status.pid_started, run.path)


def _starting(folder: Path) -> Iterator[Process]:
    """Trainers that have a log in the folder, which is their output, and no run yet.

    One that was only just forked has the log open, and is yet to make it its output.
    """
    logs = {file: log for log in folder.glob(STARTING) if (file := _file(log)) is not None}
    for entry in Path("/proc").glob("[0-9]*") if logs else ():
        try:
            forked = FORKING in (entry / "cmdline").read_bytes().split(b"\0")
            descriptors = (entry / "fd").iterdir() if forked else (entry / "fd/1", entry / "fd/2")
            held = [logs[each] for each in map(_file, descriptors) if each in logs]
        except OSError:  # it has ended, or is another's
            continue
        started = process_started(int(entry.name)) if held else None
        if started is not None:
            yield Process(int(entry.name), started, held[0])


def _file(path: Path) -> tuple[int, int] | None:
    """Which file there is, however it is called; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
