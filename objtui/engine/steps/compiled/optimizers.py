"""The steps of `engine.optimizers`, in elementwise operations for a compiled step to fuse."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from objtui.scenario.schema import Train

PlainStep = Callable[[dict[str, Tensor], Tensor, Tensor, Tensor, Train], None]
"""(state, rate, decay, taken, train): steps state["parameters"] along state["gradient"].

`state` holds what the optimiser of that name keeps, too. `rate` and `decay` are those of
every parameter, (parameters,); `taken` is the number of steps before this one, float64.
"""


def sgd_(
    state: dict[str, Tensor], rate: Tensor, decay: Tensor, taken: Tensor, train: Train
) -> None:
    """Stochastic gradient descent, as torch.optim.SGD without dampening."""
    parameters = state["parameters"]
    direction = state["gradient"] + decay * parameters
    if train.momentum:
        velocity = state["velocity"].mul_(train.momentum).add_(direction)
        direction = direction + train.momentum * velocity if train.nesterov else velocity
    parameters.sub_(rate * direction)


def adam_(
    state: dict[str, Tensor], rate: Tensor, decay: Tensor, taken: Tensor, train: Train
) -> None:
    """Adam with coupled weight decay, as torch.optim.Adam."""
    parameters = state["parameters"]
    _adam_(state, state["gradient"] + decay * parameters, rate, taken, train)


def adamw_(
    state: dict[str, Tensor], rate: Tensor, decay: Tensor, taken: Tensor, train: Train
) -> None:
    """Adam with decoupled weight decay, as torch.optim.AdamW."""
    parameters = state["parameters"]
    parameters.sub_(rate * decay * parameters)
    _adam_(state, state["gradient"], rate, taken, train)


def _adam_(
    state: dict[str, Tensor], direction: Tensor, rate: Tensor, taken: Tensor, train: Train
) -> None:
    parameters, mean, square = state["parameters"], state["mean"], state["square"]
    (beta1, beta2), dtype = train.betas, parameters.dtype
    mean.add_((1 - beta1) * (direction - mean))
    square.mul_(beta2).add_((1 - beta2) * direction * direction)
    unbiased_mean = (1 - beta1 ** (taken + 1)).to(dtype)
    unbiased_square = (1 - beta2 ** (taken + 1)).sqrt().to(dtype)
    parameters.sub_(rate / unbiased_mean * mean / (square.sqrt() / unbiased_square + train.eps))


PLAIN_STEPS: dict[str, PlainStep] = {"sgd": sgd_, "adam": adam_, "adamw": adamw_}
