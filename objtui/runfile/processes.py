"""Which process works on a run, and whether it still lives."""

from __future__ import annotations

import os
import signal
import socket
import time
from functools import lru_cache
from pathlib import Path

_IMPORTED_AT = time.monotonic()

FileId = tuple[int, int]
"""Which file there is, however it is called: device and inode."""


@lru_cache
def this_host() -> str:
    """This machine, from its start on, as its processes number each other: NAME/BOOT/PIDS.

    Machines may have one name, and containers of one machine each their own numbers. Where
    the system does not tell these it is the name alone.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        numbers = os.stat("/proc/self/ns/pid").st_ino
    except (OSError, ValueError):
        return socket.gethostname()
    return f"{socket.gethostname()}/{boot}/{numbers}"


def host_name(host: str) -> str:
    """The name of a machine of `this_host`, as people know it."""
    parts = host.rsplit("/", 2)
    return parts[0] if len(parts) == 3 else host


def process_started(pid: int) -> float | None:
    """When a process started, in seconds since the machine's start; None if it is gone.

    A process that has ended but was not yet waited for counts as gone. 0.0 for a
    living process where the system does not tell.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0 if not Path("/proc/self/stat").exists() and _answers(pid) else None
    # The command's name is in parentheses and may itself hold blanks and parentheses.
    fields = stat.rpartition(")")[2].split()
    state, ticks = fields[0], fields[19]  # fields 3 and 22 of proc(5)
    return None if state in "ZX" else int(ticks) / os.sysconf("SC_CLK_TCK")


def is_alive(pid: int, started: float) -> bool:
    """Whether the process `pid` that began at `started` (of `process_started`) still lives."""
    since = process_started(pid)
    return since is not None and since == started


def file_id(path: Path) -> FileId | None:
    """The file or folder that has this path; None where there is none."""
    try:
        status = path.stat()
    except OSError:  # or, of a descriptor, it was closed meanwhile, or is of a kind without a path
        return None
    return status.st_dev, status.st_ino


def has_open(pid: int, held: Path | FileId) -> bool:
    """Whether a process has this very file or folder open.

    True where the system does not tell, as of a process of another person.
    """
    if not Path("/proc/self/fd").exists():
        return True
    wanted = file_id(held) if isinstance(held, Path) else held
    if wanted is None:
        return False
    try:
        return any(file_id(entry) == wanted for entry in Path(f"/proc/{pid}/fd").iterdir())
    except PermissionError:
        return True
    except OSError:
        return False


def signal_process(
    pid: int, started: float, number: signal.Signals, *, holding: Path | FileId | None = None
) -> bool:
    """Signal a process whose number somebody has noted down; whether it was sent.

    It is not where the process that began at `started` has ended, whose number may be another's by
    then, nor, with `holding`, to one that does not have this file or folder open: what is noted
    down in a file may be of another folder, which was copied, or of any process at all. Safe
    within a handler of signals.
    """
    if pid <= 0:  # would be many processes
        return False
    try:
        descriptor = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
    except ProcessLookupError:
        return False
    except OSError:  # a system without it
        descriptor = -1
    try:
        # Asked while the descriptor is open: so it is this very process that is signalled.
        if not is_alive(pid, started) or not (holding is None or has_open(pid, holding)):
            return False
        if descriptor >= 0:
            signal.pidfd_send_signal(descriptor, number)
        else:
            os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        if descriptor >= 0:
            os.close(descriptor)
    return True


def process_age_s() -> float:
    """How long this process has lived, in seconds.

    Where the system does not tell, it is the time since this module was imported,
    which a trainer does before it imports torch.
    """
    started = process_started(os.getpid())
    if started:
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    return time.monotonic() - _IMPORTED_AT


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
