"""Which process works on a run, and whether it still lives."""

from __future__ import annotations

import os
import socket
import time
from functools import lru_cache
from pathlib import Path

_IMPORTED_AT = time.monotonic()


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
