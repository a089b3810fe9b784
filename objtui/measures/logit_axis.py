"""The axis of logits, however it is drawn: how its ends are chosen, and where a logit lies on it.

Terminal, figures and pages share it, so that a run looks the same in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAX_LINEAR = 40.0
"""An axis that reaches further than this logit is no longer linear: see `LogitScale`."""

BEND = 5.0
"""The logit about which an axis that is not linear goes from linear to logarithmic."""

MIN_REACH = 6.0
"""The axis reaches at least from minus this logit to this logit."""

MAX_REACH = 1000.0
"""It reaches no further than this, about as far as histograms have bins."""

EVEN_FROM = 0.75
"""Shorter over longer side from which both get the longer one's length."""

SIGMOID_IS_ONE = {
    "bfloat16": (6.25, "6.25"),
    "float32": (16.6357, "16.6"),
    "float64": (36.7369, "36.7"),
}
"""By dtype, the logit from which its sigmoid is exactly 1, and how that is written."""

LINEAR_TICKS = (-40, -30, -20, -10, 0, 10, 20, 30, 40)
NEAR_TICKS = (-5, 5)
BENT_TICKS = (-1000, -300, -100, -30, -10, -3, 0, 3, 10, 30, 100, 300, 1000)

_ENDS = (6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 400, 500, 700)


def round_end(reach: float) -> float:
    """The round number at which an axis that must reach so far ends."""
    return next((float(end) for end in _ENDS if end >= reach), MAX_REACH)


def common_ends(reaches: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Both ends of an axis that reaches as far below and above 0 as each of these.

    Sides of nearly one length have one.
    """
    down, up = (round_end(max(side)) for side in zip(*reaches, strict=True))
    longer = max(down, up)
    return (-longer, longer) if min(down, up) >= EVEN_FROM * longer else (-down, up)


@dataclass(frozen=True, slots=True)
class LogitScale:
    """An axis of logits from `low` to `high`.

    Logits lie evenly as far as MAX_LINEAR. An axis that reaches further has z at asinh(z / BEND),
    which is nearly even about 0 and logarithmic far from it (Lupton, Gunn and Szalay 1999), so
    that ±4.6 and ±500 are both seen.
    """

    low: float
    high: float

    @property
    def is_linear(self) -> bool:
        """Whether logits lie evenly."""
        return max(-self.low, self.high) <= MAX_LINEAR

    @property
    def name(self) -> str:
        """What stands at the axis."""
        return "logit z" if self.is_linear else "logit z, log scale far from 0"

    @property
    def short_name(self) -> str:
        """The same where there is little room."""
        return "logit z" if self.is_linear else "logit z, log scale"

    @property
    def ticks(self) -> list[int]:
        """Round logits to be labelled, ascending."""
        candidates: Sequence[int] = LINEAR_TICKS if self.is_linear else BENT_TICKS
        if self.is_linear and self.high - self.low <= 25:
            candidates = sorted([*LINEAR_TICKS, *NEAR_TICKS, 15, -15])
        return [tick for tick in candidates if self.low <= tick <= self.high]

    def place(self, values: npt.ArrayLike) -> Floats:
        """Where logits lie, 0 at the low end and 1 at the high one."""
        low, high = self._bent(self.low), self._bent(self.high)
        placed: Floats = (self._bent(values) - low) / (high - low)
        return placed

    def edges(self, bins: int) -> Floats:
        """The edges of so many bins of one width on the axis: (bins + 1,)."""
        if self.is_linear:
            return np.linspace(self.low, self.high, bins + 1)
        low, high = self._bent([self.low, self.high]).tolist()
        edges: Floats = BEND * np.sinh(np.linspace(low, high, bins + 1))
        edges[[0, -1]] = self.low, self.high
        return edges

    def _bent(self, values: npt.ArrayLike) -> Floats:
        array = np.asarray(values, dtype=np.float64)
        return array if self.is_linear else np.arcsinh(array / BEND)
