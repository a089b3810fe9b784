"""A reason: what was measured, by name, and the sentence that is made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from string import Formatter
from typing import Any

from objtui.measures.intervals import Estimate, estimate
from objtui.text.numbers import grouped

Reason = dict[str, Estimate | str]
"""Numbers and, where a sentence depends on what was found, words."""


def exactly(value: float) -> Estimate:
    """A number that has no spread: a count, a step, a bound."""
    return estimate([value])


class _Sentence(Formatter):
    """A number as its format asks.

    `{name}`: a mean with its interval; `{name:mean}` without; `{name:count}`: a whole number;
    `{name:percent}`: a share in percent with its interval; `{name:percent mean}` without.
    """

    def format_field(self, value: Any, format_spec: str) -> str:
        if not isinstance(value, Estimate):
            return str(value)
        if format_spec == "count":
            return grouped(value.mean)
        written = _percent if format_spec.startswith("percent") else short
        text, low, high = (written(each) for each in (value.mean, value.low, value.high))
        text += " %" if written is _percent else ""
        if format_spec.endswith("mean") or math.isnan(value.low) or low == high:
            return text
        return f"{text} ({low} to {high} over {value.seeds} seeds)"


def sentence(template: str, head: str, reason: Mapping[str, Estimate | str]) -> str:
    """A rule's sentence with its numbers."""
    return _Sentence().format(template, head=head, **reason)


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
