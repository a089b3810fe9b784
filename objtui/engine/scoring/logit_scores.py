"""Scores and histograms that follow from logits and targets alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from objtui.engine.blocks import column_blocks, wide_dtype
from objtui.engine.scoring.calibration import best_temperature, bin_sums, calibration_error
from objtui.engine.scoring.ranking import average_precision_by_p, rank, sort_rows_
from objtui.measures.histogram import LOGIT_EDGES
from objtui.measures.scores import SATURATED_LOGIT


@dataclass(frozen=True, eq=False)
class Classes:
    """The two classes of some rows, in the forms that scores ask for.

    Attributes:
        positive: (rows,), bool.
        sizes: (2,), numbers of negatives and positives.
        positives: positions of the positive rows.
    """

    positive: Tensor
    sizes: Tensor
    positives: Tensor

    @classmethod
    def of(cls, positive: Tensor, dtype: torch.dtype) -> Classes:
        """The classes of rows, from the flags of the positive ones; `dtype` of their logits."""
        positives = positive.nonzero()[:, 0]
        counts = [len(positive) - len(positives), len(positives)]
        wide = wide_dtype(positive.new_empty(0, dtype=dtype))
        sizes = torch.tensor(counts, device=positive.device, dtype=wide)
        return cls(positive.contiguous(), sizes, positives)

    @cached_property
    def negatives(self) -> Tensor:
        """Positions of the negative rows: as much memory as two logits of each."""
        return (~self.positive).nonzero()[:, 0]

    def room(self, logits: Tensor) -> Tensor:
        """Memory for the logits of the negatives: (members, rows) → (members, negatives)."""
        return logits.new_empty(len(logits), len(self.negatives))

    def sums(self, values: Tensor, block: slice) -> Tensor:
        """Sums over the negatives and over the positives of a block: (…, block) → (…, 2)."""
        positive = self.positive[block]
        return values @ torch.stack([~positive, positive]).to(values.dtype).T


@dataclass(frozen=True, eq=False, slots=True)
class LogitScores:
    """`values` has a tensor (members,) for each name; `counts` is (members, 2, CELLS)."""

    values: dict[str, Tensor]
    counts: Tensor


def score_logits(
    logits: Tensor,
    target: Tensor,
    classes: Classes,
    dtype: torch.dtype | None = None,
    room: Tensor | None = None,
) -> LogitScores:
    """Score logits against targets.

    `nll`, `brier` and `temperature` measure p against the targets themselves,
    soft ones too; everything else against the two classes. Scores of a class
    without rows are NaN. Sums are kept in float64, in blocks of the dtype of `logits`.

    Args:
        logits: (members, rows).
        target: (rows,), in [0, 1], of the dtype of `logits`.
        classes: of the rows.
        dtype: that p is rounded to before `ap_p` ranks by it; None for that of `logits`.
        room: that of `classes`, to be written over, so that no new memory is taken: of many
            rows that costs a third of the sort.
    """
    rows = logits.shape[1]
    if room is None:
        room = classes.room(logits)
    negatives = sort_rows_(torch.index_select(logits, 1, classes.negatives, out=room))
    positives = sort_rows_(logits.index_select(1, classes.positives))
    counts = torch.stack([histogram(negatives), histogram(positives)], dim=1)
    ranking = rank(positives, negatives)
    wide = wide_dtype(logits)
    z_neg, z_pos = (
        _wide_sum(each) / size
        for each, size in zip((negatives, positives), classes.sizes, strict=True)
    )
    saturated = torch.stack([_saturated(negatives), _saturated(positives)], dim=-1).to(wide)
    saturated_neg, saturated_pos = (saturated / classes.sizes).unbind(-1)
    misses = torch.searchsorted(positives, logits.new_zeros(len(logits), 1))[:, 0].to(wide)
    p_negatives, p_positives = negatives.sigmoid_(), positives.sigmoid_()  # in their memory
    ap_p = average_precision_by_p(p_positives, p_negatives, ranking.below, dtype or logits.dtype)
    binned = bin_sums(p_negatives), bin_sums(p_positives)
    p_neg, p_pos = (
        each.p_sum[:, -1] / size for each, size in zip(binned, classes.sizes, strict=True)
    )
    nll, brier = row_scores(logits, target)
    values = {
        "nll": nll,
        "brier": brier,
        "auc": ranking.auc,
        "ap": ranking.ap,
        "ap_p": ap_p,
        "base_rate": (classes.sizes[1] / rows).expand(len(logits)),
        "ece": calibration_error(*binned),
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


def _wide_sum(values: Tensor) -> Tensor:
    """Sums over rows in blocks, since torch copies what it sums in another dtype."""
    sums = torch.zeros(len(values), device=values.device, dtype=wide_dtype(values))
    for block in column_blocks(*values.shape):
        sums += values[:, block].sum(-1, dtype=sums.dtype)
    return sums


def row_scores(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Mean log loss and Brier score of p against the targets: (members,) each."""
    members, rows = logits.shape
    sums = torch.zeros(2, members, device=logits.device, dtype=wide_dtype(logits))
    zero = logits.new_zeros(())
    for block in column_blocks(members, rows):
        z, t = logits[:, block], target[block]
        sums[0] += z.logaddexp(zero).addcmul_(t, z, value=-1).sum(-1, dtype=sums.dtype)
        sums[1] += z.sigmoid().sub_(t).square_().sum(-1, dtype=sums.dtype)
    nll, brier = sums / rows
    return nll, brier


def histogram(ascending: Tensor) -> Tensor:
    """Counts over LOGIT_EDGES of logits, each row ascending: (members, rows) → (members, CELLS).

    NaN, which sorts last, is in no cell; −inf is below and inf above.
    """
    members, rows = ascending.shape
    edges = torch.tensor(LOGIT_EDGES, device=ascending.device, dtype=ascending.dtype)
    numbers = torch.full((members, 1), rows, device=ascending.device)
    if rows and bool(ascending[:, -1].isnan().any()):
        undefined = ascending.isnan()
        ascending = ascending.masked_fill(undefined, torch.inf)  # a search takes NaN for small
        numbers -= undefined.sum(-1, keepdim=True)
    below = torch.searchsorted(ascending, edges.expand(members, -1).contiguous())
    return torch.cat([torch.zeros_like(numbers), below, numbers], dim=-1).diff(dim=-1)


def _saturated(ascending: Tensor) -> Tensor:
    """Rows with |z| > ln 99: (members, rows) → (members,)."""
    mark = ascending.new_full((len(ascending), 1), SATURATED_LOGIT)
    low = torch.searchsorted(ascending, -mark)[:, 0]
    high = torch.searchsorted(ascending, mark, right=True)[:, 0]
    return low + ascending.shape[1] - high
