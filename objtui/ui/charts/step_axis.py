"""Where the axis of steps of a drawn panel lies, to find the step at a column."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.ui.charts.scale import Scale


@dataclass(frozen=True, eq=False, slots=True)
class StepAxis:
    """The horizontal axis of a panel: of steps, or of seconds.

    Attributes:
        scale: from one end to the other.
        left: columns of the panel before its canvas.
        cells: columns of the canvas.
        seconds: where the axis is one of seconds, those of `steps`, ascending.
        steps: the recorded steps at `seconds`.
    """

    scale: Scale
    left: int
    cells: int
    seconds: Sequence[float] | npt.NDArray[np.float64] | None = None
    steps: Sequence[int] | npt.NDArray[np.int64] = ()

    def step_at(self, column: int) -> int:
        """The step at the middle of a column of the panel; beside the canvas, that of its end."""
        place = min(max((column - self.left + 0.5) / max(self.cells, 1), 0.0), 1.0)
        low, high = self.scale.low, self.scale.high
        value = low * (high / low) ** place if self.scale.log else low + (high - low) * place
        if self.seconds is None:
            return round(value)
        if not len(self.steps):
            return 0
        return int(self.steps[max(bisect_right(self.seconds, value) - 1, 0)])
