"""The optimisers: their settings and how each updates parameters.

A new optimiser is a class and an entry of `OPTIMIZERS`; the keys of `[train]` and what the engine
does with them are read from these. Everything works on tensors through their methods alone, so
that the optimisers are known where torch is not imported.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from objtui.options import option

if TYPE_CHECKING:
    from types import ModuleType

    from torch import Tensor


FusedStep = Callable[[float, "Tensor"], None]
"""(learning rate, number of the step from 1, (), float32): takes the step."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Parameters with equal factors on rate and weight decay: views of all in which they lie.

    Attributes:
        parameters, gradient: a view a span.
        state: of every tensor that the optimiser keeps, a view a span.
        decay: their weight decay.
    """

    parameters: list[Tensor]
    gradient: list[Tensor]
    state: dict[str, list[Tensor]]
    decay: float


@dataclass(frozen=True, slots=True)
class Optimizer(ABC):
    """One optimiser with its settings, which are fields (`objtui.options`)."""

    default_decay: ClassVar[float] = 0.0
    """Weight decay where a scenario gives none."""
    decoupled: ClassVar[bool] = False
    """Whether weight decay is a step of its own, not a part of the gradient."""
    traceable: ClassVar[bool] = True
    """Whether `update_` is operations on tensors alone, which can be compiled and recorded."""

    def problems(self) -> Iterator[tuple[str, str]]:
        """Settings that do not fit together: the key of each, and what is wrong with it."""
        yield from ()

    def state(self) -> tuple[str, ...]:
        """Names of what it keeps beside the parameters: a tensor like them each, of 0 at first."""
        return ()

    @abstractmethod
    def update_(self, state: dict[str, Tensor], rate: Tensor, decay: Tensor, taken: Tensor) -> None:
        """Step state["parameters"] along state["gradient"], in place.

        Args:
            state: also what `state` names; (parameters,) each. The gradient is left as it is.
            rate, decay: learning rate and weight decay of every parameter, (parameters,).
                Parameters of rate 0 must not move.
            taken: the number of steps before this one, (), float64.
        """

    def fused(self, torch: ModuleType, parts: Parts) -> FusedStep | None:
        """A step of some parameters by a fused kernel of `torch`.

        None where there is no such kernel, and `update_` takes the steps.
        """
        return None


@dataclass(frozen=True, slots=True)
class Sgd(Optimizer):
    """Stochastic gradient descent, as torch.optim.SGD without dampening."""

    momentum: float = option(0.0, "Momentum", ge=0, lt=1)
    nesterov: bool = option(False, "Nesterov momentum")

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.nesterov and self.momentum == 0:
            yield "nesterov", "needs a momentum > 0"

    def state(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def update_(self, state: dict[str, Tensor], rate: Tensor, decay: Tensor, taken: Tensor) -> None:
        parameters = state["parameters"]
        direction = state["gradient"] + decay * parameters
        if self.momentum:
            velocity = state["velocity"].mul_(self.momentum).add_(direction)
            direction = direction + self.momentum * velocity if self.nesterov else velocity
        parameters.sub_(rate * direction)

    def fused(self, torch: ModuleType, parts: Parts) -> FusedStep:
        # The CPU's fused kernel leaves whole vectors of a half-precision tensor as they were.
        by_hand = parts.parameters[0].element_size() < 4
        kernel = partial(
            _sgd_by_hand_ if by_hand else torch._fused_sgd_,
            parts.parameters,
            parts.gradient,
            parts.state.get("velocity", []),
            weight_decay=parts.decay,
            momentum=self.momentum,
            dampening=0.0,
            nesterov=self.nesterov,
            maximize=False,
            is_first_step=False,
        )
        return lambda lr, count: kernel(lr=lr)


def _sgd_by_hand_(
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


@dataclass(frozen=True, slots=True)
class Adam(Optimizer):
    """Adam with coupled weight decay, as torch.optim.Adam (Kingma and Ba, 2015)."""

    betas: tuple[float, float] = option((0.9, 0.999), "Decay rates of the moments", ge=0, lt=1)
    eps: float = option(1e-8, "Term added to the denominator", gt=0)

    def state(self) -> tuple[str, ...]:
        return ("mean", "square")

    def update_(self, state: dict[str, Tensor], rate: Tensor, decay: Tensor, taken: Tensor) -> None:
        direction = state["gradient"] + decay * state["parameters"]
        self._update_along_(direction, state, rate, taken)

    def _update_along_(
        self, direction: Tensor, state: dict[str, Tensor], rate: Tensor, taken: Tensor
    ) -> None:
        parameters, mean, square = state["parameters"], state["mean"], state["square"]
        (beta1, beta2), dtype = self.betas, parameters.dtype
        mean.add_((1 - beta1) * (direction - mean))
        square.mul_(beta2).add_((1 - beta2) * direction * direction)
        unbiased_mean = (1 - beta1 ** (taken + 1)).to(dtype)
        unbiased_square = (1 - beta2 ** (taken + 1)).sqrt().to(dtype)
        parameters.sub_(rate / unbiased_mean * mean / (square.sqrt() / unbiased_square + self.eps))

    def fused(self, torch: ModuleType, parts: Parts) -> FusedStep:
        beta1, beta2 = self.betas
        spans = len(parts.parameters)
        kernel = partial(
            torch._fused_adamw_ if self.decoupled else torch._fused_adam_,
            parts.parameters,
            parts.gradient,
            parts.state["mean"],
            parts.state["square"],
            [],  # no running maximum of squares
            beta1=beta1,
            beta2=beta2,
            weight_decay=parts.decay,
            eps=self.eps,
            amsgrad=False,
            maximize=False,
        )
        return lambda lr, count: kernel([count] * spans, lr=lr)


@dataclass(frozen=True, slots=True)
class AdamW(Adam):
    """Adam with decoupled weight decay, as torch.optim.AdamW (Loshchilov and Hutter, 2019)."""

    default_decay = 0.01
    decoupled = True

    def update_(self, state: dict[str, Tensor], rate: Tensor, decay: Tensor, taken: Tensor) -> None:
        parameters = state["parameters"]
        parameters.sub_(rate * decay * parameters)
        self._update_along_(state["gradient"], state, rate, taken)


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": Sgd, "adam": Adam, "adamw": AdamW}
"""By name."""

DEFAULT_OPTIMIZER = "adamw"
