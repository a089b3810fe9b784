"""How well logits rank positives above negatives, ties handled exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scores of a ranking; NaN where the class that they need has no rows."""

    auc: float
    ap: float
    f1: float
    best_logit: float
    """The lowest logit at which F1 is best."""


def rank(positives: Floats, negatives: Floats) -> Ranking:
    """Rank by logits; infinite ones are ties at either end.

    AUC is the chance that a positive lies above a negative, ties counting half (Hanley and
    McNeil, 1982). AP is the mean precision over positives, each at the threshold of its own
    logit, as in sklearn.metrics.average_precision_score. A best F1 is always reached at the
    logit of a positive.

    Args:
        positives, negatives: logits of each class, ascending, (rows of it,).
    """
    total_positive, total_negative = len(positives), len(negatives)
    if total_positive == 0:
        return Ranking(math.nan, math.nan, math.nan, math.nan)
    below = np.searchsorted(negatives, positives)  # (positives,)
    not_above = np.searchsorted(negatives, positives, side="right")
    true_positive, predicted = _at_or_above(positives, below, total_negative)
    auc = math.nan
    if total_negative:
        # Whole numbers: their sum is exact however many pairs there are.
        auc = int((below + not_above).sum()) / (2 * total_negative * total_positive)
    f1 = 2 * true_positive / (predicted + total_positive)
    best = int(f1.argmax())
    ap = float((true_positive / predicted).mean())
    return Ranking(auc, ap, float(f1[best]), float(positives[best]))


def average_precision(positives: Floats, negatives: Floats) -> float:
    """AP of any ascending values of each class, as of `rank`; NaN without positives."""
    if len(positives) == 0:
        return math.nan
    below = np.searchsorted(negatives, positives)
    true_positive, predicted = _at_or_above(positives, below, len(negatives))
    return float((true_positive / predicted).mean())


def _at_or_above(
    positives: Floats, below: npt.NDArray[np.intp], total_negative: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """At or above each positive: how many positives, and rows of both classes; (positives,)."""
    true_positive = len(positives) - _first_equal(positives)
    return true_positive, true_positive + (total_negative - below)


def _first_equal(ascending: Floats) -> npt.NDArray[np.intp]:
    """Position of the first value that equals each: (rows,)."""
    begins = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=begins[1:])
    positions: npt.NDArray[np.intp] = np.maximum.accumulate(
        np.where(begins, np.arange(len(ascending)), 0)
    )
    return positions
