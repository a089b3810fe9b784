"""A picture with boxes that takes the place of blank cells of a panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.measures.pictures import Outcome

Painted = tuple[int, int, int]
"""A stretch of a row of the screen: the row, its first column, and the one after its last."""

SAVE, RESTORE = "\x1b7", "\x1b8"
"""The sequences between which the cursor may be moved."""


@dataclass(frozen=True, eq=False, slots=True)
class Graphic:
    """A picture, what a head makes of it, and the cells that it takes.

    Attributes:
        row, column: its first cell, within the panel.
        rows, columns: the cells that it fills.
        pixels: 8-bit, (height, width, channels), grey or red, green and blue.
        size: width and height of the picture as it was, in whose pixels the boxes lie.
        outcomes: the boxes.
        numbers: the objectness of each, in few letters.
    """

    row: int
    column: int
    rows: int
    columns: int
    pixels: npt.NDArray[np.uint8]
    size: tuple[int, int]
    outcomes: tuple[Outcome, ...]
    numbers: tuple[str, ...]

    def looks_like(self, other: Graphic) -> bool:
        """Whether the same is to be seen in both, wherever they are."""
        return (
            self.pixels is other.pixels
            and (self.rows, self.columns) == (other.rows, other.columns)
            and self.numbers == other.numbers
            and self._boxes == other._boxes
        )

    @property
    def _boxes(self) -> list[object]:
        """What is drawn of the outcomes; not their logits, since NaN is unlike itself."""
        return [(each.kind, each.box, each.target) for each in self.outcomes]


@dataclass(frozen=True, eq=False, slots=True)
class PlacedGraphic:
    """A graphic and the column and row of the screen where its first cell is."""

    graphic: Graphic
    column: int
    row: int

    def looks_like(self, other: PlacedGraphic) -> bool:
        """Whether the same is to be seen in the same place."""
        same_place = (self.column, self.row) == (other.column, other.row)
        return same_place and self.graphic.looks_like(other.graphic)


def moved_to(column: int, row: int) -> str:
    """The sequence that puts the cursor on a cell, counted from 0."""
    return f"\x1b[{row + 1};{column + 1}H"
