"""Boxes over a picture of cells: how hits, false alarms and missed objects look there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from objtui.measures.pictures import Outcome, OutcomeKind
from objtui.ui.charts.raster import Letter
from objtui.ui.theme import Theme

Box = tuple[float, float, float, float]

MIN_OUTLINE = (3, 4)
"""Rows and columns of cells from which on an outline leaves something of the object to be seen."""


@dataclass(frozen=True, slots=True)
class Look:
    """How boxes of a kind look.

    Attributes:
        word, words: for one of them, and for any other number.
        marks, lines: the mark, and the edges and corners of an outline, ─│┐└┘ in this order; each
            also in ASCII.
        hue: its colour: those of the kinds stay apart for colour-blind eyes.
    """

    word: str
    words: str
    marks: tuple[str, str]
    lines: tuple[str, str]
    hue: str

    def mark(self, theme: Theme) -> str:
        """The mark, in the glyphs that there are."""
        return self.marks[theme.glyphs == "ascii"]

    def style(self, theme: Theme) -> str:
        """Its colour, where colours are wanted."""
        return theme.hue(self.hue)


TARGET = Look("true box of a hit", "", ("·", "'"), ("·····", "'''''"), "white")
"""The object that a hit hits: as much of it as lies beside the hit's own outline."""

MIN_TARGET = (5, 8)
"""Rows and columns of cells from which on it is not mistaken for specks."""

LOOKS: dict[OutcomeKind, Look] = {
    "hit": Look("hit", "hits", ("●", "O"), ("─│┐└┘", "-|+++"), "cyan"),
    "missed": Look("missed", "missed", ("○", "?"), ("┄┆┐└┘", "~!+++"), "yellow"),
    "false alarm": Look("false alarm", "false alarms", ("✗", "X"), ("═║╗╚╝", "=|+++"), "magenta"),
}
"""In the order in which they are drawn: what is wrong stands over what is right."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A picture of so many pixels on so many cells."""

    width: int
    height: int
    rows: int
    columns: int

    @classmethod
    def fitting(cls, width: int, height: int, rows: int, columns: int, tall: float = 2.0) -> Cells:
        """As large as it fits; a cell is `tall` times as high as it is wide."""
        width, height = max(width, 1), max(height, 1)
        scale = min(columns / width, tall * rows / height)
        return cls(
            width,
            height,
            max(1, min(rows, round(height * scale / tall))),
            max(1, min(columns, round(width * scale))),
        )

    def has_room(self, box: Box, least: tuple[int, int]) -> bool:
        """Whether a box has so many rows and columns of cells."""
        first_row, last_row, first, last = self.of(box)
        return last_row - first_row + 1 >= least[0] and last - first + 1 >= least[1]

    def of(self, box: Box) -> tuple[int, int, int, int]:
        """The first and last row, and the first and last column, that a box touches."""
        left, top, width, height = box
        first_row, last_row = _span(top, height, self.rows / self.height, self.rows)
        first_column, last_column = _span(left, width, self.columns / self.width, self.columns)
        return first_row, last_row, first_column, last_column


def _span(start: float, length: float, scale: float, cells: int) -> tuple[int, int]:
    first = min(max(math.floor(start * scale), 0), cells - 1)
    return first, min(max(math.ceil((start + length) * scale) - 1, first), cells - 1)


def shown_targets(outcomes: Sequence[Outcome], cells: Cells) -> list[Box]:
    """The objects under hits that are large enough to be outlined."""
    targets = [each.target for each in outcomes if each.target is not None]
    return [target for target in targets if cells.has_room(target, MIN_TARGET)]


def box_letters(
    outcomes: Sequence[Outcome], numbers: Sequence[str], cells: Cells, theme: Theme
) -> list[Letter]:
    """Outlines with a mark at their corner and the number beside it; of small boxes the mark.

    No mark is hidden by a line, large boxes stand behind small ones.
    """
    lines = [
        letter
        for target in shown_targets(outcomes, cells)
        for letter in _outline(target, TARGET, cells, theme)
    ]
    marks = []
    for kind, look in LOOKS.items():
        style, mark = look.style(theme), look.mark(theme)
        of_kind = [pair for pair in zip(outcomes, numbers, strict=True) if pair[0].kind == kind]
        for outcome, number in sorted(of_kind, key=lambda pair: -pair[0].box[2] * pair[0].box[3]):
            first_row, last_row, first, last = cells.of(outcome.box)
            if not cells.has_room(outcome.box, MIN_OUTLINE):
                middle = (first_row + last_row) // 2, (first + last) // 2
                marks.append(Letter(*middle, mark, style))
                continue
            lines += _outline(outcome.box, look, cells, theme)
            marks.append(Letter(first_row, first, mark, style))
            if len(number) < last - first:
                marks += [
                    Letter(first_row, first + at, letter, style)
                    for at, letter in enumerate(number, start=1)
                ]
    return [*lines, *marks]


def _outline(box: Box, look: Look, cells: Cells, theme: Theme) -> list[Letter]:
    """All of it but the upper left corner, where the mark stands."""
    lines = look.lines[theme.glyphs == "ascii"]
    across, down, corners = lines[0], lines[1], lines[2:]
    first_row, last_row, first, last = cells.of(box)
    places = [
        (row, column, across) for row in (first_row, last_row) for column in range(first, last)
    ]
    places += [
        (row, column, down) for row in range(first_row, last_row) for column in (first, last)
    ]
    ends = (first_row, last), (last_row, first), (last_row, last)
    places += [(*end, corner) for end, corner in zip(ends, corners, strict=True)]
    style = look.style(theme)
    return [Letter(row, column, letter, style) for row, column, letter in places]
