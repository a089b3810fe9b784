"""Pixels as sixel, the graphics of the VT340 that many terminals have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.ui.charts.raster import DIMMED
from objtui.ui.graphics.graphic import RESTORE, SAVE, Painted, PlacedGraphic, moved_to
from objtui.ui.graphics.painting import CLEAR, INKS, boxes_over, scaled_ground

Bytes = npt.NDArray[np.uint8]

BAND = 6
"""Rows of pixels that a line of sixels holds."""

BRIGHTEST = round(DIMMED * 255)

GREYS, LEVELS = 16, 6
"""Brightnesses of what is grey, and of each channel of what is not: with the inks fewer than the
256 colours that terminals have."""

MAX_PIECE = 150_000
"""Pixels of a sequence: what is too much for a terminal at once is dropped as a whole."""

_RUN = re.compile(rb"([?-~])\1{3,}")


def _palette() -> Bytes:
    greys = np.rint(np.linspace(0, BRIGHTEST, GREYS)).astype(np.uint8)
    steps = np.rint(np.linspace(0, BRIGHTEST, LEVELS)).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    return np.concatenate([INKS, np.repeat(greys[:, None], 3, axis=1), cube])


PALETTE = _palette()
"""Red, green and blue by number: inks, greys, a cube of colours."""


def numbered(ground: Bytes, boxes: Bytes) -> Bytes:
    """The colour of every pixel by its number in PALETTE: (height, width).

    Args:
        ground: (height, width, channels).
        boxes: inks of what lies over it, (height, width).
    """
    values = np.minimum(ground, BRIGHTEST).astype(np.uint32)
    if ground.shape[-1] == 1:
        numbers = (values[..., 0] * (GREYS - 1) + BRIGHTEST // 2) // BRIGHTEST
    else:
        steps = (values * (LEVELS - 1) + BRIGHTEST // 2) // BRIGHTEST
        numbers = GREYS + (steps[..., 0] * LEVELS + steps[..., 1]) * LEVELS + steps[..., 2]
    return np.where(boxes == CLEAR, len(INKS) + numbers, boxes).astype(np.uint8)


def sixels(numbers: Bytes) -> str:
    """The sequence that draws pixels, (height, width), from the cursor on to the right and down."""
    height, width = numbers.shape
    parts = [b'\x1bP0;1;0q"1;1;%d;%d' % (width, height)]
    for colour in np.unique(numbers).tolist():
        shares = [(value * 100 + 127) // 255 for value in PALETTE[colour].tolist()]
        parts.append(b"#%d;2;%d;%d;%d" % (colour, *shares))
    weights = (1 << np.arange(BAND)).astype(np.uint8)
    for top in range(0, height, BAND):
        band = numbers[top : top + BAND]
        of_band = np.unique(band)
        is_of = band[None] == of_band[:, None, None]  # (colours, rows, width)
        bits: Bytes = np.einsum("crw,r->cw", is_of, weights[: len(band)], dtype=np.uint8)
        lines = [
            b"#%d%s" % (colour, _RUN.sub(_repeated, (row + ord("?")).tobytes().rstrip(b"?")))
            for colour, row in zip(of_band.tolist(), bits, strict=True)
        ]
        parts.append(b"$".join(lines) + b"-")
    return (b"".join(parts) + b"\x1b\\").decode("ascii")


def _repeated(run: re.Match[bytes]) -> bytes:
    return b"!%d%s" % (len(run[0]), run[1])


@dataclass(slots=True)
class _Shown:
    """What was drawn: the colours by number, and the rows of cells that no text has replaced."""

    placed: PlacedGraphic
    numbers: Bytes
    intact: npt.NDArray[np.bool_]


class SixelScreen:
    """What a terminal shows as sixels: text that is written over it takes it away.

    So a picture is drawn again where text was painted over it; else only rows of cells in which
    it has changed.
    """

    text_replaces = True

    def __init__(self) -> None:
        self._shown: dict[str, _Shown] = {}

    def shows(self, name: str, placed: PlacedGraphic) -> bool:
        """Whether a picture is to be seen as it should be."""
        shown = self._shown.get(name)
        return shown is not None and bool(shown.intact.all()) and placed.looks_like(shown.placed)

    def drawn(self, name: str, placed: PlacedGraphic, cell: tuple[int, int]) -> list[str]:
        """The sequences that make it so, for cells of so many pixels in width and height."""
        graphic = placed.graphic
        width, height = graphic.columns * cell[0], graphic.rows * cell[1]
        ground = scaled_ground(graphic.pixels, width, height)
        numbers = numbered(ground, boxes_over(graphic, width, height))
        by_cells = graphic.rows, cell[1], graphic.columns, cell[0]
        changed = np.ones((graphic.rows, graphic.columns), dtype=bool)
        shown = self._shown.get(name)
        said = []
        if shown is not None and self._is_over(shown, placed, numbers):
            differs = (numbers != shown.numbers).reshape(by_cells).any(axis=(1, 3))
            changed = differs | ~shown.intact[:, None]
        elif shown is not None:
            said += self.taken_away(name)
        for rows, columns in _patches(changed, MAX_PIECE // (cell[0] * cell[1])):
            patch = numbers[
                rows.start * cell[1] : rows.stop * cell[1],
                columns.start * cell[0] : columns.stop * cell[0],
            ]
            corner = moved_to(placed.column + columns.start, placed.row + rows.start)
            said.append(f"{SAVE}{corner}{sixels(patch)}{RESTORE}")
        self._shown[name] = _Shown(placed, numbers, np.ones(graphic.rows, dtype=bool))
        return said

    def taken_away(self, name: str) -> list[str]:
        """The sequence that blanks what is left of a picture."""
        shown = self._shown.pop(name, None)
        if shown is None or not shown.intact.any():
            return []
        column, row, columns = shown.placed.column, shown.placed.row, shown.placed.graphic.columns
        blanks = [
            f"{moved_to(column, row + at)}\x1b[{columns}X"
            for at in np.flatnonzero(shown.intact).tolist()
        ]
        return [f"{SAVE}\x1b[0m{''.join(blanks)}{RESTORE}"]

    def painted(self, spans: Sequence[Painted] | None) -> None:
        """Text was painted in these cells; None: in all of them."""
        for shown in self._shown.values():
            first, graphic = shown.placed, shown.placed.graphic
            if spans is None:
                shown.intact[:] = False
                continue
            for row, start, stop in spans:
                at = row - first.row
                beside = stop <= first.column or start >= first.column + graphic.columns
                if 0 <= at < graphic.rows and not beside:
                    shown.intact[at] = False

    def given_up(self) -> str:
        """Nothing: the terminal keeps no picture."""
        self._shown.clear()
        return ""

    @staticmethod
    def _is_over(shown: _Shown, placed: PlacedGraphic, numbers: Bytes) -> bool:
        """Whether a picture covers what was shown before it, cell by cell."""
        place = placed.column, placed.row
        before = shown.placed.column, shown.placed.row
        return place == before and numbers.shape == shown.numbers.shape


def _patches(changed: npt.NDArray[np.bool_], most: int) -> list[tuple[slice, slice]]:
    """Rectangles of at most so many cells, or a row, that hold all that are true."""
    patches: list[tuple[slice, slice]] = []
    any_in_row = [bool(row.any()) for row in changed]
    start = 0
    while start < len(changed):
        if not any_in_row[start]:
            start += 1
            continue
        stop = start
        while stop < len(changed) and any_in_row[stop]:
            columns = np.flatnonzero(changed[start : stop + 1].any(axis=0))
            wide = int(columns[-1] - columns[0]) + 1
            if stop > start and wide * (stop + 1 - start) > most:
                break
            stop += 1
        columns = np.flatnonzero(changed[start:stop].any(axis=0))
        patches.append((slice(start, stop), slice(int(columns[0]), int(columns[-1]) + 1)))
        start = stop
    return patches
