"""The step cursor dragged by the mouse along an axis of steps."""

from __future__ import annotations

from objtui.ui.charts.step_axis import StepAxis


class StepDrag:
    """Where the mouse was dragged to since the cursor last followed it."""

    def __init__(self) -> None:
        self._axis: StepAxis | None = None
        self._column: int | None = None

    def begin(self, axis: StepAxis | None) -> None:
        """A drag begins on a panel with that axis; None where it has none, and nothing follows."""
        self._axis = axis

    def move(self, column: int) -> bool:
        """The mouse is at a column; whether the cursor is to follow, and does not yet."""
        if self._axis is None:
            return False
        waits, self._column = self._column is not None, column
        return not waits

    def take_step(self) -> int | None:
        """The step where the mouse is, which is followed from here on; None where it is nowhere."""
        column, self._column = self._column, None
        return None if column is None or self._axis is None else self._axis.step_at(column)
