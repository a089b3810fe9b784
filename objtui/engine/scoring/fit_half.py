"""Histograms of the half of the evaluation rows that a calibration is fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from objtui.engine.scoring.logit_scores import histogram
from objtui.engine.scoring.ranking import sort_rows_


@dataclass(frozen=True, eq=False)
class FitHalf:
    """The rows of the fitting half, on the device.

    Attributes:
        fitting: (rows,), whether they are of it.
        positive: (rows,), their classes.
    """

    fitting: Tensor
    positive: Tensor

    def counts(self, logits: Tensor) -> Tensor:
        """Class-split histograms of their logits: (members, rows) → (members, 2, CELLS)."""
        # Sorting them once more is faster than a search for every row.
        parts = (histogram(sort_rows_(logits.index_select(1, rows))) for rows in self._rows)
        return torch.stack(list(parts), dim=1)

    @cached_property
    def _rows(self) -> tuple[Tensor, Tensor]:
        """Positions of its negatives and its positives."""
        classes = self.fitting & ~self.positive, self.fitting & self.positive
        return classes[0].nonzero()[:, 0], classes[1].nonzero()[:, 0]
