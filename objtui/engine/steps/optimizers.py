"""Optimisers over one flat tensor, each as torch.optim's, with a rate and a weight decay of
its own for every parameter. A new one is a class and one entry of `OPTIMIZERS`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor

from objtui.scenario.schema import Train


@dataclass(frozen=True, slots=True)
class _Factors:
    """Parameters that share their factors on rate and weight decay: some spans of the flat
    tensor, of which a fused step takes all at once."""

    rate: float
    decay: float
    spans: tuple[slice, ...]

    def parts(self, flat: Tensor) -> list[Tensor]:
        """Views of a tensor that is laid out as the parameters."""
        return [flat[span] for span in self.spans]


class Optimizer(ABC):
    """Steps `parameters` in place, by the fused kernels of torch.optim.

    Args:
        parameters: (parameters,).
        train: the scenario's settings.
        rate, decay: factors on rate and weight decay, (parameters,). Parameters of
            rate 0 never move.
    """

    def __init__(self, parameters: Tensor, train: Train, rate: Tensor, decay: Tensor) -> None:
        self._train = train
        self._parameters = parameters
        self._by_factors = _by_factors(rate, decay)
        self._gradient: Tensor | None = None
        self._kernels: list[Callable[..., None]] = []

    def step(self, gradient: Tensor, lr: float, taken: int) -> None:
        """One step along `gradient`, (parameters,), which is left as it is.

        `taken` is the number of steps before this one.
        """
        if gradient is not self._gradient:  # it is the same tensor at every step of a training
            self._gradient = gradient
            self._kernels = [self._kernel(gradient, factors) for factors in self._by_factors]
        for factors, kernel in zip(self._by_factors, self._kernels, strict=True):
            kernel(lr=lr * factors.rate)

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """The tensors that decide later steps, updated in place."""

    @abstractmethod
    def _kernel(self, gradient: Tensor, factors: _Factors) -> Callable[..., None]:
        """A step of the parameters with these factors; `lr` is left to be given."""


class Sgd(Optimizer):
    """Stochastic gradient descent, with momentum and Nesterov momentum."""

    def __init__(self, parameters: Tensor, train: Train, rate: Tensor, decay: Tensor) -> None:
        super().__init__(parameters, train, rate, decay)
        self._velocity = torch.zeros_like(parameters) if train.momentum else None

    def state(self) -> dict[str, Tensor]:
        return {} if self._velocity is None else {"velocity": self._velocity}

    def _kernel(self, gradient: Tensor, factors: _Factors) -> Callable[..., None]:
        # The CPU's fused kernel leaves whole vectors of a half-precision tensor as they were.
        by_hand = self._parameters.element_size() < 4
        return partial(
            _plain_sgd_ if by_hand else torch._fused_sgd_,
            factors.parts(self._parameters),
            factors.parts(gradient),
            [] if self._velocity is None else factors.parts(self._velocity),
            weight_decay=self._train.decay * factors.decay,
            momentum=self._train.momentum,
            dampening=0.0,
            nesterov=self._train.nesterov,
            maximize=False,
            is_first_step=False,
        )


def _plain_sgd_(
    parameters: list[Tensor],
    gradients: list[Tensor],
    velocities: list[Tensor],
    *,
    lr: float,
    weight_decay: float,
    momentum: float,
    nesterov: bool,
    **_: object,
) -> None:
    """What `torch._fused_sgd_` does without dampening, in operations of their own."""
    for position, (values, gradient) in enumerate(zip(parameters, gradients, strict=True)):
        direction = gradient.add(values, alpha=weight_decay)
        if velocities:
            velocity = velocities[position].mul_(momentum).add_(direction)
            direction = direction.add_(velocity, alpha=momentum) if nesterov else velocity
        values.add_(direction, alpha=-lr)


class Adam(Optimizer):
    """Adam with coupled weight decay (Kingma and Ba, 2015)."""

    _fused_: Callable[..., None] = staticmethod(torch._fused_adam_)

    def __init__(self, parameters: Tensor, train: Train, rate: Tensor, decay: Tensor) -> None:
        super().__init__(parameters, train, rate, decay)
        self._mean = torch.zeros_like(parameters)
        self._square = torch.zeros_like(parameters)
        # float32 counts exactly up to 2^24 steps, where corrections have long been 1
        self._steps = parameters.new_zeros((), dtype=torch.float32)

    def step(self, gradient: Tensor, lr: float, taken: int) -> None:
        self._steps.fill_(taken + 1)
        super().step(gradient, lr, taken)

    def state(self) -> dict[str, Tensor]:
        return {"mean": self._mean, "square": self._square}

    def _kernel(self, gradient: Tensor, factors: _Factors) -> Callable[..., None]:
        beta1, beta2 = self._train.betas
        return partial(
            self._fused_,
            factors.parts(self._parameters),
            factors.parts(gradient),
            factors.parts(self._mean),
            factors.parts(self._square),
            [],  # no running maximum of squares
            [self._steps] * len(factors.spans),
            beta1=beta1,
            beta2=beta2,
            weight_decay=self._train.decay * factors.decay,
            eps=self._train.eps,
            amsgrad=False,
            maximize=False,
        )


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019)."""

    _fused_ = staticmethod(torch._fused_adamw_)


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": Sgd, "adam": Adam, "adamw": AdamW}


def _by_factors(rate: Tensor, decay: Tensor) -> list[_Factors]:
    """The spans of equal factors, gathered by them; those of rate 0 are left out."""
    factors = torch.stack([rate, decay], dim=-1).cpu()  # (parameters, 2)
    changes = (factors[1:] != factors[:-1]).any(-1).nonzero().flatten() + 1
    edges = [0, *changes.tolist(), len(factors)]
    spans: dict[tuple[float, float], list[slice]] = {}
    for start, stop in pairwise(edges):
        own_rate, own_decay = factors[start].tolist()
        if own_rate != 0:
            spans.setdefault((own_rate, own_decay), []).append(slice(start, stop))
    return [_Factors(*shared, tuple(found)) for shared, found in spans.items()]


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
