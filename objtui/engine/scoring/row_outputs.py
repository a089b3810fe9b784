"""Outputs of every member on evaluation rows of features."""

from __future__ import annotations

from torch import Tensor

from objtui.engine.data.features import FeatureTable
from objtui.engine.model.network import Network
from objtui.engine.model.population import Population

_BLOCK_ELEMENTS = 1 << 19
"""Activations of one block of evaluation rows, so that memory stays bounded."""


class RowOutputs:
    """Passes over the features of the evaluation rows, (rows, features) on the device."""

    def __init__(self, population: Population, network: Network, features: FeatureTable) -> None:
        self._network = network
        self._heads = population.heads
        self._features = features
        members = population.seeds * population.heads
        widest = max(1, population.backbone.widest)
        self._block_rows = max(1, _BLOCK_ELEMENTS // (members * widest))

    def write(self, outputs: Tensor, *, last: bool = False) -> None:
        """Write u of all rows, (seeds, heads, rows)."""
        for start in range(0, len(self._features), self._block_rows):
            block = self._features.block(slice(start, start + self._block_rows))[None]
            lanes = self._network.forward(block)
            part = outputs[..., start : start + self._block_rows]
            part.copy_(lanes[:, : self._heads])
