"""Values as colours: two a cell, in a ramp whose brightness rises evenly.

The colours are those of viridis (van der Walt and Smith 2015), which people with any common kind
of colour blindness tell apart, without its darkest part: it is seen on black and on white.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rich.style import Style
from rich.text import Span, Text

from objtui.ui.theme import Theme

Levels = npt.NDArray[np.int64]
Under = Sequence[tuple[str, str]]
"""(characters, style) of every line, seen where there is no value."""

RAMP = (
    *("#46307e", "#3f4889", "#365d8d", "#2d718e", "#25838e", "#1f958b"),
    *("#22a884", "#38b977", "#5ec962", "#8bd646", "#c0df25", "#f1e51d"),
)
"""From the least to the most."""

RAMP_256 = tuple(f"color({n})" for n in (54, 60, 61, 31, 36, 72, 77, 113, 149, 184, 220, 226))
"""The nearest of 256 colours that keep the order of brightness."""

TRUE_COLOUR, INDEXED_COLOUR = 2**24, 256


def has_ramp(theme: Theme) -> bool:
    """Whether the terminal has enough colours for a ramp, and blocks to show them."""
    return theme.colours and theme.depth >= INDEXED_COLOUR and theme.glyphs != "ascii"


def ramp_of(theme: Theme) -> tuple[str, ...]:
    """The colours that the terminal has."""
    return RAMP if theme.depth >= TRUE_COLOUR else RAMP_256


def ramp_lines(levels: Levels, under: Under, theme: Theme) -> list[Text]:
    """Levels as half-blocks, over what stands there otherwise.

    Args:
        levels: (2 · lines, cells) from the top, 0 for nothing, 1 to `len(RAMP)` for a colour.
    """
    ramp = ramp_of(theme)
    upper, lower = levels[0::2].tolist(), levels[1::2].tolist()
    lines = []
    for row, (characters, style) in enumerate(under):
        letters, spans, start = [], [], 0
        pairs = [*zip(upper[row], lower[row], strict=True)]
        for at, pair in enumerate(pairs):
            letters.append(characters[at] if pair == (0, 0) else _letter(*pair))
            if at + 1 == len(pairs) or pairs[at + 1] != pair:
                spans.append(Span(start, at + 1, _style(*pair, ramp) if any(pair) else style))
                start = at + 1
        lines.append(Text("".join(letters), spans=[span for span in spans if span.style]))
    return lines


def ramp_legend(theme: Theme) -> Text:
    """The colours from the least to the most."""
    return Text.assemble(*((_letter(1, 1), colour) for colour in ramp_of(theme)[::2]))


def _letter(upper: int, lower: int) -> str:
    if upper == lower:
        return "█"
    return "▀" if upper else "▄"


@lru_cache(maxsize=1024)
def _style(upper: int, lower: int, ramp: tuple[str, ...]) -> Style:
    if upper == lower or not (upper and lower):
        return Style(color=ramp[max(upper, lower) - 1])
    return Style(color=ramp[upper - 1], bgcolor=ramp[lower - 1])
