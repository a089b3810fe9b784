"""The losses: their value, gradient and optimum as functions of the logit z.

A new loss is one entry of `LOSSES`. Every function works on tensors of any
shape and dtype through their methods alone, so that the names of the losses
are known where torch is not imported. Two-neuron losses are written in
z = object − background as well: dL/dz_object = dL/dz = −dL/dz_background.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

FARTHEST_LOGIT = 80.0
"""Stand-in for an infinite optimal logit: every loss is there at its limit to 1e-30."""

Value = Callable[["Tensor", "Tensor", float], "Tensor"]
Slope = Callable[["Tensor", "Tensor", "Tensor", float], None]
BestLogit = Callable[["Tensor", float], "Tensor"]


@dataclass(frozen=True, slots=True)
class Loss:
    """One loss.

    Attributes:
        neurons: neurons of the last layer, 1 or 2.
        value: (z, target, gamma) → loss of each row.
        slope_: (z, p, target, gamma), with p = sigmoid(z): turns p into dL/dz in place.
        best_logit: (target, gamma) → the z at which the loss of a row is least.
    """

    neurons: int
    value: Value
    slope_: Slope
    best_logit: BestLogit


def softplus(z: Tensor) -> Tensor:
    """ln(1 + e^z) = −ln(1 − sigmoid(z)), without overflow."""
    return z.logaddexp(z.new_zeros(()))


def cross_entropy(z: Tensor, target: Tensor, gamma: float) -> Tensor:
    """−t ln p − (1 − t) ln(1 − p), of one neuron or two."""
    return softplus(z).addcmul_(target, z, value=-1)


def cross_entropy_slope_(z: Tensor, p: Tensor, target: Tensor, gamma: float) -> None:
    """p − t."""
    p.sub_(target)


def logit_of_target(target: Tensor, gamma: float) -> Tensor:
    """ln(t / (1 − t)): the optimum of every proper loss."""
    return target.logit().clamp(-FARTHEST_LOGIT, FARTHEST_LOGIT)


def squared_error(z: Tensor, target: Tensor, gamma: float) -> Tensor:
    """(p − t)²."""
    return (z.sigmoid() - target).square()


def squared_error_slope_(z: Tensor, p: Tensor, target: Tensor, gamma: float) -> None:
    """2 (p − t) p (1 − p), at most 8/27 in size."""
    variance = p.addcmul(p, p, value=-1)
    p.sub_(target).mul_(variance)
    p.add_(p)  # as · 2, without turning a number into a tensor


def focal(z: Tensor, target: Tensor, gamma: float) -> Tensor:
    """−t (1 − p)^γ ln p − (1 − t) p^γ ln(1 − p) (Lin et al., Focal Loss, 2017)."""
    minus_log_q = softplus(z)  # −ln(1 − p)
    minus_log_p = minus_log_q - z
    positive = (minus_log_q * -gamma).exp() * minus_log_p
    negative = (minus_log_p * -gamma).exp() * minus_log_q
    return target * positive + (1 - target) * negative


def focal_slope_(z: Tensor, p: Tensor, target: Tensor, gamma: float) -> None:
    """t (1 − p)^γ (γ p ln p − (1 − p)) + (1 − t) p^γ (p − γ (1 − p) ln(1 − p))."""
    minus_log_q = softplus(z)
    minus_log_p = minus_log_q - z
    q = (-z).sigmoid()
    positive = (minus_log_q * -gamma).exp() * (gamma * p * minus_log_p + q)
    negative = (minus_log_p * -gamma).exp() * (gamma * q * minus_log_q + p)
    p.copy_((1 - target) * negative - target * positive)


def focal_best_logit(target: Tensor, gamma: float) -> Tensor:
    """By golden section, since no closed form is known; nearer to 0 than the logit of t."""
    ratio = (5**0.5 - 1) / 2
    low = target.new_full(target.shape, -FARTHEST_LOGIT)
    high = -low
    for _ in range(100):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        go_left = focal(left, target, gamma) <= focal(right, target, gamma)
        high, low = right.where(go_left, high), low.where(go_left, left)
    return (low + high) / 2


def raw_squared_error(z: Tensor, target: Tensor, gamma: float) -> Tensor:
    """(z − t)²: least squares on the logit itself."""
    return (z - target).square()


def raw_squared_error_slope_(z: Tensor, p: Tensor, target: Tensor, gamma: float) -> None:
    """2 (z − t)."""
    p.copy_(z).sub_(target).mul_(2)


def target_itself(target: Tensor, gamma: float) -> Tensor:
    """z = t, the optimum of `raw_squared_error`."""
    return target.clone()


LOSSES: dict[str, Loss] = {
    "bce": Loss(1, cross_entropy, cross_entropy_slope_, logit_of_target),
    "ce": Loss(2, cross_entropy, cross_entropy_slope_, logit_of_target),
    "mse": Loss(1, squared_error, squared_error_slope_, logit_of_target),
    "focal": Loss(1, focal, focal_slope_, focal_best_logit),
    "raw_mse": Loss(1, raw_squared_error, raw_squared_error_slope_, target_itself),
}
