"""Where scores are cut at p = .5 and where F1 is best, with what is gained and lost there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy.typing as npt

from objtui.measures.thresholds import Sweep, threshold_sweep


@dataclass(frozen=True, slots=True)
class WorkingPoint:
    """A threshold, and what it gives over the rows of all seeds.

    Attributes:
        logit: the threshold, an edge of the histograms.
        precision: NaN where nothing reaches it.
    """

    logit: float
    precision: float
    recall: float
    f1: float

    @property
    def p(self) -> float:
        """The threshold as a probability."""
        return probability(self.logit)


def probability(logit: float) -> float:
    """The sigmoid of a logit, which is not NaN."""
    return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


def working_points(counts: npt.ArrayLike) -> tuple[WorkingPoint, WorkingPoint]:
    """That of p = .5, and that of the lowest threshold of the best F1, of counts `(2, CELLS)`."""
    sweep = threshold_sweep(counts)
    return _point(threshold_sweep(counts, [0.0]), 0), _point(sweep, int(sweep.best))


def _point(sweep: Sweep, place: int) -> WorkingPoint:
    values = (sweep.logits, sweep.precision, sweep.recall, sweep.f1)
    return WorkingPoint(*(float(each[place]) for each in values))
