"""Convolutions of each member's own over whole images, all members as one grouped convolution.

A cell is a square of `stride` pixels, whose middle is the centre of its anchors: every layer is
padded by (kernel − stride) / 2, so that what comes out lies centred on what went in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod, sqrt

import torch
from torch import Tensor
from torch.nn import functional

from objtui.engine.model.backbone import Backbone, Cost, layer_names
from objtui.engine.model.initial import Layer, draw_normal
from objtui.scenario.schema import Model

NEURON_SD = 0.01
"""Of the weights behind the last layer of convolutions at the start (Lin et al. 2017, 4.1)."""

OFFSETS = 4
"""Of a box from its anchor: dx / w, dy / h, ln w, ln h."""

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu_,  # in place where the slope follows from the result
    "tanh": torch.tanh_,
    "silu": functional.silu,
    "gelu": functional.gelu,
}


class Conv(Backbone):
    """Layers of convolution, each with an activation behind it, and offsets of boxes beside heads.

    Parameters are weight (channels, channels before, kernel, kernel) and bias (channels,) of each
    layer in turn, then, unless boxes are "none", weight (sizes · 4, units) and bias (sizes · 4,)
    of the offsets. Weights start normal with variance 2 / fan-in (He et al. 2015), biases at 0.

    Attributes:
        channels: of an image.
        stride: pixels of a side of a cell.
        receptive_field: pixels of a side of what a cell's values depend on.
        boxes: as `Model.boxes`.
    """

    neuron_sd = NEURON_SD

    def __init__(self, model: Model, input_shape: tuple[int, ...]) -> None:
        self.channels, sizes = input_shape
        self.sizes = (sizes,)
        self.boxes = model.boxes
        self.units = model.layers[-1][0]
        self.stride = prod(stride for _, _, stride in model.layers)
        self.receptive_field = 1
        self._layers = model.layers
        self._activation = _ACTIVATIONS[model.activation]
        shapes: list[tuple[int, ...]] = []
        outputs, products = [], []  # of a cell, by layer
        before, step = self.channels, 1
        for channels, kernel, stride in model.layers:
            shapes += [(channels, before, kernel, kernel), (channels,)]
            self.receptive_field += (kernel - 1) * step
            step *= stride
            outputs.append(channels * (self.stride // step) ** 2)
            products.append(outputs[-1] * before * kernel * kernel)
            before = channels
        offsets = 0 if self.boxes == "none" else sizes * OFFSETS
        if offsets:
            shapes += [(offsets, self.units), (offsets,)]
        self.shapes = tuple(shapes)
        self.widest = max(outputs)
        self._outputs = sum(outputs) + sizes + offsets
        self._products = sum(products) + (sizes + offsets) * self.units

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Those of the offsets come last, where there are any."""
        names = layer_names(len(self.shapes) // 2)
        if self.boxes == "none":
            return names
        return (*names[:-2], "offsets.weight", "offsets.bias")

    def initial(self, generator: torch.Generator) -> list[Tensor]:
        layers: list[Layer] = []
        for weight, bias in zip(self.shapes[::2], self.shapes[1::2], strict=True):
            convolves = len(weight) == 4
            sd = sqrt(2 / prod(weight[1:])) if convolves else NEURON_SD
            layers.append(draw_normal(weight, bias, sd, generator))
        return [block for layer in layers for block in layer]

    def values(self, parameters: Sequence[Tensor], images: Tensor) -> Tensor:
        """The values of every cell; autograd goes through it.

        Args:
            parameters: each (seeds, heads, *shape).
            images: (images, groups · channels, height, width), sides multiples of the stride;
                `groups` is the number of seeds, or 1 where all seeds share the images.
        Returns:
            (images, members · units, rows, columns).
        """
        x = images
        for depth, (_, kernel, stride) in enumerate(self._layers):
            weight, bias = parameters[2 * depth : 2 * depth + 2]
            members = weight.shape[0] * weight.shape[1]
            x = functional.conv2d(
                x,
                weight.flatten(0, 2),
                bias.flatten(),
                stride=stride,
                padding=(kernel - stride) // 2,
                groups=members if depth else images.shape[1] // self.channels,
            )
            x = self._activation(x)
        return x

    def cost(self, rows: int) -> Cost:
        return Cost(
            dispatch=0.5e-3,
            training=rows * (self._outputs * 3e-9 + self._products * 72e-12),
            scoring=rows * (self._outputs * 1e-9 + self._products * 30e-12),
        )

    def activation_bytes(self, rows: int, dtype: torch.dtype) -> int:
        return 3 * rows * self._outputs * dtype.itemsize
