"""What is summed over the rows of a head: two vectors, and what stands where in them.

The vectors add up, so sums of parts of the rows are those of all. What counts rows is whole
(int64), the rest float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from objtui.measures.blocks import sigmoid
from objtui.measures.fine_histogram import FINE_BINS, FINE_CELLS
from objtui.measures.scores import ECE_BINS

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Classes = npt.NDArray[np.bool_]

Positive = Literal["half", "assigned"]
"""When a row is positive: "half", target ≥ 0.5; "assigned", target > 0."""

DISTANCES = FINE_BINS // 2 + 1
"""How far from 0 a cell may be, in cells on its own side; the last is beyond all bins."""

CELL_SLOTS = FINE_CELLS + 1
"""Slots of the cells of a class, the last for NaN."""

IGNORED_SLOT = 2 * CELL_SLOTS
"""Rows left out: ignored, or without a target. The slots of negatives and positives come before."""

SATURATED_AT = slice(IGNORED_SLOT + 1, IGNORED_SLOT + 3)
INFINITE_AT = slice(SATURATED_AT.stop, SATURATED_AT.stop + 4)
REFUTED_AT = INFINITE_AT.stop
BIN_ROWS_AT = slice(REFUTED_AT + 1, REFUTED_AT + 1 + 2 * ECE_BINS)
INTEGERS = BIN_ROWS_AT.stop
"""Length of the vector of whole numbers."""

BIN_P_AT = slice(0, 2 * ECE_BINS)
Z_AT = slice(BIN_P_AT.stop, BIN_P_AT.stop + 2)
DISTANCE_AT = slice(Z_AT.stop, Z_AT.stop + 2)
HINGE_AT, SOFTNESS_AT, SQUARES_AT, ENTROPY_AT, CENTRAL_SQUARES_AT = range(
    DISTANCE_AT.stop, DISTANCE_AT.stop + 5
)
SIZES_AT = slice(CENTRAL_SQUARES_AT + 1, CENTRAL_SQUARES_AT + 1 + DISTANCES)
FLOATS = SIZES_AT.stop
"""Length of the vector of float64."""


@dataclass(frozen=True, eq=False, slots=True)
class RowSums:
    """Sums over rows; those by class are of negatives, then positives.

    Rows whose logit is NaN are in `nan` alone, ignored ones in `ignored` alone; infinite logits
    count for everything but the sums of z.

    Attributes:
        cells: (2, FINE_CELLS), rows by class and fine cell.
        nan: (2,), rows whose logit is NaN.
        ignored: rows of neither class.
        saturated: (2,), rows with |z| > ln 99.
        infinite: (2, 2), rows by class with a logit of −inf, of inf.
        refuted: rows with an infinite logit whose target is not the one that it says for sure.
        bin_rows, bin_p: (2, ECE_BINS), rows and their sum of p, by class and bin of p.
        z: (2,), Σ z.
        distance: (2,), Σ |p − t|, which is the gradient of the log loss.
        hinge: Σ max(z, 0) − t z, the log loss of s z over s for s → ∞.
        softness: Σ ln(1 + e^−|z|). With `hinge` it is the log loss.
        squares: Σ (p − t)².
        entropy: Σ of the entropy of t.
        central_squares: Σ z² of the two cells next to 0.
        sizes: (DISTANCES,), Σ |z| by distance from 0 in cells.
    """

    cells: Integers
    nan: Integers
    ignored: int
    saturated: Integers
    infinite: Integers
    refuted: int
    bin_rows: Integers
    bin_p: Floats
    z: Floats
    distance: Floats
    hinge: float
    softness: float
    squares: float
    entropy: float
    central_squares: float
    sizes: Floats

    @classmethod
    def of(cls, integers: Integers, floats: Floats) -> RowSums:
        """Views of vectors of INTEGERS and FLOATS."""
        slots = integers[:IGNORED_SLOT].reshape(2, CELL_SLOTS)
        return cls(
            cells=slots[:, :FINE_CELLS],
            nan=slots[:, FINE_CELLS],
            ignored=int(integers[IGNORED_SLOT]),
            saturated=integers[SATURATED_AT],
            infinite=integers[INFINITE_AT].reshape(2, 2),
            refuted=int(integers[REFUTED_AT]),
            bin_rows=integers[BIN_ROWS_AT].reshape(2, ECE_BINS),
            bin_p=floats[BIN_P_AT].reshape(2, ECE_BINS),
            z=floats[Z_AT],
            distance=floats[DISTANCE_AT],
            hinge=float(floats[HINGE_AT]),
            softness=float(floats[SOFTNESS_AT]),
            squares=float(floats[SQUARES_AT]),
            entropy=float(floats[ENTROPY_AT]),
            central_squares=float(floats[CENTRAL_SQUARES_AT]),
            sizes=floats[SIZES_AT],
        )


def _bin_edges() -> Floats:
    edges = []
    for k in range(1, ECE_BINS):
        z = np.log(k / (ECE_BINS - k))
        while sigmoid(z) * ECE_BINS >= k:
            z = np.nextafter(z, -np.inf)
        while sigmoid(z) * ECE_BINS < k:
            z = np.nextafter(z, np.inf)
        edges.append(z)
    return np.array(edges)


BIN_EDGES = _bin_edges()
"""The lowest logits of the bins of p but the first: (ECE_BINS − 1,).

Where p = sigmoid(z) as it is rounded reaches k / 15, so that a comparison of logits puts every row
where `calibration.bin_sums` does.
"""


def is_positive(targets: Floats, rule: Positive) -> Classes:
    """Which rows are positive: (rows,)."""
    positive: Classes = targets >= 0.5 if rule == "half" else targets > 0
    return positive
