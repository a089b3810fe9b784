"""The axis on which charts place rows: by logit z, or by p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.measures.histogram import rebin, rebin_probability
from objtui.measures.logit_axis import LogitScale

Floats = npt.NDArray[np.float64]

_LARGEST = 700.0  # logits beyond it have the same p in float64


@dataclass(frozen=True, slots=True)
class RowAxis:
    """Logits on their scale, or, with `probability`, p = sigmoid(z) from 0 to 1."""

    scale: LogitScale
    probability: bool = False

    def edges(self, bins: int) -> Floats:
        """The edges of so many bins of one width on the axis: (bins + 1,)."""
        return np.linspace(0.0, 1.0, bins + 1) if self.probability else self.scale.edges(bins)

    def rebin(self, counts: npt.ArrayLike, edges: Floats) -> Floats:
        """Counts by fine cell over edges on the axis, as `measures.histogram.rebin` has it."""
        return rebin_probability(counts, edges) if self.probability else rebin(counts, edges)

    def shares(self, counts: npt.ArrayLike, edges: Floats) -> tuple[Floats, Floats]:
        """Shares of rows by bin, those beyond the axis in the outermost, and these by themselves.

        `(..., CELLS)` to `(..., bins)` and `(..., 2)`; 0 where there are no rows.
        """
        cells = self.rebin(counts, edges)  # (..., bins + 2)
        cells /= np.maximum(cells.sum(axis=-1, keepdims=True), 1)
        inner = cells[..., 1:-1].copy()
        inner[..., 0] += cells[..., 0]
        inner[..., -1] += cells[..., -1]
        return inner, cells[..., [0, -1]]

    def place(self, logits: npt.ArrayLike) -> Floats:
        """Where logits lie on the axis, those beyond it at its ends."""
        z = np.asarray(logits, dtype=np.float64)
        if self.probability:
            p: Floats = 1 / (1 + np.exp(-np.clip(z, -_LARGEST, _LARGEST)))
            return p
        return np.clip(z, self.scale.low, self.scale.high)

    def logits(self, places: Floats) -> Floats:
        """The logits at places on the axis; infinite at p = 0 and 1."""
        if not self.probability:
            return places
        with np.errstate(divide="ignore"):
            z: Floats = np.log(places) - np.log1p(-places)
        return z
