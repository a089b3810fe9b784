"""Temperature, isotonic regression and threshold: fitted on some counts, measured on others.

All of it is computed from class-split histograms, (members, 2, CELLS), negatives first. A row
stands at the middle of its cell, which is off by a 64th of its logit at most; rows beyond the last
edges stand at those.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.measures.calibrators import pooled
from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.measures.histogram import CELL_LOGITS, LOGIT_EDGES
from objtui.measures.scores import ECE_BINS
from objtui.measures.thresholds import best_f1, f1_at_edges

Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.integer] | Floats

LOGITS: Floats = CELL_LOGITS
"""(CELLS,), where the rows of a cell stand."""

MIN_T, MAX_T = 0.1, 1e2
"""Where the rows are told apart without an error the best T is MIN_T or less; beyond MAX_T they
are not told apart at all."""

_EXACT_T = 1e-8
_MAX_STEPS = 60  # twice as many as halving alone takes


def best_temperatures(counts: Cells) -> Floats:
    """The T that minimises the log loss of z / T (Guo et al., 2017): (members,).

    MIN_T where it is less; NaN where it lies beyond MAX_T, or a class has no rows.
    """
    cells = np.asarray(counts, dtype=np.float64)
    there = np.flatnonzero(cells.any(axis=(0, 1)))
    z, cells = LOGITS[there], cells[..., there]
    positive, rows = (cells[:, POSITIVE] * z).sum(axis=-1), cells.sum(axis=1) * z

    def slope(s: Floats) -> tuple[Floats, Floats]:
        """Of the log loss by s = 1 / T, and of that slope by ln s: the slope rises with s."""
        p = 1 / (1 + np.exp(np.clip(-s[:, None] * z, -700, 700)))
        weights = rows * p  # (members, cells)
        return weights.sum(axis=-1) - positive, s * ((weights * (1 - p)) @ z)

    low, high = np.full(len(cells), np.log(1 / MAX_T)), np.full(len(cells), np.log(1 / MIN_T))
    least, none = slope(np.exp(high))[0] <= 0, slope(np.exp(low))[0] >= 0
    none |= (cells.sum(axis=-1) == 0).any(axis=-1)
    at = np.zeros(len(cells))
    for _ in range(_MAX_STEPS):  # Newton's, or where those lead outside the bounds, halving them
        value, rise = slope(np.exp(at))
        low, high = np.where(value < 0, at, low), np.where(value < 0, high, at)
        following = at - np.divide(value, rise, out=np.full(len(at), np.inf), where=rise > 0)
        inside = (low <= following) & (following <= high)  # at a bound where it has come there
        following = np.where(inside, following, (low + high) / 2)
        done = np.abs(following - at) < _EXACT_T
        at = following
        if (done | least | none).all():
            break
    return np.where(none, np.nan, np.where(least, MIN_T, np.exp(-at)))


@dataclass(frozen=True, eq=False, slots=True)
class LogLoss:
    """The log loss of counts at two ways to read their logits: (members,) each.

    Attributes:
        before, after: the mean over rows.
        error: the standard error of before − after over rows, which both are of.
    """

    before: Floats
    after: Floats
    error: Floats

    @property
    def gain(self) -> Floats:
        """By how much it falls."""
        return self.before - self.after


def log_losses(counts: Cells, logits: Floats) -> LogLoss:
    """The log loss of counts at LOGITS, and where they stand at other logits, (members, CELLS)."""
    cells = np.asarray(counts, dtype=np.float64)
    there = np.flatnonzero(cells.any(axis=(0, 1)))
    cells = cells[..., there]
    rows = np.maximum(cells.sum(axis=(1, 2)), 1.0)
    signs = np.array([1.0, -1.0])[:, None]  # of negatives, positives: −ln(1 − p) = softplus(z)
    before = np.logaddexp(0, signs * LOGITS[there])  # (2, cells)
    after = np.logaddexp(0, signs * logits[:, None, there])  # (members, 2, cells)
    change = before - after
    gain = (cells * change).sum(axis=(1, 2)) / rows
    squares = (cells * change**2).sum(axis=(1, 2)) / rows
    return LogLoss(
        (cells * before).sum(axis=(1, 2)) / rows,
        (cells * after).sum(axis=(1, 2)) / rows,
        np.sqrt(np.maximum(squares - gain**2, 0) / rows),
    )


def calibration_errors(counts: Cells, logits: Floats) -> Floats:
    """The expected calibration error where cells stand at these logits, (members, CELLS)."""
    cells = np.asarray(counts, dtype=np.float64)
    p = 1 / (1 + np.exp(-np.clip(logits, -700, 700)))
    p_bin = np.minimum((p * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    surplus = cells[:, POSITIVE] - p * cells.sum(axis=1)  # (members, CELLS)
    lanes = np.arange(len(cells))[:, None] * ECE_BINS
    sums = np.bincount((p_bin + lanes).ravel(), surplus.ravel(), len(cells) * ECE_BINS)
    rows = np.maximum(cells.sum(axis=(1, 2)), 1.0)
    errors: Floats = np.abs(sums.reshape(len(cells), ECE_BINS)).sum(axis=-1) / rows
    return errors


def isotonic_logits(counts: Cells) -> Floats:
    """The logit that isotonic regression gives each cell: (members, CELLS).

    p of 0 and 1 is half a row off them, so that no row of others has an infinite loss. Cells
    between blocks, which have no rows, are with the block below.
    """
    cells = np.asarray(counts, dtype=np.float64)
    return np.stack([_isotonic(negatives, positives) for negatives, positives in cells])


def _isotonic(negatives: Floats, positives: Floats) -> Floats:
    there = np.flatnonzero(negatives + positives)
    if not len(there):
        return np.zeros(len(negatives))
    hits, rows, first = pooled(positives[there], (positives + negatives)[there])
    at = np.searchsorted(there[first], np.arange(len(negatives)), side="right") - 1
    half = 0.5 / float(rows.sum())
    p = np.clip(hits / rows, half, 1 - half)
    logits: Floats = np.log(p / (1 - p))[np.maximum(at, 0)]
    return logits


@dataclass(frozen=True, eq=False, slots=True)
class Recalibration:
    """What a temperature and isotonic regression, fitted on one half, do on the other.

    (members,) each.

    Attributes:
        temperature: NaN where there is none.
        scaled, pooled: the log loss of z / T, and of isotonic regression.
        ece, scaled_ece, pooled_ece: the calibration error without and with them.
    """

    temperature: Floats
    scaled: LogLoss
    pooled: LogLoss
    ece: Floats
    scaled_ece: Floats
    pooled_ece: Floats

    @classmethod
    def of(cls, fitted: Cells, measured: Cells) -> Recalibration:
        """Both fitted on `fitted` and measured on `measured`."""
        temperature = best_temperatures(fitted)
        scaled, pooled = LOGITS / temperature[:, None], isotonic_logits(fitted)
        as_they_are = np.broadcast_to(LOGITS, scaled.shape)
        some = np.where(np.isfinite(scaled), scaled, 0.0)
        return cls(
            temperature,
            log_losses(measured, scaled),
            log_losses(measured, pooled),
            calibration_errors(measured, as_they_are),
            calibration_errors(measured, some),
            calibration_errors(measured, pooled),
        )


@dataclass(frozen=True, eq=False, slots=True)
class Thresholds:
    """The threshold of best F1, and F1 there and at p = 0.5: (members,) each.

    Attributes:
        logits: where it lies.
        usual, best: F1 at 0.5 and at it.
        error: the standard error of best − usual over rows.
    """

    logits: Floats
    usual: Floats
    best: Floats
    error: Floats


def best_thresholds(fitted: Cells, measured: Cells) -> Thresholds:
    """The threshold with the best F1 on `fitted`, and what it does on `measured`."""
    best, usual = best_f1(f1_at_edges(fitted)), int(np.searchsorted(LOGIT_EDGES, 0.0))
    measured_f1 = f1_at_edges(measured)  # (members, BINS + 1)
    members = np.arange(len(best))
    cells = np.asarray(measured, dtype=np.float64)
    first, last = np.minimum(best, usual)[:, None], np.maximum(best, usual)[:, None]
    # Cell i + 1 begins at edge i: those that one threshold takes in and the other does not.
    cell = np.arange(cells.shape[-1]) - 1
    between = cells * ((cell >= first) & (cell < last))[:, None, :]
    f1 = measured_f1[:, usual]
    # F1 is 2 TP / (TP + FP + P): a row more adds (2 [positive] − F1) over that sum.
    weights = np.stack([f1, 2 - f1], axis=-1)  # negatives, positives
    reaching = cells[..., usual + 1 :].sum(axis=(1, 2)) + cells[:, POSITIVE].sum(axis=-1)
    variance = (between.sum(axis=-1) * weights[:, [NEGATIVE, POSITIVE]] ** 2).sum(axis=-1)
    error = np.sqrt(variance) / np.maximum(reaching, 1.0)
    return Thresholds(LOGIT_EDGES[best], f1, measured_f1[members, best], error)
