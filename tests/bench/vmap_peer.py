"""A population as torch.func has it: gradients by vmap over seeds, stacked parameters.

Under torch.compile the gradients and the optimiser's step are compiled.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad_and_value, vmap
from torch.nn import functional

from objtui.engine.data.dataset import Rows
from tests.bench.cases import Case
from tests.bench.peer import OPTIMIZERS

NEURONS = {"bce": 1, "ce": 2, "mse": 1}
Parameters = dict[str, Tensor]


class VmapPeer:
    """The three heads of every seed; each seed has its own order of batches."""

    def __init__(
        self, rows: Rows, case: Case, optimizer: str, device: str, *, compiled: bool
    ) -> None:
        self._features, self._targets = rows.features.to(device), rows.targets.to(device)
        self._case = case
        self._shuffles = [torch.Generator().manual_seed(seed) for seed in range(case.seeds)]
        self._order = torch.empty(case.seeds, 0, dtype=torch.int64)
        self._parameters = start(case, rows.features.shape[1], device)
        self._values = {name: value.detach() for name, value in self._parameters.items()}
        of_batch = None if case.batch == len(rows) else 0
        self._gradients: Callable[..., tuple[Parameters, tuple[Tensor, Tensor]]] = vmap(
            grad_and_value(losses, has_aux=True), in_dims=(0, of_batch, of_batch)
        )
        self._optimizer = OPTIMIZERS[optimizer](self._parameters.values(), lr=1e-3)
        self._update: Callable[[], object] = self._optimizer.step
        if compiled:
            torch._dynamo.reset()
            self._gradients = torch.compile(self._gradients)
            self._update = torch.compile(self._optimizer.step)
        self.losses: list[Tensor] = []

    def step(self) -> int:
        """One population step; the loss of each member is kept."""
        x, target = self._batch()
        gradients, (_, each) = self._gradients(self._values, x, target)
        for name, parameter in self._parameters.items():
            parameter.grad = gradients[name]
        self._update()
        self.losses.append(each)
        return 1

    def _batch(self) -> tuple[Tensor, Tensor]:
        features, targets = self._features, self._targets
        batch = self._case.batch
        if batch == len(features):
            return features, targets
        if self._order.shape[1] < batch:
            orders = [torch.randperm(len(features), generator=one) for one in self._shuffles]
            self._order = torch.stack(orders).to(features.device)
        index, self._order = self._order[:, :batch], self._order[:, batch:]
        return features[index], targets[index]


def start(case: Case, features: int, device: str) -> Parameters:
    """Parameters of every head, (seeds, …)."""
    generator = torch.Generator().manual_seed(0)
    parameters = {}
    for head, neurons in NEURONS.items():
        widths = [features, *([case.hidden] if case.hidden else []), neurons]
        for depth in range(len(widths) - 1):
            fan_in, out = widths[depth : depth + 2]
            draws = torch.rand(case.seeds, out, fan_in + 1, generator=generator) * 2 - 1
            draws = (draws / fan_in**0.5).to(device)
            parameters[f"{head}.{depth}.weight"] = draws[..., :-1].contiguous().requires_grad_()
            parameters[f"{head}.{depth}.bias"] = draws[..., -1].contiguous().requires_grad_()
    return parameters


def losses(parameters: Parameters, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Of one seed: the sum of its heads' losses, and each."""
    outputs = {head: forward(parameters, head, x) for head in NEURONS}
    each = torch.stack(
        [
            functional.binary_cross_entropy_with_logits(outputs["bce"].squeeze(1), target),
            functional.cross_entropy(outputs["ce"], target.long()),
            functional.mse_loss(outputs["mse"].squeeze(1).sigmoid(), target),
        ]
    )
    return each.sum(), each


def forward(parameters: Parameters, head: str, x: Tensor) -> Tensor:
    """The outputs of one head's neurons: (rows, neurons)."""
    depth, parts = 0, ("weight", "bias")
    while f"{head}.{depth + 1}.weight" in parameters:
        x = functional.linear(x, *(parameters[f"{head}.{depth}.{part}"] for part in parts)).relu()
        depth += 1
    return functional.linear(x, *(parameters[f"{head}.{depth}.{part}"] for part in parts))
