"""The steps of an optimiser over one flat tensor, with a rate and a weight decay of its own for
every parameter; the learning rate over the steps, and clipping.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from objtui.optimizers import FusedStep, Parts
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


_COUNTED = 64
"""Steps whose numbers are made at once: each is a tensor."""

AVERAGE = "average"
"""The name of the moving average among the tensors that decide later steps and scores."""


@dataclass(frozen=True, slots=True)
class Average:
    """An exponential moving average of parameters, which begins at their start.

    Attributes:
        decay: what of the average stays at each step.
    """

    decay: float

    @classmethod
    def of(cls, train: Train) -> Average | None:
        """What a scenario asks for; None where the parameters themselves are scored."""
        return None if train.ema is None else cls(train.ema)

    def follow_(self, average: Tensor, parameters: Tensor) -> None:
        """Average ← decay · average + (1 − decay) · parameters."""
        average.lerp_(parameters, 1 - self.decay)


class Updates:
    """Steps `parameters` in place by the scenario's optimiser: by torch's fused kernels where
    it has some.

    Attributes:
        state: the tensors that decide later steps, updated in place.

    Args:
        parameters: (parameters,).
        train: the scenario's settings.
        rate, decay: factors on rate and weight decay, (parameters,). Parameters of
            rate 0 never move.
    """

    def __init__(self, parameters: Tensor, train: Train, rate: Tensor, decay: Tensor) -> None:
        self._optimizer = train.update_rule
        self._decay = train.decay
        self._parameters = parameters
        self._factors = rate, decay
        self._by_factors = _by_factors(rate, decay)
        self.state = {name: torch.zeros_like(parameters) for name in self._optimizer.state()}
        self._average = Average.of(train)
        if self._average is not None:
            self.state[AVERAGE] = parameters.clone()
        self._first_counted = -1
        self._counts: tuple[Tensor, ...] = ()
        self._gradient: Tensor | None = None
        self._kernels: list[tuple[float, FusedStep]] = []

    def step(self, gradient: Tensor, lr: float, taken: int) -> None:
        """One step along `gradient`, (parameters,), which is left as it is.

        `taken` is the number of steps before this one.
        """
        if gradient is not self._gradient:  # it is the same tensor at every step of a training
            self._gradient = gradient
            kernels = [(each.rate, self._kernel(gradient, each)) for each in self._by_factors]
            self._kernels = [(rate, kernel) for rate, kernel in kernels if kernel is not None]
        if not self._kernels:
            self._update(gradient, lr, taken)
        else:
            count = self._count(taken)
            for rate, kernel in self._kernels:
                kernel(lr * rate, count)
        if self._average is not None:
            self._average.follow_(self.state[AVERAGE], self._parameters)

    def _count(self, taken: int) -> Tensor:
        """The number of the step, (), of some that are made at once."""
        place = taken % _COUNTED
        if taken - place != self._first_counted:
            self._first_counted = taken - place
            # float32 counts exactly up to 2^24 steps, where corrections have long been 1
            device = self._parameters.device
            numbers = torch.arange(_COUNTED, dtype=torch.int64, device=device)
            self._counts = (numbers + (self._first_counted + 1)).float().unbind()
        return self._counts[place]

    def _kernel(self, gradient: Tensor, factors: _Factors) -> FusedStep | None:
        """A step of the parameters with these factors."""
        parts = Parts(
            parameters=factors.parts(self._parameters),
            gradient=factors.parts(gradient),
            state={name: factors.parts(values) for name, values in self.state.items()},
            decay=self._decay * factors.decay,
        )
        return self._optimizer.fused(torch, parts)

    def _update(self, gradient: Tensor, lr: float, taken: int) -> None:
        """A step of all parameters at once, without a fused kernel."""
        rate, decay = self._factors
        self._optimizer.update_(
            {"parameters": self._parameters, "gradient": gradient, **self.state},
            (lr * rate).to(self._parameters),
            (self._decay * decay).to(self._parameters),
            torch.tensor(taken, dtype=torch.float64, device=self._parameters.device),
        )


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
    return [_Factors(*shared, tuple(of_factors)) for shared, of_factors in spans.items()]


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
