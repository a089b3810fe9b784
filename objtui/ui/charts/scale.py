"""A scale of a diagram: its ends at round values, its ticks and their labels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_ROUND = (1.0, 2.0, 5.0, 10.0)
_FLAT = 1e-5  # of the values' size: a range below it is drawn as one level


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` to `high`, linear or logarithmic.

    Attributes:
        ticks: values to be labelled, ascending.
        step: their distance on a linear scale; it decides the digits of labels.
    """

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]
    step: float

    def place(self, values: npt.ArrayLike) -> Floats:
        """Where values lie, 0 at the low end and 1 at the high one."""
        array = np.asarray(values, dtype=np.float64)
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            placed: Floats = (np.log10(array) - low) / (high - low)
            return placed
        return (array - self.low) / (self.high - self.low)

    def label(self, value: float) -> str:
        """A tick's label, `-` for a minus."""
        return _label(value, value, -2) if self.log else _label(value, self.step, -5)


def value_scale(low: float, high: float, log: bool, ticks: int) -> Scale:
    """A scale of about `ticks` ticks around values from `low` to `high`, its ends round.

    Both are finite, at most 1e150 in size, and above 0 for a logarithmic one.
    """
    ticks = max(ticks, 2)
    if log:
        low, high = _round_below(low), _round_above(high)
        if low == high:
            high = _round_above(low * 1.5)
        return Scale(low, high, True, _log_ticks(low, high, ticks), 0.0)
    size = max(abs(low), abs(high))
    if high - low <= _FLAT * size or size == 0:
        low, high = low - (size / 2 or 0.5), high + (size / 2 or 0.5)
    step = _round_above((high - low) / (ticks - 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Scale(first * step, last * step, False, _multiples(first, last, step), step)


def step_scale(last: int, steps: int | None, log: bool, ticks: int) -> Scale:
    """The scale of steps: its end is 1, 2, 5, 10, … from `last` on, at most `steps` if known.

    So curves fill most of it at any time, and it moves seldom.
    """
    end = float(_round_above(max(last, 1)))
    if steps is not None:
        end = float(max(1, min(max(steps, last), int(end))))
    if log:
        end = max(end, 10.0)
        return Scale(1.0, end, True, _log_ticks(1.0, end, max(ticks, 2)), 0.0)
    step = max(1.0, _round_above(end / max(ticks, 1)))
    return Scale(0.0, end, False, _multiples(0, math.floor(end / step), step), step)


def time_scale(last: float, log: bool, ticks: int) -> Scale:
    """The scale of seconds up to the last one, its end round.

    A logarithmic one begins at a hundred-thousandth of its end or a hundredth of a second,
    whichever is more.
    """
    end = _round_above(max(last, 0.1))
    if log:
        low = _round_below(max(end * 1e-5, 1e-2))
        return Scale(low, end, True, _log_ticks(low, end, max(ticks, 2)), 0.0)
    step = _round_above(end / max(ticks, 1))
    return Scale(0.0, end, False, _multiples(0, math.floor(end / step + 1e-9), step), step)


def _multiples(first: int, last: int, step: float) -> tuple[float, ...]:
    return tuple(number * step for number in range(first, last + 1))


def _log_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """1, 2, 5 of every decade where they fit, else every decade, or every second, fifth, …"""
    decades = range(math.floor(math.log10(low) - 1e-9), math.ceil(math.log10(high) + 1e-9) + 1)
    inside = (low * (1 - 1e-9), high * (1 + 1e-9))

    def kept(digits: tuple[float, ...], every: int) -> tuple[float, ...]:
        values = [
            digit * 10.0**power for power in decades if power % every == 0 for digit in digits
        ]
        return tuple(value for value in values if inside[0] <= value <= inside[1])

    for digits, every in (((1, 2, 5), 1), ((1,), 1), ((1,), 2), ((1,), 5), ((1,), 10), ((1,), 50)):
        ticks = kept(digits, every)
        if 0 < len(ticks) <= most:
            return ticks
    return (low, high)


def _round_above(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return power * next((digit for digit in _ROUND if digit * power >= value * (1 - 1e-9)), 10.0)


def _round_below(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value) + 1e-12)
    return power * max(digit for digit in _ROUND if digit * power <= value * (1 + 1e-9))


def _label(value: float, grain: float, finest_plain: int) -> str:
    """A value with the digits down to `grain`: .05, 1200, 2e-5."""
    if abs(value) < grain * 1e-6 or value == 0:
        return "0"
    finest = math.floor(math.log10(abs(grain)) + 1e-9)
    size = math.floor(math.log10(abs(value)) + 1e-9)
    if finest >= finest_plain and size < 5:
        text = f"{value:.{max(-finest, 0)}f}"
        return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
    mantissa, _, exponent = f"{value:.{max(size - finest, 0)}e}".partition("e")
    return f"{mantissa}e{int(exponent)}"
