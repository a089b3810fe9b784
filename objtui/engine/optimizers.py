"""The optimisers, on one flat tensor of all members' parameters.

Each does what its namesake in torch.optim does, with a rate and a decay of
its own for every parameter. A new one is a class and one entry of `OPTIMIZERS`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor

from objtui.scenario.schema import Train


class Optimizer(ABC):
    """Steps `parameters` in place.

    Most factors are 1, those of a mirrored last layer are not. Parameters with
    factors stand at the end, from `scaled_from` on, and take a pass of their own.

    Args:
        parameters: (parameters,).
        train: the scenario's settings.
        rate, decay: factors on rate and weight decay, (parameters,).
    """

    def __init__(self, parameters: Tensor, train: Train, rate: Tensor, decay: Tensor) -> None:
        self._train = train
        self._weight_decay = train.decay
        self._parameters = parameters
        factored = ((rate != 1) | (decay != 1)).nonzero()
        self._scaled_from = int(factored[0]) if len(factored) else len(parameters)
        self._plain, self._scaled = self._parts(parameters)
        self._any_plain = self._scaled_from > 0
        self._any_scaled = self._scaled_from < len(parameters)
        self._rate = rate[self._scaled_from :]
        self._decay = decay[self._scaled_from :]

    @abstractmethod
    def step(self, gradient: Tensor, lr: float, taken: int) -> None:
        """One step along `gradient`, (parameters,), which is left as it is.

        `taken` is the number of steps before this one.
        """

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """The tensors that decide later steps, updated in place."""

    def _parts(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """Views of the parameters without and with factors."""
        return flat[: self._scaled_from], flat[self._scaled_from :]

    def _with_coupled_decay(self, gradient: Tensor) -> Tensor:
        """gradient + decay · parameters, as torch.optim couples it."""
        if self._weight_decay == 0:
            return gradient
        decayed = torch.add(gradient, self._parameters, alpha=self._weight_decay)
        _, scaled = self._parts(gradient)
        self._parts(decayed)[1].copy_(
            torch.addcmul(scaled, self._scaled, self._decay, value=self._weight_decay)
        )
        return decayed


class Sgd(Optimizer):
    """Stochastic gradient descent, with momentum and Nesterov momentum."""

    def __init__(self, parameters: Tensor, train: Train, rate: Tensor, decay: Tensor) -> None:
        super().__init__(parameters, train, rate, decay)
        self._velocity = torch.zeros_like(parameters) if train.momentum else None

    def step(self, gradient: Tensor, lr: float, taken: int) -> None:
        direction = self._with_coupled_decay(gradient)
        if self._velocity is not None:
            momentum = self._train.momentum
            self._velocity.mul_(momentum).add_(direction)
            direction = (
                direction.add(self._velocity, alpha=momentum)
                if self._train.nesterov
                else self._velocity
            )
        plain, scaled = self._parts(direction)
        if self._any_plain:
            self._plain.add_(plain, alpha=-lr)
        if self._any_scaled:
            self._scaled.addcmul_(scaled, self._rate, value=-lr)

    def state(self) -> dict[str, Tensor]:
        return {} if self._velocity is None else {"velocity": self._velocity}


class Adam(Optimizer):
    """Adam with coupled weight decay (Kingma and Ba, 2015)."""

    decoupled = False

    def __init__(self, parameters: Tensor, train: Train, rate: Tensor, decay: Tensor) -> None:
        super().__init__(parameters, train, rate, decay)
        self._mean = torch.zeros_like(parameters)
        self._square = torch.zeros_like(parameters)
        self._buffer = torch.empty_like(parameters)
        self._scaled_buffer = self._parts(self._buffer)[1]
        self._rate_decay = self._rate * self._decay

    def step(self, gradient: Tensor, lr: float, taken: int) -> None:
        if self.decoupled:
            self._decay_parameters(lr * self._weight_decay)
        else:
            gradient = self._with_coupled_decay(gradient)
        steps = taken + 1
        beta1, beta2 = self._train.betas
        self._mean.lerp_(gradient, 1 - beta1)
        self._square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        # √v̂ + ε is scaled by √(1 − β₂ᵗ), which the step size takes back: one pass fewer.
        correction = math.sqrt(1 - beta2**steps)
        torch.sqrt(self._square, out=self._buffer).add_(self._train.eps * correction)
        if self._any_scaled:
            self._scaled_buffer.div_(self._rate)  # a rate of 0: an infinite denominator, no step
        size = lr * correction / (1 - beta1**steps)
        self._parameters.addcdiv_(self._mean, self._buffer, value=-size)

    def state(self) -> dict[str, Tensor]:
        return {"mean": self._mean, "square": self._square}

    def _decay_parameters(self, amount: float) -> None:
        if amount == 0:
            return
        if self._any_plain:
            self._plain.mul_(1 - amount)
        if self._any_scaled:
            self._scaled.addcmul_(self._scaled, self._rate_decay, value=-amount)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019)."""

    decoupled = True


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": Sgd, "adam": Adam, "adamw": AdamW}


def learning_rate(train: Train, step: int) -> float:
    """The rate of a step counted from 0: warm-up, then the schedule."""
    if step < train.warmup:
        return train.lr * (step + 1) / train.warmup
    if train.schedule == "constant":
        return train.lr
    done = (step - train.warmup) / (train.steps - train.warmup)
    return train.lr * (1 + math.cos(math.pi * done)) / 2


def clip_gradients_(gradients: list[Tensor], norms: Tensor, limits: Tensor) -> None:
    """Scale each member's gradient so that its norm is at most its limit.

    As torch.nn.utils.clip_grad_norm_, whose 1e-6 is scaled with the limit's
    factor so that a mirrored twin stays exact.

    Args:
        gradients: blocks (seeds, heads or two-neuron heads, …).
        norms: (seeds, heads).
        limits: (heads, 2), the limit and the factor within it.
    """
    scale = (limits[:, 0] / (norms + 1e-6 * limits[:, 1])).clamp_max_(1)  # (seeds, heads)
    for block in gradients:
        of_block = scale[:, : block.shape[1]]
        block.mul_(of_block.reshape(of_block.shape + (1,) * (block.dim() - 2)))
