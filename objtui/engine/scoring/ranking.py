"""How well logits rank positives above negatives, ties handled exactly.

Everything is counted from the sorted logits of each class: for every positive,
how many rows of either class lie at or above it. All tensors are (members, …).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from objtui.engine.blocks import wide_dtype

Numbers = npt.NDArray[Any]


def sort_rows_(values: Tensor) -> Tensor:
    """Sort each row in place, ascending, NaN last: (members, rows) → the same tensor."""
    if values.device.type == "cpu":
        # NumPy sorts values alone, torch carries their indices along: five times the time.
        values.numpy().sort(axis=-1)
        return values
    return values.copy_(values.sort(dim=-1).values)


def search_rows(
    ordered: Tensor, values: Tensor, near: Tensor | None = None, *, right: bool = False
) -> Tensor:
    """As torch.searchsorted, of ascending values: (members, rows), (members, n) → (members, n).

    `near`: positions (members, n) most of which are right; the others are searched.
    """
    if ordered.device.type != "cpu":
        return torch.searchsorted(ordered, values, right=right)
    # NumPy starts from where the value before was, and takes half the time of torch.
    places = np.empty(values.shape, np.int64)
    for member, (row, sought) in enumerate(zip(ordered.numpy(), values.numpy(), strict=True)):
        if near is None:
            places[member] = row.searchsorted(sought, "right" if right else "left")
            continue
        places[member] = near[member].numpy()
        wrong = ~_is_place(row, sought, places[member], right=right)
        places[member, wrong] = row.searchsorted(sought[wrong], "right" if right else "left")
    return torch.from_numpy(places)


def _is_place(row: Numbers, sought: Numbers, place: Numbers, *, right: bool) -> Numbers:
    """Whether values belong where they are placed: (n,); `row` is ascending, with a row or more."""
    last = row[np.maximum(place - 1, 0)]
    following = row[np.minimum(place, len(row) - 1)]
    behind = last <= sought if right else last < sought
    before = following > sought if right else following >= sought
    is_place: Numbers = (behind | (place == 0)) & (before | (place == len(row)))
    return is_place


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scores of a ranking, (members,) each; NaN where a class has no rows."""

    auc: Tensor
    ap: Tensor
    f1: Tensor
    best_logit: Tensor
    """The lowest logit at which F1 is best."""
    below: Tensor
    """For each positive, how many negatives lie below it: (members, positives)."""


def rank(positives: Tensor, negatives: Tensor) -> Ranking:
    """Rank by logits.

    AUC is the chance that a positive lies above a negative, ties counting half
    (Hanley and McNeil, 1982). AP is the mean precision over positives, each at
    the threshold of its own logit, as in sklearn.metrics.average_precision_score.
    A best F1 is always reached at the logit of a positive.

    Args:
        positives, negatives: logits of each class, ascending, (members, rows of it).
    """
    members = positives.shape[0]
    total_positive, total_negative = positives.shape[1], negatives.shape[1]
    nan = positives.new_full((members,), torch.nan)
    if total_positive == 0:
        return Ranking(nan, nan, nan, nan, positives.to(torch.int64))
    below = search_rows(negatives, positives)  # (members, positives)
    not_above = below
    if total_negative:
        not_above = search_rows(negatives, positives, below, right=True)
    true_positive, predicted = _at_or_above(positives, below, total_negative)
    wide = wide_dtype(positives)
    auc = nan
    if total_negative:
        auc = (below + not_above).to(wide).mean(-1) / (2 * total_negative)
    precision = true_positive.to(wide)
    f1 = 2 * precision / (predicted + total_positive)
    best, at = f1.max(dim=-1)
    ap = precision.div_(predicted).mean(-1)
    return Ranking(auc, ap, best, positives.gather(1, at[:, None])[:, 0], below)


def average_precision_by_p(
    p_pos: Tensor, p_neg: Tensor, below: Tensor, dtype: torch.dtype
) -> Tensor:
    """AP as of `rank`, but by p = sigmoid(z) rounded to a dtype, equal ones tied: (members,).

    Args:
        p_pos, p_neg: p of the logits of each class, in their order, (members, rows of it).
        below: of that ranking.
        dtype: that p is rounded to.
    """
    if p_pos.shape[1] == 0:
        return p_pos.new_full((len(p_pos),), torch.nan)
    p_pos, p_neg = (_rounded(each, dtype) for each in (p_pos, p_neg))
    if p_neg.shape[1]:
        below = search_rows(p_neg, p_pos, below)
    true_positive, predicted = _at_or_above(p_pos, below, p_neg.shape[1])
    return true_positive.to(wide_dtype(p_pos)).div_(predicted).mean(-1)


def _rounded(p: Tensor, dtype: torch.dtype) -> Tensor:
    p = p if p.dtype == dtype else p.to(dtype).to(p.dtype)
    if p.device.type != "cpu":
        return p.cummax(-1).values
    # sigmoid may be off by its last digit, and the order must stay.
    values = p.numpy()
    if (values[:, 1:] < values[:, :-1]).any():
        return torch.from_numpy(np.maximum.accumulate(values, axis=-1))
    return p


def _at_or_above(positives: Tensor, below: Tensor, total_negative: int) -> tuple[Tensor, Tensor]:
    """At or above each positive: how many positives, and rows of both classes."""
    true_positive = positives.shape[1] - _first_equal(positives)
    return true_positive, true_positive + (total_negative - below)


def _first_equal(ordered: Tensor) -> Tensor:
    """Position of the first value that equals each: (members, rows), rows in order."""
    position = torch.arange(ordered.shape[1], device=ordered.device)
    begins = torch.nn.functional.pad(ordered[:, 1:] != ordered[:, :-1], (1, 0), value=True)
    return torch.where(begins, position, 0).cummax(-1).values
