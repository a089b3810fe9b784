"""How honest p = sigmoid(z) is: expected calibration error and temperature."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from objtui.measures.blocks import row_blocks, sigmoid
from objtui.measures.histogram import LOGIT_EDGES, Counts
from objtui.measures.scores import ECE_BINS

Floats = npt.NDArray[np.float64]

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 1e-3, 1e3
"""Bounds of the search; a T beyond them is told as the limit that it lies towards."""

BISECTIONS = 20
"""Halvings of the search: from a range of 1e6 to one part in 1e5, finer than the bins."""

MAX_NEWTON_STEPS = 50
"""Far more than are needed."""

PRECISION = 1e-5
"""Of s = 1 / T, before a last Newton step that squares it."""


@dataclass(frozen=True, eq=False, slots=True)
class BinSums:
    """Rows of one class by equal bins of p, bin floor(15 p), p = 1 in the last: (ECE_BINS,) each.

    Attributes:
        rows: how many.
        p_sum: the sum of their p.
    """

    rows: npt.NDArray[np.int64]
    p_sum: Floats


def bin_sums(ascending: Floats) -> BinSums:
    """The bins of logits, (rows,), ascending."""
    p = sigmoid(ascending)
    below = np.searchsorted(p * ECE_BINS, np.arange(1, ECE_BINS))
    edges = [0, *below.tolist(), len(p)]
    sums = [p[first:last].sum() for first, last in pairwise(edges)]
    return BinSums(np.diff(edges).astype(np.int64), np.array(sums))


def calibration_error(negatives: BinSums, positives: BinSums) -> float:
    """Positive-class ECE; NaN without rows.

    The mean over rows of |share of positives − mean p| of a row's bin (Naeini et al., 2015, on
    the probability of the positive class).
    """
    rows = int(negatives.rows.sum() + positives.rows.sum())
    surplus = positives.rows - (negatives.p_sum + positives.p_sum)
    return float(np.abs(surplus).sum()) / rows if rows else math.nan


def best_temperature(logits: Floats, targets: Floats, counts: Counts) -> float:
    """The T that minimises the mean log loss of z / T (Guo et al., 2017).

    The log loss is convex in s = 1 / T: its slope tells on which side of the best s one stands.
    Bisection on the histogram comes near it, and Newton's method on the logits themselves, kept
    inside a shrinking bracket, does the rest.

    Args:
        logits: (rows,), finite.
        targets: (rows,), in [0, 1].
        counts: (BINS,), the inner cells of their histogram over both classes.
    Returns:
        inf where the log loss still falls at HIGHEST_TEMPERATURE, since z says nothing of the
        target, or the contrary; 0 where it still falls at LOWEST_TEMPERATURE, since z tells the
        targets apart without an error; NaN where every logit is 0, or there is none, so that
        every T is as good.
    """
    size = float(np.abs(logits).mean()) if len(logits) else 0.0
    if size == 0:
        return math.nan
    drift = float(logits @ targets) / len(logits)
    low, high = 1 / HIGHEST_TEMPERATURE, 1 / LOWEST_TEMPERATURE
    if _slopes(low, logits, drift)[0] >= 0:
        return math.inf
    # Where classes are separated the slope only tends to 0; rounding must not pass for an end.
    if _slopes(high, logits, drift)[0] <= 8 * np.finfo(np.float64).eps * size:
        return 0.0
    s = _binned_guess(low, high, counts / len(logits), drift)
    for _ in range(MAX_NEWTON_STEPS):
        slope, curvature = _slopes(s, logits, drift)
        low, high = (s if slope < 0 else low), (s if slope > 0 else high)
        newton = s - slope / curvature if curvature > 0 else math.nan
        following = newton if low < newton < high else math.sqrt(low * high)
        near = abs(following - s) <= PRECISION * s
        s = following
        if near:
            break
    return 1 / s


def _slopes(s: float, logits: Floats, drift: float) -> tuple[float, float]:
    """First and second derivative by s of the mean log loss of s z."""
    first = second = 0.0
    for block in row_blocks(len(logits)):
        z = logits[block]
        p = sigmoid(s * z)  # (block,)
        pz = p * z
        first += float(pz.sum())
        second += float((pz - pz * p) @ z)
    return first / len(logits) - drift, second / len(logits)


def _binned_guess(low: float, high: float, share: Floats, drift: float) -> float:
    """The best s if every logit stood at the middle of its bin; `share`: (BINS,)."""
    middles = (LOGIT_EDGES[1:] + LOGIT_EDGES[:-1]) / 2
    weight = share * middles
    for _ in range(BISECTIONS):
        s = math.sqrt(low * high)
        slope = float(weight @ sigmoid(s * middles)) - drift
        low, high = (s, high) if slope < 0 else (low, s)
    return math.sqrt(low * high)
