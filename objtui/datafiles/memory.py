"""How much memory this machine can still give, and refusing what would not fit."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path, PurePosixPath

from objtui.errors import DataError

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def available_memory(root: Path = Path("/")) -> int | None:
    """Bytes that this process can still take, or None where the system does not say.

    The least of what /proc/meminfo calls available and what every memory
    control group around this process (version 1 or 2) leaves, its page cache
    counted as free. Without /proc it is the physical memory. `root` is the
    folder that holds proc and sys.
    """
    offers = [*_cgroup_offers(root)]
    meminfo = _fields(root / "proc/meminfo")
    if "MemAvailable:" in meminfo:
        offers.append(meminfo["MemAvailable:"] * 1024)
    elif (physical := _physical_memory()) is not None:
        offers.append(physical)
    return max(0, min(offers)) if offers else None


def require_memory(needed: int, what: str, smaller: Callable[[Fraction], str]) -> None:
    """Raise DataError where `what` needs more bytes than are available.

    To be called before anything large is allocated. `needed` is the peak, work
    space included, of what is still to be allocated. `smaller` says which key to change,
    and to what, so that only the share of it is needed that it is given.
    """
    available = available_memory()
    if available is not None and needed > available:
        remedy = smaller(Fraction(max(1, available), needed))
        raise DataError(
            f"{what} needs about {memory_text(needed)} of memory, but only "
            f"{memory_text(available)} are available; {remedy}"
        )


def fitting(count: int, share: Fraction) -> int:
    """So many of `count` as a share of its memory holds, with a little left; at least 1."""
    return max(1, int(count * share * 9 / 10))


def memory_text(size: int) -> str:
    """A number of bytes in the unit that suits it, such as `3.2 GB`."""
    if size < 1000:
        return f"{size} bytes"
    for power, unit in enumerate(_UNITS[1:], start=1):
        if size < 1000 ** (power + 1):
            return f"{size / 1000**power:.1f} {unit}"
    return "more than 1000 EB"


def count_text(count: int) -> str:
    """A count, by its order of magnitude where it would be hard to read."""
    return f"{count:,}" if count < 10**15 else f"about 10^{len(str(count)) - 1}"


def _cgroup_offers(root: Path) -> list[int]:
    """Bytes left under the limit of each memory control group around this process."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except (OSError, ValueError):
        return []
    offers = []
    for line in lines:
        if line.count(":") < 2:
            continue
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            mount, names = "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            mount = "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        path = PurePosixPath("/") / group
        # Inside a container the path may be the host's; the mount's root then holds the limit.
        for folder in (path, *path.parents):
            at = root / mount / str(folder).lstrip("/")
            limit, usage = _number(at / names[0]), _number(at / names[1])
            if limit is not None and usage is not None:
                offers.append(limit - usage + _fields(at / "memory.stat").get(names[2], 0))
    return offers


def _number(path: Path) -> int | None:
    """The one number in a file; None where there is none, as for the limit `max`."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _fields(path: Path) -> dict[str, int]:
    """Lines `name number …` of a file as a dict; empty where there is no such file."""
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
    except (OSError, ValueError):
        return {}
    return {line[0]: int(line[1]) for line in lines if len(line) > 1 and line[1].isdigit()}


def _physical_memory() -> int | None:
    """Bytes of physical memory; None where the system does not say, as on Windows."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
