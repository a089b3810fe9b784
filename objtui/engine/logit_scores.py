"""Scores and histograms that follow from logits and targets alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from objtui.engine.calibration import best_temperature, calibration_error
from objtui.engine.ranking import rank, sort_rows
from objtui.histogram import LOGIT_EDGES
from objtui.scores import SATURATED_LOGIT


@dataclass(frozen=True, eq=False, slots=True)
class Classes:
    """The two classes of some rows, in the forms that scores ask for.

    Attributes:
        positive: (rows,), bool.
        members: (rows, 2), 1 where a row is negative, where it is positive.
        sizes: (2,), numbers of negatives and positives.
        negatives, positives: positions of the rows of either class.
    """

    positive: Tensor
    members: Tensor
    sizes: Tensor
    negatives: Tensor
    positives: Tensor

    @classmethod
    def of(cls, positive: Tensor, dtype: torch.dtype) -> Classes:
        """The classes of rows, from the flags of the positive ones."""
        members = torch.stack([~positive, positive], dim=-1).to(dtype)
        negatives, positives = (members[:, i].nonzero()[:, 0] for i in range(2))
        return cls(positive, members, members.sum(0), negatives, positives)

    def sums(self, values: Tensor) -> Tensor:
        """Sums over negatives and over positives: (…, rows) → (…, 2)."""
        return values @ self.members


@dataclass(frozen=True, eq=False, slots=True)
class LogitScores:
    """`values` has a tensor (members,) for each name; `counts` is (members, 2, CELLS)."""

    values: dict[str, Tensor]
    counts: Tensor


def score_logits(logits: Tensor, target: Tensor, classes: Classes) -> LogitScores:
    """Score logits against targets.

    `nll`, `brier` and `temperature` measure p against the targets themselves,
    soft ones too; everything else against the two classes. Scores of a class
    without rows are NaN.

    Args:
        logits: (members, rows).
        target: (rows,), in [0, 1], of the dtype of `logits`.
        classes: of the rows.
    """
    dtype, rows = logits.dtype, logits.shape[1]
    negatives = sort_rows(logits.index_select(1, classes.negatives))
    positives = sort_rows(logits.index_select(1, classes.positives))
    counts = torch.stack([histogram(negatives), histogram(positives)], dim=1)
    ranking = rank(positives, negatives)
    p = logits.sigmoid()
    p_neg, p_pos = (classes.sums(p) / classes.sizes).unbind(-1)
    z_neg, z_pos = (classes.sums(logits) / classes.sizes).unbind(-1)
    saturated = torch.stack([_saturated(negatives), _saturated(positives)], dim=-1).to(dtype)
    saturated_neg, saturated_pos = (saturated / classes.sizes).unbind(-1)
    misses = torch.searchsorted(positives, logits.new_zeros(len(logits), 1))[:, 0].to(dtype)
    nll = logits.logaddexp(logits.new_zeros(())).addcmul_(target, logits, value=-1)
    values = {
        "nll": nll.mean(-1),
        "brier": p.sub_(target).square_().mean(-1),
        "auc": ranking.auc,
        "ap": ranking.ap,
        "base_rate": (classes.sizes[1] / rows).expand(len(logits)),
        "ece": calibration_error(positives.sigmoid(), negatives.sigmoid()),
        "temperature": best_temperature(logits, target, counts.sum(1)[:, 1:-1]),
        "saturated": saturated.sum(-1) / rows,
        "saturated_pos": saturated_pos,
        "saturated_neg": saturated_neg,
        "p_pos": p_pos,
        "p_neg": p_neg,
        "z_pos": z_pos,
        "z_neg": z_neg,
        "best_threshold": ranking.best_logit.sigmoid(),
        "f1": ranking.f1,
        "recall": 1 - misses / classes.sizes[1],
    }
    return LogitScores(values, counts)


def histogram(ascending: Tensor) -> Tensor:
    """Counts over LOGIT_EDGES of logits, each row ascending: (members, rows) → (members, CELLS).

    NaN, which sorts last, is in no cell; −inf is below and inf above.
    """
    members = len(ascending)
    edges = torch.tensor(LOGIT_EDGES, device=ascending.device, dtype=ascending.dtype)
    undefined = ascending.isnan()
    ordered = ascending.masked_fill(undefined, torch.inf)  # a search takes NaN for small
    below = torch.searchsorted(ordered, edges.expand(members, -1).contiguous())
    numbers = (~undefined).sum(-1, keepdim=True)
    return torch.cat([torch.zeros_like(numbers), below, numbers], dim=-1).diff(dim=-1)


def _saturated(ascending: Tensor) -> Tensor:
    """Rows with |z| > ln 99: (members, rows) → (members,)."""
    mark = ascending.new_full((len(ascending), 1), SATURATED_LOGIT)
    low = torch.searchsorted(ascending, -mark)[:, 0]
    high = torch.searchsorted(ascending, mark, right=True)[:, 0]
    return low + ascending.shape[1] - high
