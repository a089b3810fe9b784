"""The objectness of a box in few letters."""

from __future__ import annotations

import math

from objtui.ui.theme import Theme


def objectness(logit: float, theme: Theme, *, probability: bool) -> str:
    """A logit, or its p; empty where there is none."""
    if math.isnan(logit):
        return ""
    if not probability:
        return f"{logit:.1f}".replace("-", theme.minus)
    p = 1 / (1 + math.exp(-max(min(logit, 700.0), -700.0)))
    if p < 0.01 or p > 0.99:
        return "<.01" if p < 0.5 else ">.99"
    return f"{p:.2f}"[1:]
