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


@dataclass(frozen=True, eq=False, slots=True)
class Reliability:
    """Rows by equal bins of p, those of the expected calibration error.

    Attributes:
        rows, positives: (..., ECE_BINS), need not be whole.
        mean_p: (..., ECE_BINS), NaN in a bin without rows.
    """

    rows: Floats
    positives: Floats
    mean_p: Floats

    @property
    def share(self) -> Floats:
        """Share of positives in every bin: (..., ECE_BINS), NaN in a bin without rows."""
        return ratio(self.positives, self.rows)

    @property
    def ece(self) -> Floats:
        """Expected calibration error of these bins: (...); near the score, not equal to it."""
        surplus = np.abs(self.positives - np.nan_to_num(self.mean_p) * self.rows)
        return ratio(surplus.sum(axis=-1), self.rows.sum(axis=-1))


def reliability_bins(counts: npt.ArrayLike) -> Reliability:
    """Reliability of counts `(..., 2, CELLS)`, negatives first.

    Edges k/15 of p are no edges of a histogram, and where a row stands in its bin is not known:
    its rows count as spread evenly over the bin's logits. So up to a bin's rows about every edge
    may count on its other side, and mean p is off by less than a bin's width, .016 at most. All
    rows of bins that hold no edge are where they belong.
    """
    cells = np.asarray(counts, dtype=np.float64)
    share, p_sum = _weights()
    both = cells.sum(axis=-2)  # (..., CELLS)
    rows = both @ share
    return Reliability(rows, cells[..., POSITIVE, :] @ share, ratio(both @ p_sum, rows))


@cache
def _weights() -> tuple[Floats, Floats]:
    """What a row of a cell adds to every bin of p, in rows and in p: (CELLS, ECE_BINS) each."""
    inner = np.arange(1, ECE_BINS) / ECE_BINS
    cuts = np.unique(np.concatenate([LOGIT_EDGES, np.log(inner) - np.log1p(-inner)]))
    left, right = cuts[:-1], cuts[1:]
    middle = (left + right) / 2
    cell = np.searchsorted(LOGIT_EDGES, middle, side="right")  # of every piece, 1…BINS
    p_bin = np.searchsorted(np.log(inner) - np.log1p(-inner), middle, side="right")
    width = np.diff(LOGIT_EDGES)[cell - 1]
    # The integral of sigmoid is ln(1 + e^z).
    p_integral = np.logaddexp(0.0, right) - np.logaddexp(0.0, left)
    share, p_sum = np.zeros((CELLS, ECE_BINS)), np.zeros((CELLS, ECE_BINS))
    np.add.at(share, (cell, p_bin), (right - left) / width)
    np.add.at(p_sum, (cell, p_bin), p_integral / width)
    share[0, 0] = share[BINS + 1, -1] = p_sum[BINS + 1, -1] = 1.0
    return share, p_sum
