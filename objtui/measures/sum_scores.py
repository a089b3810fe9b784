"""Scores from sums over rows: most are exact, those that rank rows go by fine cells."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from objtui.measures.blocks import sigmoid
from objtui.measures.calibration import (
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    BinSums,
    calibration_error,
)
from objtui.measures.fine_histogram import FINE_CELLS, FINE_EDGES, FIRST_AT_0
from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.measures.number_formats import rounded_p
from objtui.measures.ranking import Ranking
from objtui.measures.row_sums import Integers, RowSums

Floats = npt.NDArray[np.float64]

_TIES = 4
"""A cell that holds so many times the rows of either neighbour holds equal logits."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)  # on −1…1
_BISECTIONS = 40  # from a range of 1e6 to the rounding of a float


def sum_scores(sums: RowSums, number_format: str = "float32") -> dict[str, float]:
    """Scores by name, as of `scoring.score_logits`; NaN without the rows that they need.

    `auc`, `ap`, `f1`, `best_threshold` as of `fine_ranking`, `ap_p` as of `tied_average_precision`,
    `temperature` as of `fine_temperature`; all others exactly.
    """
    negatives, positives = sums.cells.sum(-1).tolist()
    rows = negatives + positives
    log_loss = math.inf if sums.refuted else sums.hinge + sums.softness
    saturated_neg, saturated_pos = sums.saturated.tolist()
    grad_neg, grad_pos = sums.distance.tolist()
    ranking = fine_ranking(sums.cells)
    hits = int(sums.cells[POSITIVE, FIRST_AT_0:].sum())
    by_bin = [
        BinSums(rows_of_bin, p_sum)
        for rows_of_bin, p_sum in zip(sums.bin_rows, sums.bin_p, strict=True)
    ]
    return {
        "nll": _share(log_loss, rows),
        "brier": _share(sums.squares, rows),
        "auc": ranking.auc,
        "ap": ranking.ap,
        "ap_p": tied_average_precision(sums.cells, number_format),
        "base_rate": _share(positives, rows),
        "ece": calibration_error(*by_bin),
        "temperature": fine_temperature(sums),
        "saturated": _share(saturated_neg + saturated_pos, rows),
        "saturated_pos": _share(saturated_pos, positives),
        "saturated_neg": _share(saturated_neg, negatives),
        "p_pos": _share(float(sums.bin_p[POSITIVE].sum()), positives),
        "p_neg": _share(float(sums.bin_p[NEGATIVE].sum()), negatives),
        "z_pos": _mean_logit(sums, POSITIVE, positives),
        "z_neg": _mean_logit(sums, NEGATIVE, negatives),
        "grad_pos": _share(grad_pos, positives),
        "grad_neg": _share(grad_neg, negatives),
        "grad_share_neg": _share(grad_neg, grad_neg + grad_pos),
        "best_threshold": float(sigmoid(np.array(ranking.best_logit))),
        "f1": ranking.f1,
        "recall": _share(hits, positives),
    }


def fine_ranking(cells: Integers) -> Ranking:
    """Rank by fine cells, (2, FINE_CELLS).

    The rows of a cell that stands out from its neighbours are ties, as logits of half precision
    and clamped ones are. Others are spread over their cell, each class with a density that changes
    evenly, as its neighbours tell. F1 is that of thresholds at the edges of cells. `best_logit` is
    the lower edge of its cell; −inf, or the last edge, for the outer ones.
    """
    negatives, positives = cells
    total_negative, total_positive = int(negatives.sum()), int(positives.sum())
    if total_positive == 0:
        return Ranking(math.nan, math.nan, math.nan, math.nan)
    occupied = np.flatnonzero(positives)
    true_positive, false_positive = (
        _at_or_above(each)[occupied] for each in (positives, negatives)
    )
    own, opposite = positives[occupied], negatives[occupied]
    ties = _of_equal_logits(negatives + positives)
    own_slope, opposite_slope = (
        np.where(ties, 0.0, _slope(of_class))[occupied] for of_class in (positives, negatives)
    )
    auc = math.nan
    if total_negative:
        below = total_negative - false_positive + opposite / 2
        # ∫∫ of both densities where the positive is above, less half of the pairs.
        uneven = (own_slope @ opposite - opposite_slope @ own) / 12
        auc = (float(own @ below) + float(uneven)) / total_negative / total_positive
    predicted = true_positive + false_positive
    f1 = 2 * true_positive / (predicted + total_positive)
    best = int(f1.argmax())
    cell = int(occupied[best])
    return Ranking(
        auc=auc,
        ap=_average_precision(cells, ties),
        f1=float(f1[best]),
        best_logit=float(FINE_EDGES[cell - 1]) if cell else -math.inf,
    )


def tied_average_precision(cells: Integers, number_format: str) -> float:
    """AP ranked by p in a number format, as of `ap_p`: (2, FINE_CELLS) → one number.

    Cells whose middles have one p there are ties together; others are as in `fine_ranking`.
    """
    if not cells[POSITIVE].any():
        return math.nan
    first = _first_of_equal_p(number_format)
    together = np.diff(first, append=FINE_CELLS) > 1
    merged: Integers = np.add.reduceat(cells, first, axis=1)
    return _average_precision(merged, together | _of_equal_logits(merged.sum(0)))


@lru_cache(maxsize=8)
def _first_of_equal_p(number_format: str) -> npt.NDArray[np.intp]:
    """The first of the fine cells of each p of a number format, ascending."""
    middles = np.concatenate([[-np.inf], (FINE_EDGES[1:] + FINE_EDGES[:-1]) / 2, [np.inf]])
    return np.flatnonzero(np.diff(rounded_p(middles, number_format), prepend=-1))


def _average_precision(cells: Integers, ties: npt.NDArray[np.bool_]) -> float:
    """AP by cells, (2, cells), of which some hold ties and the others spread rows."""
    occupied = np.flatnonzero(cells[POSITIVE])
    above, inside, slopes = (
        [each[occupied] for each in of_classes]
        for of_classes in (
            [_at_or_above(rows) - rows for rows in cells],
            list(cells),
            [np.where(ties, 0.0, _slope(rows)) for rows in cells],
        )
    )
    negatives, positives = zip(above, inside, slopes, strict=True)
    reached = above[POSITIVE] + inside[POSITIVE]
    tied = inside[POSITIVE] * (reached / (reached + above[NEGATIVE] + inside[NEGATIVE]))
    in_cell = np.where(ties[occupied], tied, _spread_precision(positives, negatives))
    return float(in_cell.sum()) / int(cells[POSITIVE].sum())


def _at_or_above(rows: Integers) -> Integers:
    """Rows in each cell and those above: (cells,)."""
    total: Integers = np.cumsum(rows[::-1])[::-1]
    return total


def _of_equal_logits(rows: Integers) -> npt.NDArray[np.bool_]:
    """Cells whose rows have one logit, as far as their neighbours tell: (cells,) → (cells,)."""
    beside = np.maximum(np.append(rows[1:], 0), np.append(0, rows[:-1]))
    equal: npt.NDArray[np.bool_] = rows >= _TIES * beside
    return equal


def _slope(rows: Integers) -> Floats:
    """How much a cell's density rises over its width, no more than keeps it above 0: (cells,)."""
    between = (np.append(rows[1:], 0) - np.append(0, rows[:-1])) / 2
    slope: Floats = np.clip(between, -2.0 * rows, 2.0 * rows)
    return slope


_SpreadRows = tuple[Integers, Integers, Floats]
"""Rows above each cell, in it, and their slope: (cells,) each."""


def _spread_precision(positives: _SpreadRows, negatives: _SpreadRows) -> Floats:
    """The sum of precision at the positives of cells whose rows are spread over them: (cells,)."""
    depth = (_NODES[:, None] + 1) / 2  # in the cell, from above: (nodes, 1)

    def above(rows: _SpreadRows) -> Floats:
        outside, inside, slope = rows
        reached: Floats = outside + inside * depth + slope * (depth - depth**2) / 2
        return reached

    true = above(positives) + 0.5  # half of the positive itself
    density = positives[1] + positives[2] * (0.5 - depth)
    precision: Floats = _WEIGHTS @ (density * true / (true + above(negatives))) / 2
    return precision


def auc_slack(cells: Integers) -> float:
    """How far AUC may be from that of the logits, (2, FINE_CELLS): 0 where none holds both classes.

    Only pairs within a cell are open: they count between 1/6 and 5/6, and may count 0 or 1.
    """
    negatives, positives = cells
    pairs = float(negatives.sum()) * float(positives.sum())
    return float(negatives.astype(np.float64) @ positives) * 5 / 6 / pairs if pairs else 0.0


def fine_temperature(sums: RowSums) -> float:
    """The T that `calibration.best_temperature` gives, within 1 %.

    With s = 1 / T, the slope of the log loss of s z is Σ max(z, 0) − t z, which is summed exactly,
    less Σ |z| sigmoid(−s |z|), where the rows of a cell, of either side of 0, stand at one |z|.
    """
    if sums.refuted:
        return math.nan
    sizes, weights = _sizes(sums)
    total = float(weights.sum())
    if total == 0:
        return math.nan

    def slope(s: float) -> float:
        return sums.hinge - float(weights @ sigmoid(-s * sizes))

    low, high = 1 / HIGHEST_TEMPERATURE, 1 / LOWEST_TEMPERATURE
    if slope(low) >= 0:
        return math.inf
    if slope(high) <= 8 * np.finfo(np.float64).eps * total:
        return 0.0
    for _ in range(_BISECTIONS):
        s = math.sqrt(low * high)
        low, high = (s, high) if slope(s) < 0 else (low, s)
    return 1 / math.sqrt(low * high)


def _sizes(sums: RowSums) -> tuple[Floats, Floats]:
    """Mean |z| by distance from 0 where there are finite logits, and its sum: (cells,) each.

    Next to 0, where |z| differs most within a cell, its mean weighted by |z|: with it the slope of
    the log loss is right up to the second order of s.
    """
    rows = sums.cells.sum(0)
    by_distance = rows[FIRST_AT_0:] + rows[FIRST_AT_0 - 1 :: -1]  # (DISTANCES,)
    by_distance[-1] -= sums.infinite.sum()
    occupied = (by_distance > 0) & (sums.sizes > 0)
    weights = sums.sizes[occupied]
    sizes = weights / by_distance[occupied]
    if occupied[0]:
        sizes[0] = sums.central_squares / weights[0]
    return sizes, weights


def _mean_logit(sums: RowSums, of_class: int, rows: int) -> float:
    """NaN without rows, or where infinite ones have both signs."""
    below, above = sums.infinite[of_class].tolist()
    if below and above:
        return math.nan
    infinite = math.inf if above else -math.inf if below else 0.0
    return _share(float(sums.z[of_class]) + infinite, rows)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
