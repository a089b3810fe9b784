"""Reliability by bins of p, from histograms of logits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from objtui.measures.frames import POSITIVE
from objtui.measures.histogram import BINS, CELLS, LOGIT_EDGES, ratio
from objtui.measures.scores import ECE_BINS

Floats = npt.NDArray[np.float64]


_ONE_SIDED = 1.6449
"""Standard deviations below which 95 % of a normal distribution lie."""


@dataclass(frozen=True, eq=False, slots=True)
class Reliability:
    """Rows by equal bins of p, those of the expected calibration error.

    Attributes:
        rows, positives: (..., ECE_BINS), need not be whole.
        mean_p: (..., ECE_BINS), NaN in a bin without rows.
        variance: (..., ECE_BINS), the sum of p (1 − p) over the rows of a bin.
    """

    rows: Floats
    positives: Floats
    mean_p: Floats
    variance: Floats

    @property
    def share(self) -> Floats:
        """Share of positives in every bin: (..., ECE_BINS), NaN in a bin without rows."""
        return ratio(self.positives, self.rows)

    @property
    def ece(self) -> Floats:
        """Expected calibration error of these bins: (...); near the score, not equal to it."""
        surplus = np.abs(self.positives - np.nan_to_num(self.mean_p) * self.rows)
        return ratio(surplus.sum(axis=-1), self.rows.sum(axis=-1))

    @property
    def chance_ece(self) -> tuple[Floats, Floats]:
        """The calibration error that chance gives where every p is right: its mean, and 95 % point.

        (...) each. The positives of a bin then vary about the sum of its p with that variance v,
        all but normally, and their distance from it is √(2v/π) on average; where v is small, next
        to no positive is there, and it is 2v. Its own variance is v less that mean squared.
        """
        distance = np.minimum(np.sqrt(2 * self.variance / np.pi), 2 * self.variance)
        spread = np.sqrt(np.maximum(self.variance - distance**2, 0).sum(axis=-1))
        rows = self.rows.sum(axis=-1)
        mean = distance.sum(axis=-1)
        return ratio(mean, rows), ratio(mean + _ONE_SIDED * spread, rows)


def reliability_bins(counts: npt.ArrayLike) -> Reliability:
    """Reliability of counts `(..., 2, CELLS)`, negatives first.

    Edges k/15 of p are no edges of a histogram, and where a row stands in its bin is not known:
    its rows count as spread evenly over the bin's logits. So up to a bin's rows about every edge
    may count on its other side, and mean p is off by less than a bin's width, .016 at most. All
    rows of bins that hold no edge are where they belong.
    """
    cells = np.asarray(counts, dtype=np.float64)
    share, p_sum, variance = _weights()
    both = cells.sum(axis=-2)  # (..., CELLS)
    rows = both @ share
    positives = cells[..., POSITIVE, :] @ share
    return Reliability(rows, positives, ratio(both @ p_sum, rows), both @ variance)


@cache
def _weights() -> tuple[Floats, Floats, Floats]:
    """What a row of a cell adds to every bin of p: in rows, p and p (1 − p), (CELLS, ECE_BINS)."""
    inner = np.arange(1, ECE_BINS) / ECE_BINS
    cuts = np.unique(np.concatenate([LOGIT_EDGES, np.log(inner) - np.log1p(-inner)]))
    left, right = cuts[:-1], cuts[1:]
    middle = (left + right) / 2
    cell = np.searchsorted(LOGIT_EDGES, middle, side="right")  # of every piece, 1…BINS
    p_bin = np.searchsorted(np.log(inner) - np.log1p(-inner), middle, side="right")
    width = np.diff(LOGIT_EDGES)[cell - 1]
    # The integral of sigmoid is ln(1 + e^z).
    p_integral = np.logaddexp(0.0, right) - np.logaddexp(0.0, left)
    # That of p (1 − p), its slope, is p; taken from the end where it is small.
    end = np.exp(-np.abs(np.stack([left, right])))
    end /= 1 + end
    variance_integral = np.abs(end[1] - end[0])
    share, p_sum, variance = np.zeros((3, CELLS, ECE_BINS))
    np.add.at(share, (cell, p_bin), (right - left) / width)
    np.add.at(p_sum, (cell, p_bin), p_integral / width)
    np.add.at(variance, (cell, p_bin), variance_integral / width)
    share[0, 0] = share[BINS + 1, -1] = p_sum[BINS + 1, -1] = 1.0
    return share, p_sum, variance
