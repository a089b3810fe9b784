"""The pictures that lie over the cells of a terminal: which are to be seen, and which are."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from objtui.ui.graphics.capability import (
    ANSWER_S,
    CELL_QUESTION,
    Capability,
    at_first,
    question,
)

if TYPE_CHECKING:
    from objtui.ui.graphics.graphic import Graphic, Painted, PlacedGraphic

BYTES_S = 10_000
"""What pictures of a training that goes on may take of the way to the terminal, a second."""

MAX_WAITING_BYTES = 2**17
"""With so much on its way already, nothing is added."""

USUAL_CELL = 10, 20
"""Pixels that are drawn for a cell of unknown size, where the terminal scales them."""

IMAGE_NUMBERS = 2**24


class Output(Protocol):
    """The terminal that is written to."""

    def write(self, data: str) -> None:
        """Hand on, without waiting."""

    @property
    def waiting_bytes(self) -> int:
        """What has not been taken yet."""

    @property
    def cell(self) -> tuple[int, int] | None:
        """Width and height of a cell in pixels, where the system knows them."""


class ScreenOfPixels(Protocol):
    """What a terminal shows by one protocol; `text_replaces` says whether text takes it away."""

    text_replaces: bool

    def shows(self, name: str, placed: PlacedGraphic) -> bool:
        """Whether a picture is to be seen as it should be."""

    def drawn(self, name: str, placed: PlacedGraphic, cell: tuple[int, int]) -> list[str]:
        """The sequences that make it so."""

    def taken_away(self, name: str) -> list[str]:
        """The sequences after which a picture is not to be seen."""

    def painted(self, spans: Sequence[Painted] | None) -> None:
        """Text was painted in these cells; None: in all."""

    def given_up(self) -> str:
        """The sequences after which the terminal keeps nothing; text in all cells does the rest."""


class PixelLayer:
    """Pictures by the name of their panel, over the text of a terminal that can show them.

    Every picture is to be put before text is painted in its place, and drawn after that.
    """

    def __init__(
        self, environ: Mapping[str, str], number: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`number`: of the process, so that images of two are not mixed up."""
        self._environ, self._number, self._now = environ, number, now
        self._output: Output | None = None
        self._capability = Capability()
        self._asked_at: float | None = None
        self._screen: ScreenOfPixels | None = None
        self._wanted: dict[str, PlacedGraphic] = {}
        self._queue: deque[tuple[str, str]] = deque()  # names and sequences
        self._free_at = 0.0
        self.covered = False
        """Whether another screen lies over the panels, which then show half-blocks."""
        self.live = False
        """Whether a training that goes on changes the pictures: what is written counts then."""

    # The terminal.

    def begin(self, output: Output) -> None:
        """Take up a terminal, of which nothing is known and on which nothing is to be seen."""
        self._output = output
        self._capability = at_first(self._environ)
        self._asked_at = self._now()
        self._screen = None
        self._queue.clear()
        self._measure()
        output.write(question(self._environ))

    def answered(self, text: str) -> bool:
        """Take an answer; whether pictures are shown otherwise from now on."""
        if self._asked_at is None or self._now() - self._asked_at > ANSWER_S:
            return False
        before = self.cell
        self._capability = self._capability.with_answer(text)
        return self.cell != before

    def resized(self) -> None:
        """The terminal has another size, and its cells perhaps too."""
        if self._output is None:
            return
        self._measure()
        self._wanted.clear()  # until panels of other sizes are drawn
        self.begin_anew()
        if self._capability.protocol is not None and self._output.cell is None:
            self._asked_at = self._now()
            self._output.write(CELL_QUESTION)

    def begin_anew(self) -> None:
        """What was written was lost, at least in part."""
        self._queue.clear()
        if self._output is not None and self._screen is not None:
            self._output.write(self._screen.given_up())

    def end(self) -> None:
        """Leave nothing in the terminal."""
        self.begin_anew()
        self._output = None

    @property
    def cell(self) -> tuple[int, int] | None:
        """Pixels of a cell, in width and height, where pictures are shown in pixels; else None."""
        if self._capability.protocol is None or self.covered:
            return None
        usual = USUAL_CELL if self._capability.protocol == "kitty" else None
        return self._capability.cell or usual

    # The pictures.

    def put(self, name: str, graphic: Graphic | None, column: int, row: int) -> None:
        """What a panel at a place of the screen is to show; None: no picture."""
        from objtui.ui.graphics.graphic import PlacedGraphic

        if graphic is None:
            self._take_away(name)
            return
        placed = PlacedGraphic(graphic, column + graphic.column, row + graphic.row)
        before = self._wanted.get(name)
        if before is not None and not _in_same_cells(before, placed):
            self._take_away(name)
        self._wanted[name] = placed

    def keep(self, names: Collection[str]) -> None:
        """The panels that there are; pictures of others are to be seen no more."""
        for name in [name for name in self._wanted if name not in names]:
            self._take_away(name)

    def has(self, name: str) -> bool:
        """Whether a panel is to show a picture."""
        return name in self._wanted

    @property
    def has_any(self) -> bool:
        """Whether any panel is to show a picture."""
        return bool(self._wanted)

    @property
    def waits(self) -> bool:
        """Whether there are pictures, and the next step of a training is not to be drawn yet."""
        return bool(self._wanted) and (bool(self._queue) or self._now() < self._free_at)

    def painted(self, spans: Sequence[Painted] | None) -> None:
        """Text was painted in these cells; None: in all."""
        if self._screen is not None:
            self._screen.painted(spans)

    def flush(self) -> None:
        """Write what is not to be seen as it should be, as far as the terminal takes it by now."""
        if self._output is None:
            return
        self._write_queue(self._output)  # what takes pictures away goes on under another screen
        if self._queue or self.cell is None:
            return
        screen = self._screen = self._screen or self._new_screen()
        for name, placed in self._wanted.items():
            if not screen.shows(name, placed):
                sequences = screen.drawn(name, placed, self.cell)
                self._queue.extend((name, sequence) for sequence in sequences)
                if self.live:
                    size = sum(map(len, sequences))
                    self._free_at = max(self._free_at, self._now()) + size / BYTES_S
        self._write_queue(self._output)

    def _take_away(self, name: str) -> None:
        self._wanted.pop(name, None)
        if self._screen is None or self._output is None:
            return
        if self._screen.text_replaces:
            # At once, before the text that comes in its place.
            self._queue = deque(each for each in self._queue if each[0] != name)
            for sequence in self._screen.taken_away(name):
                self._output.write(sequence)
        else:
            self._queue.extend((name, each) for each in self._screen.taken_away(name))
            self._write_queue(self._output)

    def _write_queue(self, output: Output) -> None:
        while self._queue and output.waiting_bytes < MAX_WAITING_BYTES:
            output.write(self._queue.popleft()[1])

    def _new_screen(self) -> ScreenOfPixels:
        # Late: painting takes Pillow, and most dashboards show no pictures.
        if self._capability.protocol == "kitty":
            from objtui.ui.graphics.kitty import KittyScreen

            return KittyScreen(self._number * 2**10 % IMAGE_NUMBERS)
        from objtui.ui.graphics.sixel import SixelScreen

        return SixelScreen()

    def _measure(self) -> None:
        assert self._output is not None
        if cell := self._output.cell:
            self._capability = self._capability.with_cell(*cell)


def _in_same_cells(one: PlacedGraphic, other: PlacedGraphic) -> bool:
    """Whether two pictures take the same cells, so that one covers the other."""
    same_place = (one.column, one.row) == (other.column, other.row)
    sizes = [(each.graphic.rows, each.graphic.columns) for each in (one, other)]
    return same_place and sizes[0] == sizes[1]
