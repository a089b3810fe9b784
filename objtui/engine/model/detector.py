"""The function of a population over images: a logit and box offsets of every anchor.

Anchors of an image are dense: one of every size at every cell, row by row, also those that reach
out of the image. z is one function, object minus background before the product, so that a
mirrored head with two neurons is its reference to the last bit.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from objtui.engine.model.conv import OFFSETS, Conv
from objtui.engine.model.population import Population


class DetectorOutputs(NamedTuple):
    """Of every anchor of some images, by member.

    Attributes:
        outputs: u, (images, seeds, heads, sizes, rows, columns).
        offsets: (images, seeds, heads, sizes, 4, rows, columns); None without boxes.
    """

    outputs: Tensor
    offsets: Tensor | None


class Detector:
    """Images → outputs and offsets of every member, and their gradients."""

    def __init__(self, population: Population) -> None:
        if not isinstance(population.backbone, Conv):
            raise TypeError(f"{type(population.backbone).__name__} is no backbone of images")
        self.backbone = population.backbone
        self._population = population
        self._trained_outputs: list[Tensor] = []  # of the last forward pass, for the backward one
        self._leaves: list[Tensor] = []

    def forward(self, images: Tensor, seeds: slice = slice(None)) -> DetectorOutputs:
        """Outputs of members of some seeds, which cannot be gone back through.

        Args:
            images: (images, groups · channels, height, width), standardised, sides multiples of
                the stride; `groups` is the number of these seeds, or 1 where they share them.
        """
        with torch.no_grad():
            return self._outputs(self._parameters(seeds), images)

    def forward_for_training(self, images: Tensor) -> DetectorOutputs:
        """As `forward`, of all seeds; what `backward` needs is kept."""
        self._leaves = [block.detach().requires_grad_() for block in self._parameters(slice(None))]
        with torch.enable_grad():
            result = self._outputs(self._leaves, images)
        self._trained_outputs = [each for each in result if each is not None]
        outputs, offsets = result
        return DetectorOutputs(outputs.detach(), None if offsets is None else offsets.detach())

    def backward(self, slopes: Tensor, offset_slopes: Tensor | None) -> None:
        """Write the gradient of the loss whose slopes by outputs and offsets these are.

        Belongs to the last call of `forward_for_training`; of the shapes of its outputs.
        """
        population = self._population
        given = [each for each in (slopes, offset_slopes) if each is not None]
        *backbone, weight, bias = torch.autograd.grad(self._trained_outputs, self._leaves, given)
        self._trained_outputs, self._leaves = [], []
        for block, gradient in zip(population.backbone_gradient, backbone, strict=True):
            block.copy_(gradient)
        function = torch.cat([weight, bias], dim=-1).transpose(0, 1)  # (heads, seeds, sizes, …)
        own, background = population.output_gradient.tensor_split([population.heads])
        own.copy_(function)
        torch.mul(function[: population.two_neuron], -population.background_factors, out=background)

    def _parameters(self, seeds: slice) -> list[Tensor]:
        """Those of the backbone in turn, then weights and bias of z: (seeds, heads, …) each."""
        population = self._population
        weight, bias = (
            block[seeds].clone(memory_format=torch.contiguous_format) for block in population.object
        )
        two = population.two_neuron
        for function, background in zip((weight, bias), population.background, strict=True):
            function[:, :two] -= background[seeds]
        return [*(block[seeds] for block in population.backbone_parameters), weight, bias]

    def _outputs(self, parameters: list[Tensor], images: Tensor) -> DetectorOutputs:
        *backbone, weight, bias = parameters
        seeds, heads, sizes, _ = weight.shape
        values = self.backbone.values(backbone, images)  # (images, members · units, rows, columns)
        shape = (len(images), seeds, heads, sizes)
        cells = values.shape[2:]
        outputs = _by_member(values, weight, bias).view(*shape, *cells)
        if self.backbone.boxes == "none":
            return DetectorOutputs(outputs, None)
        seen = values.detach() if self.backbone.boxes == "detached" else values
        offsets = _by_member(seen, *backbone[-2:])
        return DetectorOutputs(outputs, offsets.view(*shape, OFFSETS, *cells))


def _by_member(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A linear layer of each member's own at every cell: a product of matrices each, since grouped
    convolutions of kernel 1 are taken apart.

    Args:
        values: (images, members · units, rows, columns).
        weight, bias: (seeds, heads, outputs, units) and as many outputs.
    Returns:
        (images · members, outputs, cells).
    """
    images, (outputs, units) = len(values), weight.shape[2:]
    members = weight.shape[0] * weight.shape[1]
    weights = weight.reshape(1, members, outputs, units).expand(images, -1, -1, -1)
    biases = bias.reshape(1, members, outputs, 1).expand(images, -1, -1, -1)
    cells = values.view(images * members, units, -1)
    return torch.baddbmm(biases.flatten(0, 1), weights.flatten(0, 1), cells)
