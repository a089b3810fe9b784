"""Times, counts and lists of names as people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable


def duration(seconds: float) -> str:
    """A time as 0:07, 12:34 or 1:02:03."""
    if not math.isfinite(seconds):
        return "?"
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def age(seconds: float) -> str:
    """How long ago, in its largest unit: 5 s, 12 min, 3 h, 4 d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def file_size(size: int) -> str:
    """A number of bytes in three digits of a decimal unit: 512 B, 12.3 kB, 4.56 MB."""
    value, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{size} B" if units[0] == "B" else f"{float(f'{value:.3g}'):g} {units[0]}"


def counted(count: float, noun: str) -> str:
    """How many of something: 1 thread, 1 234 threads."""
    return f"{grouped(count)} {noun}{'' if count == 1 else 's'}"


def grouped(count: float) -> str:
    """A count with its thousands apart: 12 345."""
    return f"{count:,.0f}".replace(",", " ")


def step_of(step: int, steps: int | None) -> str:
    """A step and how many there will be, as 12/2 000; the step alone where nobody knows."""
    return grouped(step) if steps is None else f"{grouped(step)}/{grouped(steps)}"


def quoted(names: Iterable[str]) -> list[str]:
    """Every name in quotes."""
    return [f'"{name}"' for name in names]


def either(words: Iterable[str], joint: str = "or") -> str:
    """The words as "a, b or c", each once."""
    listed = list(dict.fromkeys(words))
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} {joint} {listed[-1]}"
