"""Numbers as a page gets them: few digits, and none that JSON does not know."""

from __future__ import annotations

import math

DIGITS = 5

BIGGEST = 1e150
"""Beyond this a number is as good as infinite; its square would be."""


def json_number(value: float, digits: int = DIGITS) -> float | None:
    """A number in few digits; None where it is not finite, which JSON does not know."""
    if not math.isfinite(value) or abs(value) > BIGGEST:
        return None
    return float(f"{value:.{digits}g}")
