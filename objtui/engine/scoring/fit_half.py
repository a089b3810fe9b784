"""Histograms of the half of the evaluation rows that a calibration is fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from objtui.engine.blocks import column_blocks
from objtui.measures.histogram import CELLS, LOGIT_EDGES


@dataclass(frozen=True, eq=False, slots=True)
class FitHalf:
    """The rows of the fitting half.

    Attributes:
        rows: (half,), their positions among the evaluation rows.
        first_cell: (half,), where the cells of their class begin.
    """

    rows: Tensor
    first_cell: Tensor

    @classmethod
    def of(cls, fitting: Tensor, positive: Tensor, device: torch.device) -> FitHalf:
        """The half whose flags are set; flags and classes are (rows,) each, on the CPU."""
        rows = fitting.nonzero()[:, 0]
        return cls(rows.to(device), (positive[rows].long() * _ROOM).to(device))

    def counts(self, logits: Tensor) -> Tensor:
        """Class-split histograms of their logits: (members, rows) → (members, 2, CELLS).

        NaN is in no cell, as in `logit_scores.histogram`.
        """
        members = len(logits)
        edges = torch.tensor(LOGIT_EDGES, device=logits.device, dtype=logits.dtype)
        lanes = torch.arange(members, device=logits.device)[:, None] * (2 * _ROOM)
        counts = torch.zeros(members * 2 * _ROOM, device=logits.device, dtype=torch.int64)
        for block in column_blocks(members, len(self.rows)):
            z = logits[:, self.rows[block]]
            cell = torch.bucketize(z, edges, right=True)  # (members, block)
            cell = cell.masked_fill_(z.isnan(), CELLS) + self.first_cell[block] + lanes
            counts += cell.flatten().bincount(minlength=len(counts))
        return counts.view(members, 2, _ROOM)[..., :CELLS]


_ROOM = CELLS + 1
"""The cells of a class, and one more for NaN, which is dropped."""
