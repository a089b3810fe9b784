"""The sums of `row_sums` of rows that come batch by batch, added up with numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.measures.blocks import row_blocks
from objtui.measures.fine_histogram import FINE_CELLS, FINE_EDGES, cells_from_0, fine_cells
from objtui.measures.row_sums import (
    BIN_EDGES,
    BIN_P_AT,
    BIN_ROWS_AT,
    CELL_SLOTS,
    CENTRAL_SQUARES_AT,
    DISTANCE_AT,
    DISTANCES,
    ENTROPY_AT,
    FLOATS,
    HINGE_AT,
    IGNORED_SLOT,
    INFINITE_AT,
    INTEGERS,
    REFUTED_AT,
    SATURATED_AT,
    SIZES_AT,
    SOFTNESS_AT,
    SQUARES_AT,
    Z_AT,
    Classes,
    Floats,
    Integers,
    Positive,
    is_positive,
)
from objtui.measures.scores import ECE_BINS, SATURATED_LOGIT

_BLOCK_ROWS = 1 << 13  # temporary arrays of more come from the system anew, page by page

_CELL_OF_EDGE = np.searchsorted(FINE_EDGES, BIN_EDGES, side="right")
# The bin of p that a cell begins in, and where in it the next begins; NaN where it does not.
_FIRST_BIN = np.searchsorted(_CELL_OF_EDGE, np.arange(FINE_CELLS)).astype(np.int8)
_EDGE_INSIDE = np.full(FINE_CELLS, np.nan)
_EDGE_INSIDE[_CELL_OF_EDGE] = BIN_EDGES


class Accumulator:
    """Two vectors that rows are added to.

    Batches are added up with the rounding of each addition carried along (Knuth, The Art of
    Computer Programming 2, 4.2.2), so that millions of them lose nothing.

    Attributes:
        integers: (INTEGERS,).
        floats: (2, FLOATS), sums and what their additions have rounded away.
    """

    __slots__ = ("floats", "integers")

    def __init__(self, integers: Integers, floats: Floats) -> None:
        self.integers, self.floats = integers, floats

    @classmethod
    def zero(cls) -> Accumulator:
        """Of no rows."""
        return cls(np.zeros(INTEGERS, np.int64), np.zeros((2, FLOATS)))

    def copy(self) -> Accumulator:
        return Accumulator(self.integers.copy(), self.floats.copy())

    def add(self, other: Accumulator) -> None:
        """Add the rows of another."""
        self.integers += other.integers
        self._add_floats(other.floats[0])
        self.floats[1] += other.floats[1]

    def add_rows(
        self,
        logits: npt.NDArray[Any],
        targets: npt.NDArray[Any],
        left_out: Classes,
        rule: Positive,
    ) -> None:
        """Add rows, (rows,) each.

        Args:
            logits: float32 or float64, NaN and infinite ones too.
            targets: in [0, 1] where they are not left out.
        """
        sums = np.zeros(FLOATS)
        with np.errstate(over="ignore", invalid="ignore"):  # logits of up to 1e308
            for block in row_blocks(len(logits), _BLOCK_ROWS):
                z, t, out = logits[block], targets[block], left_out[block]
                if out.any():
                    self.integers[IGNORED_SLOT] += np.count_nonzero(out)
                    z, t = z[~out], t[~out]
                t = t.astype(np.float64, copy=False)
                sums += self._block_sums(z, t, is_positive(t, rule))
            self._add_floats(sums)

    def _add_floats(self, sums: Floats) -> None:
        before = self.floats[0]
        with np.errstate(over="ignore", invalid="ignore"):
            after = before + sums
            of_sums = after - before
            rounding = (before - (after - of_sums)) + (sums - of_sums)
        rounding[~np.isfinite(rounding)] = 0  # of an infinite sum
        self.floats[1] += rounding
        self.floats[0] = after

    def _block_sums(self, logits: npt.NDArray[Any], targets: Floats, positive: Classes) -> Floats:
        """Count rows; their sums, (FLOATS,)."""
        undefined = np.isnan(logits)
        if undefined.any():
            slots = FINE_CELLS + positive[undefined] * CELL_SLOTS
            np.add.at(self.integers, slots, 1)
            logits, targets, positive = (
                logits[~undefined],
                targets[~undefined],
                positive[~undefined],
            )
        sums = np.zeros(FLOATS)
        cells = fine_cells(logits)
        np.add.at(self.integers, cells + positive * np.int32(CELL_SLOTS), 1)

        z = logits.astype(np.float64, copy=False)
        size = np.abs(z)
        falling = np.exp(-size)
        p = 1 / (1 + falling)
        np.multiply(p, falling, out=p, where=z < 0)
        group = _FIRST_BIN.take(cells) + (z >= _EDGE_INSIDE.take(cells))
        group += positive * np.int8(ECE_BINS)
        self.integers[BIN_ROWS_AT] += np.bincount(group, minlength=2 * ECE_BINS)
        sums[BIN_P_AT] = np.bincount(group, weights=p, minlength=2 * ECE_BINS)
        by_class = np.stack([~positive, positive]).astype(np.float64)  # (2, rows)
        saturated = by_class @ (size > SATURATED_LOGIT)
        self.integers[SATURATED_AT] += saturated.astype(np.int64)
        distance = np.abs(p - targets)
        sums[DISTANCE_AT] = by_class @ distance
        sums[SQUARES_AT] = distance @ distance
        sums[ENTROPY_AT] = _entropy(targets)

        infinite = np.isinf(z)
        if infinite.any():
            above, inside = z[infinite] > 0, ~infinite
            sides = np.bincount(positive[infinite] * 2 + above, minlength=4)
            self.integers[INFINITE_AT] += sides
            self.integers[REFUTED_AT] += np.count_nonzero(targets[infinite] != above)
            z, size, falling, cells = z[inside], size[inside], falling[inside], cells[inside]
            targets, by_class = targets[inside], by_class[:, inside]
        sums[Z_AT] = by_class @ z
        sums[HINGE_AT] = (np.maximum(z, 0) - targets * z).sum()
        sums[SOFTNESS_AT] = np.log1p(falling).sum()
        from_0 = cells_from_0(cells)
        sums[SIZES_AT] = np.bincount(from_0, weights=size, minlength=DISTANCES)
        central = size[from_0 == 0]
        sums[CENTRAL_SQUARES_AT] = central @ central
        return sums


def _entropy(targets: Floats) -> float:
    """Σ −t ln t − (1 − t) ln(1 − t), in nats."""
    t = targets[(targets > 0) & (targets < 1)]
    return float(-(t * np.log(t) + (1 - t) * np.log1p(-t)).sum()) if len(t) else 0.0
