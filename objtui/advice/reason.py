"""A reason: what was measured, by name, and the sentence that is made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from string import Formatter

from objtui.measures.intervals import Estimate, estimate
from objtui.text.numbers import grouped

Reason = dict[str, Estimate | str]
"""Numbers and, where a sentence depends on what was found, words."""


def exactly(value: float) -> Estimate:
    """A number that has no spread: a count, a step, a bound."""
    return estimate([value])


def sentence(template: str, head: str, reason: Mapping[str, Estimate | str]) -> str:
    """A rule's sentence with its numbers, each as its format asks.

    `{name}`: a mean with its interval; `{name:mean}` without; `{name:count}`: a whole number;
    `{name:percent}`: a share in percent with its interval; `{name:percent mean}` without.
    """
    values = {"head": head, **reason}
    return "".join(
        words if name is None else words + _written(values[name], how)
        for words, name, how in _parts(template)
    )


@cache
def _parts(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """(words, name of what stands behind them, its format) from the start to the end."""
    return tuple((words, name, how or "") for words, name, how, _ in Formatter().parse(template))


def _written(value: Estimate | str, how: str) -> str:
    if isinstance(value, str):
        return value
    if how == "count":
        return grouped(value.mean)
    written = _percent if how.startswith("percent") else short
    text = f"{written(value.mean)} %" if written is _percent else written(value.mean)
    if how.endswith("mean") or math.isnan(value.low):
        return text
    low, high = written(value.low), written(value.high)
    return text if low == high else f"{text} ({low} to {high} over {value.seeds} seeds)"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def short(value: float) -> str:
    """A score with three significant digits and no zero before its point: .0315, 4.43, 2.6e-7."""
    size = abs(value)
    if not math.isfinite(value):
        return "?"
    if size == 0:
        return "0"
    if not 1e-3 <= size < 99_999:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa}e{int(exponent)}"
    decimals = max(0, 2 - math.floor(math.log10(size)))
    text = f"{value:.{decimals}f}"
    return text.replace("0.", ".", 1) if size < 1 and text.lstrip("-").startswith("0.") else text
