"""What a backbone is: everything that the engine asks of the layers under the heads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor

from objtui.engine.model.activations import Activation
from objtui.scenario.schema import Model


class Cost(NamedTuple):
    """About what one member's backbone takes on two cores of a present-day CPU, in seconds.

    Attributes:
        dispatch: calling the operations of a step, all members together, whatever the rows.
        training: forward and backward.
        scoring: forward alone.
        passes: of `training`, what goes over activations one by one and is no product.
    """

    dispatch: float
    training: float
    scoring: float
    passes: float = 0.0


class Backbone(ABC):
    """The function under the heads: inputs → `units` values each, which the last layer is given.

    It keeps no state: its parameters are slices of those of the population. Each member has
    parameters of its own; a backbone without any is one function, which the members that see the
    same batch share. All of `rows` below count inputs: rows of a table, or cells of images.

    Attributes:
        shapes: of one member's parameters, in turn; empty for none.
        units: values of an input that the last layer is given.
        widest: most values that a layer makes of an input; 0 where it makes none.
        sizes: of the neurons that a head has for what they are given, `(anchor sizes,)` where an
            input has an anchor of every size; empty for one.
        neuron_sd: of the last layer's weights at the start, normal, with biases 0; None where
            they are those of torch.nn.Linear.
        can_be_compiled: whether steps with it can be compiled or recorded: its function is `hidden`
            layers with `activation` behind each, and nothing else.

    Args of the constructor:
        model: the scenario's settings.
        input_shape: of one input, (features,) for a row of a table; of a cell of an image
            (channels, anchor sizes).
    """

    shapes: tuple[tuple[int, ...], ...]
    units: int
    widest: int
    sizes: tuple[int, ...] = ()
    neuron_sd: float | None = None
    can_be_compiled: bool = False

    @abstractmethod
    def __init__(self, model: Model, input_shape: tuple[int, ...]) -> None: ...

    @property
    def has_parameters(self) -> bool:
        """Whether there is anything to train, so that members need each their own."""
        return bool(self.shapes)

    @property
    def parameters(self) -> int:
        """Number of one member's parameters."""
        return sum(map(prod, self.shapes))

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of `shapes` in turn, as exported parameters have them."""
        return tuple(f"parameters.{at}" for at in range(len(self.shapes)))

    @abstractmethod
    def initial(self, generator: torch.Generator) -> list[Tensor]:
        """One member's parameters at the start, float64, of `shapes`."""

    @abstractmethod
    def cost(self, rows: int) -> Cost:
        """What one member takes for a batch, or an evaluation, of so many rows."""

    @abstractmethod
    def activation_bytes(self, rows: int, dtype: torch.dtype) -> int:
        """Memory for what one member makes of a batch of so many rows, forward and backward."""


class RowBackbone(Backbone):
    """A backbone of rows of features; what `backward` needs is what `forward` returns.

    Attributes:
        inputs: features of a row.
        hidden: units of its layers in turn, each linear with an activation behind it.
        activation: of these; None where there is none.
        keeps_inputs: whether the values are the inputs themselves, a 1 behind them included.
    """

    inputs: int
    hidden: tuple[int, ...] = ()
    activation: Activation | None = None
    keeps_inputs: bool = False

    def views(self, blocks: Sequence[Tensor], groups: int) -> Sequence[Tensor]:
        """Parameters or gradients, each (seeds, heads, *shape), as `forward` and `backward` take
        them with batches of so many groups: views, made once. By default as they are.
        """
        return blocks

    @abstractmethod
    def forward(self, parameters: Sequence[Tensor], batch: Tensor) -> list[Tensor]:
        """The values of a batch.

        Args:
            parameters: what `views` makes of them.
            batch: (groups, inputs, *input_shape); `groups` is the number of seeds, or 1 where all
                seeds share it.
        Returns:
            What `backward` needs. Last come the values themselves, (members, rows, units), or
            (groups, rows, units) without parameters.
        """

    @abstractmethod
    def backward(
        self,
        parameters: Sequence[Tensor],
        gradient: Sequence[Tensor],
        batch: Tensor,
        kept: list[Tensor],
        slopes: Tensor,
    ) -> None:
        """Write the gradient of the mean loss over rows; never called without parameters.

        Args:
            parameters, batch: as `forward` was given them.
            gradient: what `views` makes of the gradients.
            kept: what `forward` returned.
            slopes: of each row's loss by its values, (members, units, rows); may be overwritten.
        """


def layer_names(layers: int) -> tuple[str, ...]:
    """Weight and bias of so many layers, as torch names them."""
    return tuple(f"layers.{at}.{part}" for at in range(layers) for part in ("weight", "bias"))
