"""The user's own numbers of a recorded run over its steps, in bounded memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MAX_KEPT = 4000
"""Numbers of one name kept; a run file holds fewer."""


class LoggedNumbers:
    """The numbers of a run by name, as they were logged."""

    def __init__(self) -> None:
        self.taken = 0
        self._steps: dict[str, list[int]] = {}
        self._values: dict[str, list[float]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they came first."""
        return tuple(self._steps)

    def add(self, step: int, name: str, value: float) -> None:
        """Take a number; every second older one goes where there are too many of its name."""
        self.taken += 1
        steps, values = self._steps.setdefault(name, []), self._values.setdefault(name, [])
        steps.append(step)
        values.append(value)
        if len(steps) > MAX_KEPT:
            del steps[1:-1:2], values[1:-1:2]

    def curve(self, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Steps, ascending, and values: (numbers,) each; none where nothing bears the name."""
        steps = np.array(self._steps.get(name, []), dtype=np.int64)
        order = np.argsort(steps, kind="stable")
        return steps[order], np.array(self._values.get(name, []), dtype=np.float64)[order]
