"""Every score of given logits and targets, with numpy alone.

What the engine computes of a population by torch, member by member, of logits that somebody
already has: the same definitions, in float64, and infinite logits (p of exactly 0 or 1) besides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.measures.blocks import row_blocks, sigmoid
from objtui.measures.calibration import best_temperature, bin_sums, calibration_error
from objtui.measures.halves import fitting_half
from objtui.measures.histogram import CELLS, LOGIT_EDGES, Counts
from objtui.measures.number_formats import rounded_p
from objtui.measures.ranking import average_precision, rank
from objtui.measures.scores import SATURATED_LOGIT, SCORE_NAMES

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class HeadScores:
    """Scores and histograms of heads on the same rows.

    Attributes:
        scores: (heads, scores), in the order of SCORE_NAMES.
        counts: (heads, 2, CELLS), histograms of negatives and positives.
        fit_counts: the same of the rows of `halves.fitting_half`.
    """

    scores: Floats
    counts: Counts
    fit_counts: Counts


def score_heads(
    logits: Sequence[npt.NDArray[Any]], targets: Floats, number_format: str = "float32"
) -> HeadScores:
    """Score heads; `gap` and `disagree` are against the first.

    Args:
        logits: of each head, (rows,), float32 or float64; without NaN, infinite ones allowed.
        targets: (rows,), in [0, 1]; a row is positive from 0.5 on.
        number_format: as of `score_logits`.
    """
    positive = targets >= 0.5
    scores = np.full((len(logits), len(SCORE_NAMES)), np.nan)
    counts = np.zeros((len(logits), 2, CELLS), np.int64)
    fit_counts = np.zeros_like(counts)
    fitted = fitting_half(positive, seed=0)
    fitted_classes = (fitted & ~positive, fitted & positive)
    for head, z in enumerate(logits):
        values, counts[head] = score_logits(z, targets, positive, number_format)
        values |= _reference_scores(z, logits[0])
        scores[head] = [values.get(name, math.nan) for name in SCORE_NAMES]
        fit_counts[head] = [_histogram(np.sort(z[rows])) for rows in fitted_classes]
    return HeadScores(scores, counts, fit_counts)


def score_logits(
    logits: npt.NDArray[Any],
    targets: Floats,
    positive: npt.NDArray[np.bool_],
    number_format: str = "float32",
) -> tuple[dict[str, float], Counts]:
    """Scores by name, and counts (2, CELLS), of one head.

    All of SCORES but those against a reference and OF_TRAINING: no loss of training is known.
    `grad_pos`, `grad_neg` and `grad_share_neg` are those of the log loss, |p − t|. `nll`,
    `brier`, `temperature` and the gradients measure p against the targets themselves, soft ones
    too; everything else against the two classes. Scores of a class without rows are NaN.

    An infinite logit costs nothing on its own side, where its target is 0 or 1, and an infinite
    log loss elsewhere. In the first case no T changes anything about it, and `temperature` is
    that of the other rows; in the second every T is as bad: NaN.

    Args:
        logits, targets, positive: (rows,), as of `score_heads`.
        number_format: what p is rounded to before `ap_p` ranks by it, as of `rounded_p`.
    """
    rows = len(logits)
    # Sorted once, in the dtype that they came in: ranking, bins and histograms go by the order.
    negatives, positives = (
        np.sort(logits[each]).astype(np.float64) for each in (~positive, positive)
    )
    counts = np.stack([_histogram(negatives), _histogram(positives)])
    ranking = rank(positives, negatives)
    ap_p = average_precision(*(rounded_p(each, number_format) for each in (positives, negatives)))
    neg, pos = bin_sums(negatives), bin_sums(positives)
    saturated_neg, saturated_pos = _saturated(negatives), _saturated(positives)
    z = logits.astype(np.float64, copy=False)
    finite = np.isfinite(z)
    all_finite = bool(finite.all())
    log_loss, brier, grad_neg, grad_pos = _row_sums(z, targets, positive)
    if not all_finite:
        log_loss += _infinite_loss(z[~finite], targets[~finite])
        z, targets = z[finite], targets[finite]
    temperature = math.nan
    if math.isfinite(log_loss):
        temperature = best_temperature(z, targets, counts.sum(0)[1:-1])
    values = {
        "nll": log_loss / rows if rows else math.nan,
        "brier": brier / rows if rows else math.nan,
        "auc": ranking.auc,
        "ap": ranking.ap,
        "ap_p": ap_p,
        "base_rate": _share(len(positives), rows),
        "ece": calibration_error(neg, pos),
        "temperature": temperature,
        "saturated": _share(saturated_neg + saturated_pos, rows),
        "saturated_pos": _share(saturated_pos, len(positives)),
        "saturated_neg": _share(saturated_neg, len(negatives)),
        "p_pos": _share(float(pos.p_sum.sum()), len(positives)),
        "p_neg": _share(float(neg.p_sum.sum()), len(negatives)),
        "z_pos": _mean(positives),
        "z_neg": _mean(negatives),
        "grad_pos": _share(grad_pos, len(positives)),
        "grad_neg": _share(grad_neg, len(negatives)),
        "grad_share_neg": _share(grad_neg, grad_neg + grad_pos),
        "best_threshold": float(sigmoid(np.array(ranking.best_logit))),
        "f1": ranking.f1,
        "recall": 1 - _share(int(np.searchsorted(positives, 0.0)), len(positives)),
    }
    return values, counts


def mean_log_loss(logits: Floats, targets: Floats) -> float:
    """The mean log loss of logits, infinite ones too, (rows,) each; NaN without rows."""
    total = 0.0
    for block in row_blocks(len(logits)):
        z, t = logits[block], targets[block]
        finite = np.isfinite(z)
        total += float(_log_loss(z[finite], t[finite]).sum())
        total += 0.0 if finite.all() else _infinite_loss(z[~finite], t[~finite])
    return _share(total, len(logits))


def _row_sums(
    z: Floats, targets: Floats, positive: npt.NDArray[np.bool_]
) -> tuple[float, float, float, float]:
    """Sums over rows of log loss, of finite logits, (p − t)², and |p − t| by class."""
    log_loss = brier = grad_neg = grad_pos = 0.0
    for block in row_blocks(len(z)):
        logits, t = z[block], targets[block]
        finite = np.isfinite(logits)
        if finite.all():
            log_loss += float(_log_loss(logits, t).sum())
        else:
            log_loss += float(_log_loss(logits[finite], t[finite]).sum())
        size = np.abs(sigmoid(logits) - t)
        brier += float(size @ size)
        grad_pos += float(size[positive[block]].sum())
        grad_neg += float(size[~positive[block]].sum())
    return log_loss, brier, grad_neg, grad_pos


def _log_loss(z: Floats, targets: Floats) -> Floats:
    """−t ln p − (1 − t) ln(1 − p) of finite logits: (rows,)."""
    # max(z, 0) − t z is exact for t of 0 and 1; the rest is ln(1 + e^−|z|).
    losses: Floats = np.maximum(z, 0) - targets * z + np.log1p(np.exp(-np.abs(z)))
    return losses


def _infinite_loss(z: Floats, targets: Floats) -> float:
    """Log loss of infinite logits: none where they agree with a target of 0 or 1."""
    return 0.0 if bool(np.where(z > 0, targets == 1, targets == 0).all()) else math.inf


def _reference_scores(z: npt.NDArray[Any], reference: npt.NDArray[Any]) -> dict[str, float]:
    """Differences from the reference head; equal infinite logits do not differ."""
    with np.errstate(invalid="ignore"):
        distance = np.abs(np.subtract(z, reference, dtype=np.float64))
    distance[z == reference] = 0
    return {
        "gap": float(distance.max(initial=0.0)) if len(z) else math.nan,
        "disagree": _share(int(np.count_nonzero((z >= 0) != (reference >= 0))), len(z)),
    }


def _histogram(ascending: Floats) -> Counts:
    """Counts over LOGIT_EDGES of ascending logits: (rows,) → (CELLS,)."""
    below = np.searchsorted(ascending, LOGIT_EDGES.astype(ascending.dtype))  # exact in float32
    return np.diff(below, prepend=0, append=len(ascending)).astype(np.int64)


def _saturated(ascending: Floats) -> int:
    """Rows with |z| > ln 99."""
    low = np.searchsorted(ascending, -SATURATED_LOGIT)
    high = np.searchsorted(ascending, SATURATED_LOGIT, side="right")
    return int(low) + len(ascending) - int(high)


def _mean(values: Floats) -> float:
    """The mean of (rows,); NaN without rows, or where infinite ones have both signs."""
    with np.errstate(invalid="ignore"):
        return float(values.sum()) / len(values) if len(values) else math.nan


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
