"""The losses: their value, slope and optimum as functions of the logit z.

A new loss is a `Formula` and an entry of `LOSSES`; everything else about it is read from these.
Every method works on tensors of any shape and dtype through their methods alone, so that the
losses are known where torch is not imported. Two-neuron losses are written in
z = object − background as well: dL/dz_object = dL/dz = −dL/dz_background.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from objtui.options import option

if TYPE_CHECKING:
    from torch import Tensor

FARTHEST_LOGIT = 80.0
"""Stand-in for an infinite optimal logit: every loss is there at its limit to 1e-30."""

_LN_2 = math.log(2)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """Limits of a number format.

    Attributes:
        least_power: the smallest number above 0 is 2 to the power of it.
        sigmoid_is_0: the logit below which sigmoid is 0: e^−z is beyond the largest number.
        sigmoid_is_1: the logit from which it is 1: 1 + e^−z rounds to 1.
    """

    least_power: int
    sigmoid_is_0: float
    sigmoid_is_1: float

    @property
    def underflow(self) -> float:
        """ln of the size from which a number rounds to 0, half the smallest one."""
        return (self.least_power - 1) * _LN_2


NUMBER_FORMATS = {
    "float32": NumberFormat(-149, -128 * _LN_2, 24 * _LN_2),
    "float64": NumberFormat(-1074, -1024 * _LN_2, 53 * _LN_2),
    # Computed in float32, then rounded: to 1 where 1 − p is at most 2⁻⁹.
    "bfloat16": NumberFormat(-133, -128 * _LN_2, math.log(511)),
}
"""By dtype."""


@dataclass(frozen=True, slots=True)
class Vanishing:
    """dL/dz is 0 where z ≤ low or z ≥ high; infinite where it never is."""

    low: float = -math.inf
    high: float = math.inf


ByClass = tuple[Vanishing, Vanishing]
"""Of background (t = 0) and of objects (t = 1)."""


@dataclass(frozen=True, slots=True)
class Formula(ABC):
    """The loss of a row as a function of its logit z and target t.

    Its options are fields (`objtui.options`). Losses with equal formulas are computed together.
    """

    proper: ClassVar[bool] = False
    """Whether the loss of rows of one p is least where p is their mean target."""

    @abstractmethod
    def value(self, z: Tensor, target: Tensor) -> Tensor:
        """The loss of each row."""

    @abstractmethod
    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        """Turn p = sigmoid(z) into dL/dz of each row, in place."""

    def best_logit(self, target: Tensor) -> Tensor:
        """The z at which the loss of a row is least.

        That of t where the formula is proper, else by golden section, for which the loss must
        fall up to there and rise behind.
        """
        if self.proper:
            return target.logit().clamp(-FARTHEST_LOGIT, FARTHEST_LOGIT)
        ratio = (5**0.5 - 1) / 2
        low = target.new_full(target.shape, -FARTHEST_LOGIT)
        high = -low
        for _ in range(100):
            left, right = high - ratio * (high - low), low + ratio * (high - low)
            go_left = self.value(left, target) <= self.value(right, target)
            high, low = right.where(go_left, high), low.where(go_left, left)
        return (low + high) / 2

    def vanishing(self, numbers: NumberFormat) -> ByClass | None:
        """Where dL/dz as `slope_` computes it is exactly 0; None where that is not known.

        p = sigmoid(z) is rounded first, so p − 1 of an object is 0 as soon as p rounds to 1,
        long before p of background is too small for any number but 0.
        """
        return None


def softplus(z: Tensor) -> Tensor:
    """ln(1 + e^z) = −ln(1 − sigmoid(z)), without overflow."""
    return z.logaddexp(z.new_zeros(()))


@dataclass(frozen=True, slots=True)
class CrossEntropy(Formula):
    """−t ln p − (1 − t) ln(1 − p), of one neuron or two."""

    proper = True

    def value(self, z: Tensor, target: Tensor) -> Tensor:
        return softplus(z).addcmul_(target, z, value=-1)

    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        """p − t."""
        p.sub_(target)

    def vanishing(self, numbers: NumberFormat) -> ByClass:
        return Vanishing(low=numbers.sigmoid_is_0), Vanishing(high=numbers.sigmoid_is_1)


@dataclass(frozen=True, slots=True)
class SquaredError(Formula):
    """(p − t)²."""

    proper = True

    def value(self, z: Tensor, target: Tensor) -> Tensor:
        return (z.sigmoid() - target).square()

    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        """2 (p − t) p (1 − p), at most 8/27 in size."""
        variance = p.addcmul(p, p, value=-1)
        p.sub_(target).mul_(variance)
        p.add_(p)  # as · 2, without turning a number into a tensor

    def vanishing(self, numbers: NumberFormat) -> ByClass:
        """Also where p is on the wrong side, and where p² of background underflows."""
        background = max(numbers.sigmoid_is_0, numbers.underflow / 2)
        one = numbers.sigmoid_is_1
        return Vanishing(background, one), Vanishing(numbers.sigmoid_is_0, one)


@dataclass(frozen=True, slots=True)
class Focal(Formula):
    """−t (1 − p)^γ ln p − (1 − t) p^γ ln(1 − p) (Lin et al., Focal Loss, 2017).

    Least nearer to z = 0 than the logit of t.
    """

    gamma: float = option(2.0, "Focusing exponent", ge=0)

    def value(self, z: Tensor, target: Tensor) -> Tensor:
        minus_log_q = softplus(z)  # −ln(1 − p)
        minus_log_p = minus_log_q - z
        positive = (minus_log_q * -self.gamma).exp() * minus_log_p
        negative = (minus_log_p * -self.gamma).exp() * minus_log_q
        return target * positive + (1 - target) * negative

    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        """t (1 − p)^γ (γ p ln p − (1 − p)) + (1 − t) p^γ (p − γ (1 − p) ln(1 − p))."""
        gamma = self.gamma
        minus_log_q = softplus(z)
        minus_log_p = minus_log_q - z
        q = (-z).sigmoid()
        positive = (minus_log_q * -gamma).exp() * (gamma * p * minus_log_p + q)
        negative = (minus_log_p * -gamma).exp() * (gamma * q * minus_log_q + p)
        p.copy_((1 - target) * negative - target * positive)

    def vanishing(self, numbers: NumberFormat) -> ByClass:
        """On the right side (γ + 1) p^(γ + 1) of background, which underflows.

        Of objects (1 − p)^(γ + 1) is left, as −ln p rounds to 0 before; 1 − p is not rounded by
        way of p.
        """
        gamma = self.gamma
        farthest = -numbers.sigmoid_is_0
        background = (math.log(gamma + 1) - numbers.underflow) / (gamma + 1)
        objects = -numbers.underflow / (gamma + 1)
        return Vanishing(low=-min(farthest, background)), Vanishing(high=min(farthest, objects))


@dataclass(frozen=True, slots=True)
class RawSquaredError(Formula):
    """(z − t)²: least squares on the logit itself."""

    def value(self, z: Tensor, target: Tensor) -> Tensor:
        return (z - target).square()

    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        """2 (z − t)."""
        p.copy_(z).sub_(target).mul_(2)

    def best_logit(self, target: Tensor) -> Tensor:
        """z = t."""
        return target.clone()

    def vanishing(self, numbers: NumberFormat) -> ByClass:
        """At its optimum alone."""
        return Vanishing(), Vanishing()


@dataclass(frozen=True, slots=True)
class Loss:
    """What a head's `loss` may name.

    Attributes:
        formula: the class of its formula, which has the loss's options.
        neurons: neurons of the last layer, 1 or 2 (background, object).
        sigmoid: whether it applies a sigmoid to the one neuron's output, as opposed to a
            softmax or nothing: only there can a second one be put before it.
        twin: the loss of one neuron that has the same formula; a head can mirror one with it.
    """

    formula: type[Formula]
    neurons: int = 1
    sigmoid: bool = True
    twin: str | None = None


LOSSES: dict[str, Loss] = {
    "bce": Loss(CrossEntropy),
    "ce": Loss(CrossEntropy, neurons=2, sigmoid=False, twin="bce"),
    "mse": Loss(SquaredError),
    "focal": Loss(Focal),
    "raw_mse": Loss(RawSquaredError, sigmoid=False),
}
"""By name."""


def log_loss(neurons: int) -> str:
    """The name of the log loss on so many neurons."""
    return next(
        name
        for name, loss in LOSSES.items()
        if loss.formula is CrossEntropy and loss.neurons == neurons
    )


def gives_logits(name: str) -> bool:
    """Whether z of such a head is a logit, as opposed to a score fitted to the targets themselves.

    What a file calls a loss that is none of these counts as one that does.
    """
    return name not in LOSSES or LOSSES[name].formula is not RawSquaredError
