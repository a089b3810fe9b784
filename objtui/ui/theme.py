"""How things look here: glyphs that the terminal has, and a colour and a mark for each head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rich.text import Text

GlyphLevel = Literal["braille", "block", "ascii"]

# Named colours are the terminal's own. Blue, yellow, magenta and cyan stay apart for every common
# kind of colour blindness; marks tell the rest. Dark blue is not seen on black, nor the other
# bright ones on white; the terminal's own colour of text is seen on either.
HEAD_COLOURS = (
    "bright_blue",
    "yellow",
    "magenta",
    "cyan",
    "green",
    "red",
    "default",
    "bright_magenta",
)
MARKS = "●▲■◆▼○△□◇▽★☆▶▷◀◁"
ASCII_MARKS = "o^#*v+x%&@$=ZHKN"

GOOD, BAD, FAINT, STRONG = "green", "red", "dim", "bold"
"""Bold has no hue beside it: many terminals show that in the bright hue, which white swallows."""


@dataclass(frozen=True, slots=True)
class HeadStyle:
    """A head's colour (a Rich style) and mark, which tell it from the others."""

    colour: str
    mark: str

    @property
    def strong(self) -> str:
        """The style of its strokes and marks where they stand out, also without colours."""
        return self.colour or STRONG

    def named(self, name: str, emphasis: str = "") -> Text:
        """Its mark and name; letters have the colour of text, which is read on any background."""
        return Text.assemble((f"{self.mark} ", self.colour), (name, emphasis))


@dataclass(frozen=True, slots=True)
class Theme:
    """What panels may draw with.

    Attributes:
        glyphs: the finest glyphs: 2 × 4 dots a cell, eighths of a cell, or ASCII alone.
        colours: whether hues are wanted; without, attributes (bold, dim, reverse) remain.
        depth: how many colours there are.
    """

    glyphs: GlyphLevel = "braille"
    colours: bool = True
    depth: int = 2**24

    def head(self, position: int) -> HeadStyle:
        """The style of the head at a position of the scenario."""
        marks = ASCII_MARKS if self.glyphs == "ascii" else MARKS
        colour = HEAD_COLOURS[position % len(HEAD_COLOURS)] if self.colours else ""
        return HeadStyle(colour, marks[position % len(marks)])

    def hue(self, style: str) -> str:
        """A style as it may be used: hues only where they are wanted."""
        return style if self.colours or style in (FAINT, STRONG) else STRONG if style == BAD else ""

    @property
    def minus(self) -> str:
        """The minus sign."""
        return "-" if self.glyphs == "ascii" else "−"

    @property
    def nothing(self) -> str:
        """Stands where a value is undefined."""
        return "-" if self.glyphs == "ascii" else "–"

    @property
    def plus_minus(self) -> str:
        """Stands before a deviation."""
        return "+-" if self.glyphs == "ascii" else "±"


def colour_depth(environ: Mapping[str, str]) -> int:
    """How many colours a terminal has, as COLORTERM and TERM say; by the same rule as Rich."""
    if environ.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}:
        return 2**24
    kind = environ.get("TERM", "").strip().lower().rpartition("-")[2]
    return 256 if kind in {"256color", "kitty"} else 16
