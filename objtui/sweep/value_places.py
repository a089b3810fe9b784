"""Where the values of a factor lie on an axis of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

MIN_LOG_RATIO = 8.0
"""Two values further apart than that are taken for two of a logarithmic axis."""

MARGIN = 0.06
"""Of the axis, left free at either end, so that labels stand below their values."""


@dataclass(frozen=True, slots=True)
class ValuePlaces:
    """Places of values, from 0 at the left end of the axis to 1.

    Attributes:
        kind: "even" for values that are no numbers, in their order; nothing lies between them.
        places: of each value.
    """

    kind: Literal["log", "linear", "even"]
    places: tuple[float, ...]


def value_places(values: Sequence[str]) -> ValuePlaces:
    """Numbers on a linear axis, or a logarithmic one where that spaces them more evenly."""
    numbers = [_number(value) for value in values]
    if len(numbers) < 2 or any(math.isnan(number) for number in numbers):
        return ValuePlaces("even", _spread_out([float(at) for at in range(len(values))]))
    if _is_log_spaced(sorted(numbers)):
        return ValuePlaces("log", _spread_out([math.log(number) for number in numbers]))
    return ValuePlaces("linear", _spread_out(numbers))


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _is_log_spaced(ascending: Sequence[float]) -> bool:
    if ascending[0] <= 0:
        return False
    if len(ascending) == 2:
        return ascending[1] / ascending[0] >= MIN_LOG_RATIO
    logarithms = [math.log(number) for number in ascending]
    return _unevenness(logarithms) < _unevenness(ascending)


def _unevenness(ascending: Sequence[float]) -> float:
    """The widest of the gaps, in narrowest ones."""
    gaps = [b - a for a, b in pairwise(ascending)]
    return max(gaps) / min(gaps) if min(gaps) > 0 else math.inf


def _spread_out(positions: Sequence[float]) -> tuple[float, ...]:
    low, high = min(positions), max(positions)
    if high == low:
        return tuple(0.5 for _ in positions)
    room = 1 - 2 * MARGIN
    return tuple(MARGIN + room * (position - low) / (high - low) for position in positions)
