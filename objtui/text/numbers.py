"""Times and counts as people read them."""

from __future__ import annotations

import math


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


def grouped(count: float) -> str:
    """A count with its thousands apart: 12 345."""
    return f"{count:,.0f}".replace(",", " ")
