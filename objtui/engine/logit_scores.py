"""Scores and histograms that follow from logits and targets alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from objtui.engine.calibration import best_temperature, calibration_error
from objtui.engine.ranking import cumulated, rank, sort_rows
from objtui.histogram import LOGIT_EDGES
from objtui.scores import SATURATED_LOGIT


@dataclass(frozen=True, slots=True)
class LogitScores:
    """`values` has a tensor (members,) for each name; `counts` is (members, 2, CELLS)."""

    values: dict[str, Tensor]
    counts: Tensor


def score_logits(logits: Tensor, target: Tensor, positive: Tensor) -> LogitScores:
    """Score logits against targets.

    `nll`, `brier` and `temperature` measure p against the targets themselves,
    soft ones too; everything else against the two classes. Scores of a class
    without rows are NaN.

    Args:
        logits: (members, rows).
        target: (rows,), in [0, 1], of the dtype of `logits`.
        positive: (rows,), bool.
    """
    dtype, rows = logits.dtype, logits.shape[1]
    p = logits.sigmoid()
    negatives, positives = (sort_rows(logits[:, positive == flag]) for flag in (False, True))
    (count_neg, sum_neg), (count_pos, sum_pos) = map(histogram, (negatives, positives))
    ranking = rank(positives, negatives)
    sizes = class_sizes(positive).to(dtype)  # (2,): negatives, positives
    p_neg, p_pos = (class_sums(p, positive) / sizes).unbind(-1)
    z_neg, z_pos = (class_sums(logits, positive) / sizes).unbind(-1)
    saturated = torch.stack([_saturated(negatives), _saturated(positives)], dim=-1).to(dtype)
    saturated_neg, saturated_pos = (saturated / sizes).unbind(-1)
    zero = logits.new_zeros(len(logits), 1)
    misses = torch.searchsorted(positives, zero)[:, 0].to(dtype)
    values = {
        "nll": (logits.logaddexp(logits.new_zeros(())) - target * logits).mean(-1),
        "brier": (p - target).square_().mean(-1),
        "auc": ranking.auc,
        "ap": ranking.ap,
        "base_rate": (sizes[1] / rows).expand(len(logits)),
        "ece": calibration_error(positives.sigmoid(), negatives.sigmoid()),
        "temperature": best_temperature(logits, target, count_neg + count_pos, sum_neg + sum_pos),
        "saturated": saturated.sum(-1) / rows,
        "saturated_pos": saturated_pos,
        "saturated_neg": saturated_neg,
        "p_pos": p_pos,
        "p_neg": p_neg,
        "z_pos": z_pos,
        "z_neg": z_neg,
        "best_threshold": ranking.best_logit.sigmoid(),
        "f1": ranking.f1,
        "recall": 1 - misses / sizes[1],
    }
    return LogitScores(values, torch.stack([count_neg, count_pos], dim=1))


def histogram(ascending: Tensor) -> tuple[Tensor, Tensor]:
    """Counts and summed logits of each cell over LOGIT_EDGES: (members, CELLS) each.

    NaN is in no cell; −inf is below and inf above.

    Args:
        ascending: (members, rows), each row in ascending order, NaN last.
    """
    members = len(ascending)
    edges = torch.tensor(LOGIT_EDGES, device=ascending.device, dtype=ascending.dtype)
    below = torch.searchsorted(ascending, edges.expand(members, -1).contiguous())
    numbers = (~ascending.isnan()).sum(-1, keepdim=True)
    seen = torch.cat([torch.zeros_like(numbers), below, numbers], dim=-1)
    return seen.diff(dim=-1), cumulated(ascending).gather(1, seen).diff(dim=-1)


def class_sizes(positive: Tensor) -> Tensor:
    """Numbers of negatives and positives: (rows,) → (2,)."""
    positives = positive.sum()
    return torch.stack([len(positive) - positives, positives])


def class_sums(values: Tensor, positive: Tensor) -> Tensor:
    """Sums over negatives and over positives: (…, rows) → (…, 2)."""
    classes = torch.stack([~positive, positive], dim=-1).to(values.dtype)  # (rows, 2)
    return values @ classes


def _saturated(ascending: Tensor) -> Tensor:
    """Rows with |z| > ln 99: (members, rows) → (members,)."""
    mark = ascending.new_full((len(ascending), 1), SATURATED_LOGIT)
    low = torch.searchsorted(ascending, -mark)[:, 0]
    high = torch.searchsorted(ascending, mark, right=True)[:, 0]
    return low + ascending.shape[1] - high
