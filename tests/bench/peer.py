"""The training loop that people write by hand: a model a head and seed, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

Criterion = Callable[[Tensor, Tensor], Tensor]

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}


class SigmoidMSELoss(nn.Module):
    """Squared error of p = sigmoid(u)."""

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        return nn.functional.mse_loss(output.sigmoid(), target)


@dataclass
class Member:
    """One model with its loss, its optimiser and the order of its batches."""

    model: nn.Module
    criterion: nn.Module
    optimizer: torch.optim.Optimizer
    two_neurons: bool
    shuffles: torch.Generator
    batch: int
    order: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))
    losses: list[Tensor] = field(default_factory=list)

    def step(self, features: Tensor, targets: Tensor) -> None:
        """One step on the next batch; the loss of each step is kept."""
        x, target = features, targets
        if self.batch < len(features):
            if len(self.order) < self.batch:
                order = torch.randperm(len(features), generator=self.shuffles)
                self.order = order.to(features.device)
            index, self.order = self.order[: self.batch], self.order[self.batch :]
            x, target = features[index], targets[index]
        self.optimizer.zero_grad()
        output = self.model(x)
        if self.two_neurons:
            loss = self.criterion(output, target.long())
        else:
            loss = self.criterion(output.squeeze(1), target)
        loss.backward()
        self.optimizer.step()
        self.losses.append(loss.detach())


def make_members(
    seeds: int,
    features: int,
    hidden: int | None,
    batch: int,
    optimizer: str,
    device: str = "cpu",
) -> list[Member]:
    """BCE, CE and MSE members of every seed."""
    members = []
    for seed in range(seeds):
        for neurons, criterion in (
            (1, nn.BCEWithLogitsLoss()),
            (2, nn.CrossEntropyLoss()),
            (1, SigmoidMSELoss()),
        ):
            torch.manual_seed(seed)
            model: nn.Module = (
                nn.Linear(features, neurons)
                if hidden is None
                else nn.Sequential(
                    nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, neurons)
                )
            )
            members.append(
                Member(
                    model.to(device),
                    criterion,
                    OPTIMIZERS[optimizer](model.parameters(), lr=1e-3),
                    neurons == 2,
                    torch.Generator().manual_seed(seed),
                    batch,
                )
            )
    return members
