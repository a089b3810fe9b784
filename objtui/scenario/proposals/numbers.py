"""Numbers of a survey as people read them."""

from __future__ import annotations

from objtui.scenario.proposals.survey import Size


def percent(share: float) -> str:
    """A share in per cent that is 0 or 100 only where it is exactly that."""
    value = 100 * share
    return f"{min(max(value, 0.1), 99.9) if 0 < share < 1 else value:.3g} %"


def size_text(size: Size) -> str:
    """An anchor size: `14 × 15`."""
    width, height = size if isinstance(size, tuple) else (size, size)
    return f"{width:g} × {height:g}"
