"""Who trains a run, and whether that trainer still lives as a reader of the file can tell."""

from __future__ import annotations

import os
import time
from pathlib import Path

from objtui.errors import RunGoneError
from objtui.runfile.filesystem import lasting_inode
from objtui.runfile.processes import host_name, is_alive, process_started, this_host
from objtui.runfile.records import RunStatus

STALE_S = 10.0
"""A trainer at work that has written nothing for so long is said to be silent."""

SILENCE_S = 5.0
"""A trainer that cannot be looked for counts as crashed after so long without a heartbeat."""


def is_silent(status: RunStatus, now: float) -> bool:
    """Whether a trainer at work has long written nothing, by its own clock."""
    return status.state == "running" and now - status.heartbeat_at > STALE_S


def own_status(path: Path) -> RunStatus:
    """The first status of a run file that this process is to write; OSError without a file."""
    now = time.time()
    return RunStatus(
        state="starting",
        step=0,
        elapsed_s=0.0,
        steps_per_s=0.0,
        heartbeat_at=now,
        pid=os.getpid(),
        pid_started=process_started(os.getpid()) or 0.0,
        host=this_host(),
        inode=lasting_inode(path),
        started_at=now,
    )


class TrainerWatch:
    """Judges the trainer of one run file: by its process where that can be seen, else by silence.

    Silence is measured by our own clock, from the first look on: the clock of another
    machine may differ by any amount.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._heartbeat: tuple[float, float] | None = None  # (heartbeat_at, monotonic time seen)
        self._has_moved = False

    def why_gone(self, status: RunStatus) -> str:
        """Why nobody trains into this file, in words; empty where somebody does, or may.

        Raises RunGoneError where the file is no longer there.
        """
        trainer = f"process {status.pid} on {host_name(status.host)}"
        if self._is_visible(status):
            if not is_alive(status.pid, status.pid_started):
                return f"the trainer ({trainer}) is gone"
            if self._is_copy(status):
                return f"this is a copy of a run in training ({trainer})"
            return ""
        return f"the trainer ({trainer}) is silent" if self._is_silent(status) else ""

    def is_sure(self, status: RunStatus) -> bool:
        """Whether `why_gone` will give the same answer after more looks, if nothing happens."""
        return self._is_visible(status) or self._has_moved

    def _is_visible(self, status: RunStatus) -> bool:
        """Whether the trainer is, or was, among the processes that we can see."""
        if status.host == this_host():
            return True
        # Earlier versions kept the name of the machine alone: only a process that is there tells.
        is_named_so = status.host == host_name(this_host())
        return is_named_so and is_alive(status.pid, status.pid_started)

    def _is_copy(self, status: RunStatus) -> bool:
        try:
            if status.inode in (0, self._path.stat().st_ino):
                return False
            return lasting_inode(self._path) not in (0, status.inode)
        except (FileNotFoundError, NotADirectoryError):  # since the status was read
            raise RunGoneError(self._path) from None

    def _is_silent(self, status: RunStatus) -> bool:
        now = time.monotonic()
        if self._heartbeat is None or status.heartbeat_at != self._heartbeat[0]:
            self._has_moved = self._heartbeat is not None
            self._heartbeat = (status.heartbeat_at, now)
        return now - self._heartbeat[1] >= SILENCE_S
