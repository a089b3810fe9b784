"""From the losses of a batch's rows to the one number that is trained on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from objtui.engine.blocks import wide_dtype
from objtui.scenario.schema import Train


@dataclass(frozen=True, slots=True)
class Reduction:
    """What weights the losses of rows have in a batch's loss, other than that of a mean.

    Attributes:
        by_positives: whether the sum over rows is divided by the number of positive ones, at
            least 1, in place of that of all (Lin et al., Focal Loss, 2017, section 4.1).
        hard_negatives: so many negative rows for each positive one, of at least one, count: those
            of largest loss (Liu et al., SSD, 2016, section 2.2); None for all of them.
    """

    by_positives: bool
    hard_negatives: float | None

    @classmethod
    def of(cls, train: Train) -> Reduction | None:
        """What a scenario asks for; None for the mean over rows."""
        if train.normalise == "rows" and train.hard_negatives is None:
            return None
        return cls(train.normalise == "positives", train.hard_negatives)

    def weights(self, values: Tensor, positive: Tensor, kept: Tensor | None = None) -> Tensor:
        """The weight of every row's loss in the sum.

        Args:
            values: losses, (…, rows).
            positive: bool, broadcasts against them.
            kept: bool, which rows count at all; all by default.
        Returns:
            Of a shape that broadcasts against `values`.
        """
        exact = wide_dtype(values)
        counted = torch.ones_like(positive) if kept is None else kept
        positives = (positive & counted).sum(-1, keepdim=True)
        if self.hard_negatives is not None:
            most = (positives.clamp(min=1).to(exact) * self.hard_negatives).round()
            hard = _largest(values, counted & ~positive, most)
            counted = hard | (positive & counted)
        rows = positives if self.by_positives else counted.sum(-1, keepdim=True)
        return (counted.to(exact) / rows.clamp(min=1)).to(values.dtype)


def _largest(values: Tensor, among: Tensor, most: Tensor) -> Tensor:
    """Which of some values are the `most` largest along the last axis; of equal ones the first."""
    masked = values.masked_fill(~among, -torch.inf)
    order = masked.argsort(dim=-1, descending=True, stable=True)
    ranked = torch.arange(values.shape[-1], device=values.device) < most
    return (
        torch.zeros_like(masked, dtype=torch.bool).scatter(-1, order, ranked.expand_as(order))
        & among
    )
