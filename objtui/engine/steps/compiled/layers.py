"""Hidden layers in C: forward, backward and gradient of one seed's members.

Layer n of `room` has `x` and `a`, what goes into its activation and what comes out of it, and
`slope`, of what came out at first and then of what went in: (HEADS · units, BLOCK) each.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch

from objtui.engine.model.activations import Activation
from objtui.engine.model.backbone import RowBackbone
from objtui.engine.model.population import Population
from objtui.engine.steps.compiled.symbols import Trace


class Places:
    """Whole numbers that go with the number of seeds, given to the compiled code at each call.

    So runs and parts of runs have one program, whatever seeds they hold, and round alike.
    """

    def __init__(self) -> None:
        self.values: list[int] = []

    def code(self, value: int | torch.SymInt) -> str:
        """The number in the program."""
        self.values.append(int(value))
        return f"at[{len(self.values) - 1}]"


@dataclass(frozen=True, slots=True)
class HiddenLayer:
    """A layer of every member.

    Attributes:
        number: from 1.
        before, units: its sides.
        weight_at, bias_at: code for where its parameters of the first member lie in the flat
            tensor.
    """

    number: int
    before: int
    units: int
    weight_at: str
    bias_at: str
    activation: Activation

    @property
    def weights(self) -> str:
        """Where those of member 0 of a seed begin, in the flat tensor."""
        return f"{self.weight_at} + seed * HEADS * {self.units * self.before}"

    @property
    def biases(self) -> str:
        """Likewise."""
        return f"{self.bias_at} + seed * HEADS * {self.units}"

    @property
    def room(self) -> str:
        """Its part of the room to work in."""
        n, units = self.number, self.units
        return f"""
    real x{n}[HEADS * {units}][BLOCK];
    real a{n}[HEADS * {units} + SQUARE][BLOCK]; /* the last head's are read in whole squares */
    real slope{n}[HEADS * {units}][BLOCK], by_row{n}[BLOCK][PADDED({units})];
    real weight_sum{n}[HEADS * {units}][PADDED({self.before})], bias_sum{n}[HEADS * {units}];"""

    @property
    def zeroed(self) -> str:
        """The sums of a gradient before any row."""
        n = self.number
        return f"""memset(room->weight_sum{n}, 0, sizeof room->weight_sum{n});
memset(room->bias_sum{n}, 0, sizeof room->bias_sum{n});"""

    def forward(self, constants: list[float]) -> str:
        """The activations of a block."""
        n, units, before = self.number, self.units, self.before
        trace = Trace(constants, "v")
        activated = trace.code(self.activation.apply_(trace.tensor("x")))
        if n == 1:  # all members of a seed see one batch
            product = f"""
add_product(HEADS * {units}, BLOCK, {before}, parameters + {self.weights}, {before}, 1,
            room->features[0], BLOCK, room->x1[0], BLOCK);"""
        else:
            product = f"""
for (int h = 0; h < HEADS; h++)
    add_product({units}, BLOCK, {before}, parameters + {self.weights} + h * {units * before},
                {before}, 1, room->a{n - 1}[h * {before}], BLOCK, room->x{n}[h * {units}],
                BLOCK);"""
        return f"""
for (int i = 0; i < HEADS * {units}; i++)
    for (int r = 0; r < BLOCK; r++) room->x{n}[i][r] = parameters[{self.biases} + i];{product}
for (int i = 0; i < HEADS * {units}; i++) {{
#pragma omp simd
    for (int r = 0; r < BLOCK; r++) {{
        const real x = room->x{n}[i][r];
        {trace.text}
        room->a{n}[i][r] = {activated};
    }}
}}"""

    def backward(self, constants: list[float]) -> str:
        """A block's part of the gradient, and the slopes of the layer below."""
        n, units = self.number, self.units
        trace = Trace(constants, "v")
        slope = trace.code(self.activation.backward_(*map(trace.tensor, ("slope", "x", "a"))))
        return f"""
for (int i = 0; i < HEADS * {units}; i++) {{
    real total = 0;
#pragma omp simd reduction(+ : total)
    for (int r = 0; r < BLOCK; r++) {{
        const real x = room->x{n}[i][r], a = room->a{n}[i][r], slope = room->slope{n}[i][r];
        {trace.text}
        room->slope{n}[i][r] = {slope};
        total += {slope};
    }}
    room->bias_sum{n}[i] += total;
}}{self._first_sums if n == 1 else self._later_sums}"""

    @property
    def _first_sums(self) -> str:
        return f"""
add_product(HEADS * {self.units}, FEATURES_PADDED, BLOCK, room->slope1[0], BLOCK, 1,
            room->batch[0], FEATURES_PADDED, room->weight_sum1[0], FEATURES_PADDED);"""

    @property
    def _later_sums(self) -> str:
        n, units, before, below = self.number, self.units, self.before, self.number - 1
        return f"""
memset(room->slope{below}, 0, sizeof room->slope{below});
for (int h = 0; h < HEADS; h++) {{
    transpose({before}, BLOCK, room->a{below}[h * {before}], BLOCK, room->by_row{below}[0],
              PADDED({before}));
    add_product({units}, PADDED({before}), BLOCK, room->slope{n}[h * {units}], BLOCK, 1,
                room->by_row{below}[0], PADDED({before}), room->weight_sum{n}[h * {units}],
                PADDED({before}));
    add_product({before}, BLOCK, {units}, parameters + {self.weights} + h * {units * before}, 1,
                {before}, room->slope{n}[h * {units}], BLOCK, room->slope{below}[h * {before}],
                BLOCK);
}}"""

    @property
    def gradient(self) -> str:
        """The mean over rows, where it belongs."""
        n, units, before = self.number, self.units, self.before
        return f"""
for (int i = 0; i < HEADS * {units}; i++) {{
    real *weight = gradient + {self.weights} + i * {before};
    for (int j = 0; j < {before}; j++) weight[j] = room->weight_sum{n}[i][j] * per_row;
    gradient[{self.biases} + i] = room->bias_sum{n}[i] * per_row;
}}"""


def hidden_layers(
    population: Population, backbone: RowBackbone, places: Places
) -> list[HiddenLayer]:
    """Those of a backbone, in turn; none where it has none."""
    if backbone.activation is None:
        return []
    starts = [places.code(block.storage_offset()) for block in population.backbone_parameters]
    widths = pairwise((backbone.inputs, *backbone.hidden))
    sides = zip(widths, starts[::2], starts[1::2], strict=True)
    return [
        HiddenLayer(number, before, units, weight, bias, backbone.activation)
        for number, ((before, units), weight, bias) in enumerate(sides, 1)
    ]
