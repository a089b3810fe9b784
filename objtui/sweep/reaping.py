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
    FileId,
    file_id,
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
    """A trainer's process, when it started, and a file of the sweep that it has open.

    The file itself and not its path: a log takes the name of the run that begins, and a run file
    may be renamed or removed.
    """

    pid: int
    started: float
    holding: FileId

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return is_alive(self.pid, self.started)

    def signal(self, number: signal.Signals) -> bool:
        """Signal it, if it still is what it was; whether it was."""
        return signal_process(self.pid, self.started, number, holding=self.holding)


def reap(folder: Path) -> int:
    """Stop every trainer in the folder of a sweep and wait until it is gone; how many there were.

    Each leaves with a checkpoint, or is killed after REAP_S and has its last one. UsageError where
    one works on another machine.
    """
    processes = [*_training(folder), *_starting(folder)]
    for process in processes:
        process.signal(signal.SIGTERM)
    until = time.monotonic() + REAP_S
    while (left := [each for each in processes if each.lives]) and time.monotonic() < until:
        time.sleep(POLL_S)
    # One that has let go of the sweep's file is not ours to kill, nor to wait for.
    killed = [each for each in left if each.signal(signal.SIGKILL)]
    while any(each.lives for each in killed):
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
        file = file_id(run.path)
        if file is not None and has_open(status.pid, file):
            yield Process(status.pid, status.pid_started, file)


def _starting(folder: Path) -> Iterator[Process]:
    """Trainers that have a log in the folder, which is their output, and no run yet.

    One that was only just forked has the log open, and is yet to make it its output.
    """
    logs = {file for log in folder.glob(STARTING) if (file := file_id(log)) is not None}
    for entry in Path("/proc").glob("[0-9]*") if logs else ():
        try:
            forked = FORKING in (entry / "cmdline").read_bytes().split(b"\0")
            descriptors = (entry / "fd").iterdir() if forked else (entry / "fd/1", entry / "fd/2")
            held = [each for each in map(file_id, descriptors) if each in logs]
        except OSError:  # it has ended, or is another's
            continue
        started = process_started(int(entry.name)) if held else None
        if started is not None:
            yield Process(int(entry.name), started, held[0])
