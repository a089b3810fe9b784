"""Precision, recall and F1 at every threshold, from histograms of logits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.measures.histogram import LOGIT_EDGES, ascending_edges, ratio

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Sweep:
    """Precision, recall and F1 where a row counts as an object from a threshold on.

    Attributes:
        logits: (thresholds,).
        precision: (..., thresholds), NaN where nothing reaches the threshold.
        recall: (..., thresholds), NaN without positives.
        f1: (..., thresholds), 0 where no positive reaches the threshold, NaN without positives.
    """

    logits: Floats
    precision: Floats
    recall: Floats
    f1: Floats

    @property
    def best(self) -> npt.NDArray[np.intp]:
        """Position of the lowest threshold with the largest F1: (...)."""
        return best_f1(self.f1)


def best_f1(f1: Floats) -> npt.NDArray[np.intp]:
    """Position of the first of the largest values, (..., thresholds) → (...); NaN is the least."""
    position: npt.NDArray[np.intp] = np.where(np.isnan(f1), -1.0, f1).argmax(axis=-1)
    return position


def threshold_sweep(counts: npt.ArrayLike, logits: npt.ArrayLike = LOGIT_EDGES) -> Sweep:
    """Sweep the threshold over counts `(..., 2, CELLS)`, negatives first.

    Exact at thresholds that are LOGIT_EDGES; between them, a bin's rows count as spread evenly
    over its width. Rows without a cell (NaN logits) are left out. F1 is that of the score `f1`:
    2 TP / (rows at or above the threshold + positives).

    Args:
        logits: ascending, infinite ones too.
    """
    cells = np.asarray(counts, dtype=np.float64)
    at = np.asarray(logits, dtype=np.float64)
    reaching = _reaching(cells, at)  # (..., 2, thresholds)
    true, false = reaching[..., POSITIVE, :], reaching[..., NEGATIVE, :]
    positives = cells[..., POSITIVE, :].sum(axis=-1)[..., None]
    return Sweep(
        logits=at,
        precision=ratio(true, true + false),
        recall=ratio(true, np.broadcast_to(positives, true.shape)),
        f1=_f1(true, false, positives),
    )


def f1_at_edges(counts: npt.ArrayLike) -> Floats:
    """F1 of counts `(..., 2, CELLS)` at every one of LOGIT_EDGES, as a sweep has it."""
    cells = np.asarray(counts, dtype=np.float64)
    above = _reaching_edges(cells)  # (..., 2, BINS + 1)
    positives = cells[..., POSITIVE, :].sum(axis=-1)[..., None]
    return _f1(above[..., POSITIVE, :], above[..., NEGATIVE, :], positives)


def _f1(true: Floats, false: Floats, positives: Floats) -> Floats:
    return np.where(positives > 0, ratio(2 * true, true + false + positives), np.nan)


def _reaching(cells: Floats, at: Floats) -> Floats:
    """Rows at or above every threshold: (..., CELLS) → (..., thresholds)."""
    above = _reaching_edges(cells)
    bins = np.clip(np.searchsorted(LOGIT_EDGES, at, side="right") - 1, 0, len(LOGIT_EDGES) - 2)
    left, right = LOGIT_EDGES[bins], LOGIT_EDGES[bins + 1]
    inside = (np.clip(at, LOGIT_EDGES[0], LOGIT_EDGES[-1]) - left) / (right - left)
    between = above[..., bins] * (1 - inside) + above[..., bins + 1] * inside
    return np.where(at < LOGIT_EDGES[0], above[..., :1] + cells[..., :1], between)


def _reaching_edges(cells: Floats) -> Floats:
    """Rows at or above every one of LOGIT_EDGES: (..., CELLS) → (..., BINS + 1)."""
    # From the top, so that where nothing is left it is exactly 0.
    above: Floats = np.cumsum(cells[..., :0:-1], axis=-1)[..., ::-1]
    return above


_PIECES = 8  # of a bin, between whose ends a curve of precision over recall is bent


def precision_recall(counts: npt.ArrayLike) -> Sweep:
    """The points of the precision–recall curve of counts `(2, CELLS)`, by ascending threshold.

    The first is the threshold below every row: recall 1, precision the base rate. Within a bin
    true and false positives grow evenly, so that precision does not follow a straight line there
    (Davis and Goadrich, 2006). Nothing is said above the last edge.
    """
    return threshold_sweep(counts, _curve_thresholds())


@cache
def _curve_thresholds() -> Floats:
    thresholds = np.concatenate([[-np.inf], ascending_edges(_PIECES)])
    thresholds.setflags(write=False)
    return thresholds
