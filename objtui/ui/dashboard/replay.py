"""The step cursor among recorded steps, and a replay that moves it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SPEEDS = (1, 2, 4, 8, 16, 32, 64)
"""Recorded steps a second that a replay may go through."""

Steps: TypeAlias = "Sequence[int] | npt.NDArray[np.int64]"
"""Recorded steps, ascending."""


def position_of(steps: Steps, cursor: int | None) -> int:
    """Where the cursor stands among some recorded steps: at the last one while it is live."""
    return len(steps) - 1 if cursor is None else max(bisect_right(steps, cursor) - 1, 0)


def moved(steps: Steps, cursor: int | None, by: int) -> int | None:
    """The cursor so many recorded steps on, or back; live, there is nothing further on."""
    if not len(steps) or (cursor is None and by > 0):
        return cursor
    return int(steps[min(max(position_of(steps, cursor) + by, 0), len(steps) - 1)])


class Replay:
    """Goes through recorded steps at a speed, from one to the next as time passes.

    Attributes:
        running: whether it goes on.
    """

    def __init__(self) -> None:
        self.running = False
        self._speed = SPEEDS.index(4)
        self._due = 0.0  # recorded steps, of which only whole ones are made

    @property
    def speed(self) -> int:
        """Recorded steps a second."""
        return SPEEDS[self._speed]

    @property
    def words(self) -> str:
        """What the header says of it; empty while it does not go on."""
        return f"replay {self.speed}/s" if self.running else ""

    def start(self, steps: Steps, cursor: int | None) -> int | None:
        """Go on from the cursor, or from the start where there is nothing after it: the cursor."""
        self.running, self._due = True, 0.0
        at_end = position_of(steps, cursor) == len(steps) - 1
        return moved(steps, cursor, -len(steps)) if at_end else cursor

    def halt(self) -> None:
        """Stay where the cursor is."""
        self.running = False

    def change_speed(self, by: int) -> None:
        """The next speed up, or down."""
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)

    def advance(self, steps: Steps, cursor: int | None, seconds: float) -> int | None:
        """The cursor after so many more seconds; at the last step the replay halts."""
        if not self.running:
            return cursor
        self._due += self.speed * seconds
        by = int(self._due)
        self._due -= by
        if by and position_of(steps, cursor) + by >= len(steps) - 1:
            self.halt()
        return moved(steps, cursor, by) if by else cursor
