"""How text for people looks: colours, glyphs, numbers and times."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

from objtui.text.terminal import has_utf8_locale, wants_colour

Tone = Literal["good", "bad", "unsure", "strong", "faint"]

_CODES: dict[Tone, str] = {"good": "32", "bad": "31", "unsure": "33", "strong": "1", "faint": "2"}


@dataclass(frozen=True, slots=True)
class Style:
    """Whether text may have colours, and signs beyond ASCII."""

    colour: bool = False
    unicode: bool = True

    def paint(self, text: str, tone: Tone) -> str:
        """The text in a tone, or as it is without colours."""
        return f"\x1b[{_CODES[tone]}m{text}\x1b[0m" if self.colour else text

    @property
    def plus_minus(self) -> str:
        """Stands before a standard deviation."""
        return "±" if self.unicode else "+-"

    @property
    def nothing(self) -> str:
        """Stands where a value is undefined."""
        return "–" if self.unicode else "-"

    @property
    def dots(self) -> str:
        """Stand where something is cut off."""
        return "…" if self.unicode else "..."


def style_of(stream: TextIO, environ: Mapping[str, str]) -> Style:
    """What may be written to a stream."""
    return Style(colour=wants_colour(stream, environ), unicode=has_utf8_locale(environ))


def open_stdout() -> TextIO:
    """Standard output, in which a letter that its encoding lacks becomes '?'."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    return sys.stdout


def number(value: float, style: Style) -> str:
    """A score in at most eight letters, with as many digits as fit."""
    if math.isnan(value):
        return style.nothing
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    size = abs(value)
    if size == 0:
        return "0"
    if size < 1e-3 or size >= 1e4:
        digits = 1 if 1e-99 <= size < 1e99 else 0  # a long exponent leaves no room
        mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.4f}" if size < 1 else f"{value:#.4g}".rstrip(".")
