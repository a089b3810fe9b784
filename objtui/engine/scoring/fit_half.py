"""Histograms of the half of the evaluation rows that a calibration is fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from objtui.engine.scoring.logit_scores import histogram
from objtui.engine.scoring.ranking import sort_rows_


@dataclass(frozen=True, eq=False, slots=True)
class FitHalf:
    """The rows of the fitting half.

    Attributes:
        negatives, positives: positions of the rows of either class among the evaluation rows.
    """

    negatives: Tensor
    positives: Tensor

    @classmethod
    def of(cls, fitting: Tensor, positive: Tensor, device: torch.device) -> FitHalf:
        """The half whose flags are set; flags and classes are (rows,) each, on the CPU."""
        classes = fitting & ~positive, fitting & positive
        return cls(*(rows.nonzero()[:, 0].to(device) for rows in classes))

    def counts(self, logits: Tensor) -> Tensor:
        """Class-split histograms of their logits: (members, rows) → (members, 2, CELLS)."""
        # Sorting them once more is faster than a search for every row.
        parts = (
            histogram(sort_rows_(logits.index_select(1, rows)))
            for rows in (self.negatives, self.positives)
        )
        return torch.stack(list(parts), dim=1)
