"""Sums of one head's rows that add up, over batches and over machines, and its scores from them.

What a head's scores need of any number of rows, in 0.9 MB: its logits counted by class in fine
cells, and sums. Up to KEPT_ROWS the rows themselves are kept besides, and scores are those of
`scoring.score_logits`. Beyond:

- Exact, to 1e-9: all but the following.
- `auc` never further off than `Sums.auc_slack`, which is 0 where no cell holds both classes, and up
  to 5/6 where all are within one cell: 0.001 wide near 0, |z| / 2048 far from it. Where logits
  spread evenly, the error itself is below 1e-3 as soon as their standard deviation is 4 cells.
- `ap` and `ap_p` within 1e-3 there too, or where the cells that hold much of a class hold one
  logit each. A handful of positives in all is the hard case: one that shares its cell with
  negatives may be off by up to half of its part in AP.
- `f1` within 1e-3 from a standard deviation of 20 cells on, or one logit a cell; below, it misses
  by how much the best of all thresholds is better by chance than the best of the edges: 2e-2 for
  2000 positives within 5 cells.
- `best_threshold` within 1e-3 of a threshold whose F1 is that near to the best: of thresholds with
  nearly equal F1 either may be named.
- `temperature` within 1 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from objtui.measures.accumulator import Accumulator
from objtui.measures.fine_histogram import FINE_CELLS, coarse_counts
from objtui.measures.row_sums import (
    FLOATS,
    IGNORED_SLOT,
    INTEGERS,
    Classes,
    Floats,
    Integers,
    Positive,
    RowSums,
    is_positive,
)
from objtui.measures.scoring import score_logits
from objtui.measures.sum_scores import auc_slack, sum_scores

__all__ = ["KEPT_ROWS", "Positive", "Sums", "pairing"]

KEPT_ROWS = 1 << 13
"""Rows up to which they are kept themselves: 0.2 MB."""


class Sums:
    """Counts and sums of rows of one head, from which its scores follow."""

    __slots__ = ("_kept", "_total")

    def __init__(
        self, integers: Integers, floats: Floats, kept: list[Floats] | None = None
    ) -> None:
        """From vectors of `row_sums` and the rows themselves, which become its own.

        Args:
            integers: (INTEGERS,).
            floats: (2, FLOATS), sums and what their additions have rounded away.
            kept: parts of the rows: logits, targets, whether positive, (3, rows) each; None where
                not all are kept.
        """
        self._total, self._kept = Accumulator(integers, floats), kept

    @classmethod
    def zero(cls) -> Sums:
        """Of no rows."""
        zero = Accumulator.zero()
        return cls(zero.integers, zero.floats, [])

    def add(
        self,
        z: npt.ArrayLike,
        t: npt.ArrayLike,
        ignore: npt.ArrayLike | None = None,
        positive: Positive = "half",
    ) -> None:
        """Count rows, in place.

        Args:
            z: logits, (…) or (…, 2: background, object), of any number format.
            t: targets in [0, 1], (…); a row without one (NaN) is ignored.
            ignore: (…), rows of neither class, left out.

        Raises ValueError where shapes differ, logits are no real numbers, or targets lie outside
        [0, 1] by more than rounding does.
        """
        for name, value in (("logits", z), ("targets", t)):
            if isinstance(value, np.ma.MaskedArray):  # its mask would be lost
                raise ValueError(
                    f"{name} are a masked array: give its data, and its mask as ignore"
                )
        logits, targets, left_out = _rows(np.asarray(z), np.asarray(t), ignore)
        self._total.add_rows(logits, targets, left_out, positive)
        if self._kept is None or self.rows > KEPT_ROWS:
            self._kept = None
            return
        used = ~(left_out | np.isnan(logits))
        t_used = targets[used].astype(np.float64)
        self._kept.append(np.stack([logits[used], t_used, is_positive(t_used, positive)]))

    def merged(self, other: Sums) -> Sums:
        """Of the rows of both."""
        result = self.copy()
        result._total.add(other._total)
        if result._kept is None or other._kept is None or result.rows > KEPT_ROWS:
            result._kept = None
        else:
            result._kept += other._kept
        return result

    def copy(self) -> Sums:
        """The same sums, which later rows of these do not change."""
        total = self._total.copy()
        return Sums(total.integers, total.floats, None if self._kept is None else [*self._kept])

    @property
    def row_sums(self) -> RowSums:
        """Every sum by its name."""
        return RowSums.of(self._total.integers, self._total.floats.sum(0))

    @property
    def counts(self) -> Integers:
        """Histograms of negatives and positives over LOGIT_EDGES: (2, CELLS)."""
        return coarse_counts(self.fine_counts)

    @property
    def fine_counts(self) -> Integers:
        """Histograms of negatives and positives over FINE_EDGES: (2, FINE_CELLS)."""
        return self._total.integers[:IGNORED_SLOT].reshape(2, -1)[:, :FINE_CELLS].copy()

    @property
    def nan(self) -> Integers:
        """Rows whose logit is NaN, negatives and positives: (2,). They are in nothing else."""
        return self._total.integers[:IGNORED_SLOT].reshape(2, -1)[:, FINE_CELLS].copy()

    @property
    def ignored(self) -> int:
        """Rows left out: ignored, or without a target."""
        return int(self._total.integers[IGNORED_SLOT])

    @property
    def rows(self) -> int:
        """Rows that have a logit, ignored ones left out."""
        return int(self._total.integers[:IGNORED_SLOT].sum() - self.nan.sum())

    @property
    def positives(self) -> int:
        """Those of `rows` that are positive."""
        return int(self.row_sums.cells[1].sum())

    @property
    def exact(self) -> bool:
        """Whether all rows are kept, so that every score is exact."""
        return self._kept is not None

    @property
    def auc_slack(self) -> float:
        """How far `auc` may be from that of the rows."""
        return 0.0 if self.exact else auc_slack(self.row_sums.cells)

    def scores(self, number_format: str = "float32") -> dict[str, float]:
        """Scores by name: all of SCORES but weight_norm, grad_norm, gap and disagree.

        `loss`, `loss_floor`, `excess` and the gradients are those of the log loss. NaN where the
        class that one needs has no rows. `number_format` is that of the training, for `ap_p`.
        """
        sums = self.row_sums
        if self._kept:
            z, t, positive = np.concatenate(self._kept, axis=1)
            values, _ = score_logits(z, t, positive.astype(np.bool_), number_format)
        else:
            values = sum_scores(sums, number_format)
        floor = sums.entropy / self.rows if self.rows else np.nan
        loss = values["nll"]
        return values | {"loss": loss, "loss_floor": floor, "excess": loss - floor}

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """`integers` (int64) and `floats` (float64), vectors that add up by any collective.

        Rows that are kept are not in them: scores of what `from_arrays` makes go by cells.
        """
        return {
            "integers": self._total.integers.copy(),
            "floats": self._total.floats.ravel().copy(),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Sums:
        """The sums of `to_arrays`, added up or not; ValueError where they are none."""
        integers, floats = np.array(arrays["integers"]), np.array(arrays["floats"])
        if (integers.shape, integers.dtype) != ((INTEGERS,), np.dtype(np.int64)):
            raise ValueError(f"not sums: integers are not {INTEGERS} of int64")
        if (floats.shape, floats.dtype) != ((2 * FLOATS,), np.dtype(np.float64)):
            raise ValueError(f"not sums: floats are not {2 * FLOATS} of float64")
        return cls(integers, floats.reshape(2, FLOATS), None if integers.any() else [])


TARGET_SLACK = 1e-3
"""How far rounding may bring a soft target out of [0, 1]."""

OUTSIDE_ADVICE = "rows of neither class go into ignore=, and -1 and 1 are (targets + 1) / 2"
"""What to do about targets outside [0, 1]."""

Pairing = Literal["alike", "neurons", "column"]


def pairing(logits: tuple[int, ...], targets: tuple[int, ...]) -> Pairing:
    """How logits of a shape belong to targets of a shape; ValueError where they do not.

    "alike": one to one; "neurons": the last axis of the logits is background and object;
    "column": either has a last axis of 1 more.
    """
    if logits == targets:
        return "alike"
    if logits == (*targets, 2) or (targets[-1:] == (1,) and logits == (*targets[:-1], 2)):
        return "neurons"
    if logits == (*targets, 1) or (*logits, 1) == targets:
        return "column"
    raise ValueError(
        f"logits of shape {logits} and targets of shape {targets}: "
        f"they must have one shape, or the logits 2 neurons (background, object) on a last axis"
    )


def _real(values: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Numbers as they are, what holds objects as float64; ValueError where it is no number."""
    if values.dtype.kind in "cSUmM":
        raise ValueError(f"{name} have dtype {values.dtype}, expected real numbers")
    return values.astype(np.float64) if values.dtype.kind == "O" else values


def _rows(
    z: npt.NDArray[Any], t: npt.NDArray[Any], ignore: npt.ArrayLike | None
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], Classes]:
    """Logits (float32 or float64), targets and what is left out: (rows,) each."""
    kind, z = pairing(z.shape, t.shape), _real(z, "logits")
    if kind == "neurons":
        with np.errstate(invalid="ignore"):  # inf − inf is NaN, and counted as that
            z = np.subtract(z[..., 1], z[..., 0], dtype=np.float64)
    elif z.dtype != np.float32:
        z = z.astype(np.float32 if z.dtype == np.float16 else np.float64, copy=False)
    t = _real(t, "targets")
    left_out = np.isnan(t.ravel())
    if ignore is not None:
        ignored = np.asarray(ignore, np.bool_)
        if ignored.size != t.size:
            raise ValueError(f"targets of shape {t.shape}, but ignored of shape {ignored.shape}")
        left_out |= ignored.ravel()
    odd = ~left_out & ~((t.ravel() >= -TARGET_SLACK) & (t.ravel() <= 1 + TARGET_SLACK))
    if odd.any():
        raise ValueError(
            f"a target is {t.ravel()[odd][0]:g}, expected 0 to 1 ({odd.sum()} such rows): "
            f"{OUTSIDE_ADVICE}"
        )
    return z.ravel(), t.ravel(), left_out
