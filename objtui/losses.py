"""The losses: their value, slope and optimum as functions of the logit z.

A new loss is a `Formula` and an entry of `LOSSES`; everything else about it is read from these.
Every method works on tensors of any shape and dtype through their methods alone, so that the
losses are known where torch is not imported. Two-neuron losses are written in
z = object − background as well: dL/dz_object = dL/dz = −dL/dz_background.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from objtui.options import option

if TYPE_CHECKING:
    from torch import Tensor

FARTHEST_LOGIT = 80.0
"""Stand-in for an infinite optimal logit: every loss is there at its limit to 1e-30."""

_LN_2 = math.log(2)

_ALPHA = (
    "Class weight α (in focal of objects, with 1 − α of background; in varifocal of background)"
)


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
    needs_both_classes: ClassVar[bool] = False
    """Whether it has no value where all training rows are of one class."""

    def with_share(self, positive_share: float) -> Formula:
        """The formula where this share of the rows that are trained on is positive."""
        return self

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
            return _logit(target)
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

    With α the first term is weighted by α, the second by 1 − α. Least nearer to z = 0 than the
    logit of t.
    """

    gamma: float = option(2.0, "Focusing exponent", ge=0)
    alpha: float | None = option(None, _ALPHA, gt=0, lt=1)

    def value(self, z: Tensor, target: Tensor) -> Tensor:
        minus_log_q = softplus(z)  # −ln(1 − p)
        minus_log_p = minus_log_q - z
        positive = (minus_log_q * -self.gamma).exp() * minus_log_p
        negative = (minus_log_p * -self.gamma).exp() * minus_log_q
        positive, negative = self._weighted(positive, negative)
        return target * positive + (1 - target) * negative

    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        """t (1 − p)^γ (γ p ln p − (1 − p)) + (1 − t) p^γ (p − γ (1 − p) ln(1 − p))."""
        gamma = self.gamma
        minus_log_q = softplus(z)
        minus_log_p = minus_log_q - z
        q = (-z).sigmoid()
        # Weighted before the powers: only the last product is to underflow.
        positive, negative = self._weighted(
            gamma * p * minus_log_p + q, gamma * q * minus_log_q + p
        )
        positive = (minus_log_q * -gamma).exp() * positive
        negative = (minus_log_p * -gamma).exp() * negative
        p.copy_((1 - target) * negative - target * positive)

    def _weighted(self, positive: Tensor, negative: Tensor) -> tuple[Tensor, Tensor]:
        if self.alpha is None:
            return positive, negative
        return positive * self.alpha, negative * (1 - self.alpha)

    def vanishing(self, numbers: NumberFormat) -> ByClass:
        """On the right side (γ + 1) p^(γ + 1) of background, which underflows.

        Of objects (1 − p)^(γ + 1) is left, as −ln p rounds to 0 before; 1 − p is not rounded by
        way of p.
        """
        of_objects, of_background = (
            (1.0, 1.0) if self.alpha is None else (self.alpha, 1 - self.alpha)
        )
        background = _underflows_below(self.gamma, of_background, numbers)
        objects = _underflows_above(self.gamma, of_objects, numbers)
        return Vanishing(low=background), Vanishing(high=objects)


@dataclass(frozen=True, slots=True)
class Quality(Formula):
    """|t − p|^β B, where B is cross-entropy (Li et al., Generalized Focal Loss, 2020, eq. 3).

    For hard targets focal loss with γ = β; made for targets that are overlaps.
    """

    beta: float = option(2.0, "Exponent of |t − p|", ge=1)

    def value(self, z: Tensor, target: Tensor) -> Tensor:
        return (z.sigmoid() - target).abs() ** self.beta * (softplus(z) - target * z)

    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        """|p − t|^β (p − t) + β |p − t|^(β − 1) sgn(p − t) p (1 − p) B."""
        entropy = softplus(z) - target * z
        variance = p * (-z).sigmoid()
        p.sub_(target)
        size = p.abs()
        by_weight = self.beta * variance * entropy * p.sign()
        p.copy_(size ** (self.beta - 1) * (size * p + by_weight))

    def best_logit(self, target: Tensor) -> Tensor:
        """That of t, where the loss is 0."""
        return _logit(target)

    def vanishing(self, numbers: NumberFormat) -> ByClass:
        """Of objects p − t is 0 as soon as p rounds to 1; background as of focal loss."""
        background = _underflows_below(self.beta, 1.0, numbers)
        return Vanishing(low=background), Vanishing(high=numbers.sigmoid_is_1)


@dataclass(frozen=True, slots=True)
class Varifocal(Formula):
    """t B where t > 0, −α p^γ ln(1 − p) where t = 0 (Zhang et al., VarifocalNet, 2020, eq. 2).

    B is cross-entropy: an object weighs as much as its target, the overlap.
    """

    alpha: float = option(0.75, _ALPHA, gt=0, lt=1)
    gamma: float = option(2.0, "Focusing exponent", ge=0)

    def value(self, z: Tensor, target: Tensor) -> Tensor:
        minus_log_q = softplus(z)
        focused = ((minus_log_q - z) * -self.gamma).exp() * minus_log_q
        objects = target * (minus_log_q - target * z)
        return objects.where(target > 0, focused * self.alpha)

    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        """t (p − t) where t > 0, α p^γ (p − γ (1 − p) ln(1 − p)) where t = 0."""
        minus_log_q = softplus(z)
        q = (-z).sigmoid()
        power = ((minus_log_q - z) * -self.gamma).exp()
        background = power * ((self.gamma * q * minus_log_q + p) * self.alpha)
        p.copy_((target * (p - target)).where(target > 0, background))

    def best_logit(self, target: Tensor) -> Tensor:
        """That of t."""
        return _logit(target)

    def vanishing(self, numbers: NumberFormat) -> ByClass:
        """Of objects where p rounds to 1, of background as of focal loss."""
        background = _underflows_below(self.gamma, self.alpha, numbers)
        return Vanishing(low=background), Vanishing(high=numbers.sigmoid_is_1)


@dataclass(frozen=True, slots=True)
class Asymmetric(Formula):
    """−t (1 − p)^γ₊ ln p − (1 − t) pₘ^γ₋ ln(1 − pₘ), where pₘ = max(p − m, 0)
    (Ridnik et al., Asymmetric Loss, 2021, eq. 7).

    Background has no slope at all from p = m down.
    """

    gamma_pos: float = option(0.0, "Focusing exponent of objects", ge=0)
    gamma_neg: float = option(4.0, "Focusing exponent of background", ge=0)
    margin: float = option(0.05, "Shift of p of background", ge=0, lt=1)

    def value(self, z: Tensor, target: Tensor) -> Tensor:
        minus_log_q = softplus(z)
        positive = (minus_log_q * -self.gamma_pos).exp() * (minus_log_q - z)
        shifted, minus_log_rest = self._shifted(z, z.sigmoid())
        negative = shifted**self.gamma_neg * minus_log_rest
        return target * positive + (1 - target) * negative

    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        """t (1 − p)^γ₊ (γ₊ p ln p − (1 − p)), and of background where p > m (1 − t) times
        p (1 − p) pₘ^(γ₋ − 1) (pₘ / (1 − pₘ) − γ₋ ln(1 − pₘ))."""
        minus_log_q = softplus(z)
        q = (-z).sigmoid()
        power = (minus_log_q * -self.gamma_pos).exp()
        positive = power * (self.gamma_pos * p * (minus_log_q - z) + q)
        shifted, minus_log_rest = self._shifted(z, p)
        # (1 − p) / (1 − pₘ) by way of logarithms: 1 − p alone may round to 0.
        rest = shifted**self.gamma_neg * (minus_log_rest - minus_log_q).exp()
        focus = self.gamma_neg * q * shifted ** (self.gamma_neg - 1) * minus_log_rest
        negative = (p * (rest + focus)).where(shifted > 0, 0.0)
        p.copy_((1 - target) * negative - target * positive)

    def best_logit(self, target: Tensor) -> Tensor:
        """Of hard targets the farthest; by search between."""
        between = Formula.best_logit(self, target)
        return _logit(target).where((target == 0) | (target == 1), between)

    def _shifted(self, z: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
        """pₘ and −ln(1 − pₘ)."""
        log_margin = math.log(self.margin) if self.margin else -math.inf
        log_rest = (-softplus(z)).logaddexp(z.new_full((), log_margin))  # ln(1 − p + m)
        return (p - self.margin).clamp(min=0), -log_rest.clamp(max=0)

    def vanishing(self, numbers: NumberFormat) -> ByClass:
        """Of background up to p = m, and where 1 − p underflows; objects as of focal loss."""
        objects = Vanishing(high=_underflows_above(self.gamma_pos, 1.0, numbers))
        if self.margin == 0:
            return Vanishing(low=_underflows_below(self.gamma_neg, 1.0, numbers)), objects
        low = math.log(self.margin) - math.log1p(-self.margin)
        left = self.gamma_neg * math.log1p(-self.margin) - math.log(self.margin)
        return Vanishing(low, left - numbers.underflow), objects


@dataclass(frozen=True, slots=True)
class LogitAdjusted(Formula):
    """Cross-entropy at z + τ ln(π / (1 − π)), where π is the share of positive rows
    (Menon et al., Long-tail learning via logit adjustment, 2020, eq. 10).

    z is then the logit that rows of both classes in equal numbers would have, with τ = 1.
    """

    needs_both_classes = True

    tau: float = option(1.0, "Weight of the share's logit", ge=0)
    share: float = 0.5
    """π, which the data decide."""

    def with_share(self, positive_share: float) -> Formula:
        return replace(self, share=positive_share)

    @property
    def _shift(self) -> float:
        return self.tau * (math.log(self.share) - math.log1p(-self.share))

    def value(self, z: Tensor, target: Tensor) -> Tensor:
        shifted = z + self._shift
        return softplus(shifted) - target * shifted

    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        """p' − t, where p' is the sigmoid of the shifted logit."""
        p.copy_((z + self._shift).sigmoid() - target)

    def best_logit(self, target: Tensor) -> Tensor:
        """That of t, before the shift."""
        return _logit(target) - self._shift

    def vanishing(self, numbers: NumberFormat) -> ByClass:
        """Where that of cross-entropy is, before the shift."""
        low, high = numbers.sigmoid_is_0 - self._shift, numbers.sigmoid_is_1 - self._shift
        return Vanishing(low=low), Vanishing(high=high)


def _logit(target: Tensor) -> Tensor:
    return target.logit().clamp(-FARTHEST_LOGIT, FARTHEST_LOGIT)


def _underflows_below(gamma: float, weight: float, numbers: NumberFormat) -> float:
    """The logit below which weight (γ + 1) p^(γ + 1) is 0, or p itself."""
    end = (math.log(weight * (gamma + 1)) - numbers.underflow) / (gamma + 1)
    return -min(-numbers.sigmoid_is_0, end)


def _underflows_above(gamma: float, weight: float, numbers: NumberFormat) -> float:
    """The logit above which weight (1 − p)^(γ + 1) is 0, or 1 − p itself."""
    end = (math.log(weight) - numbers.underflow) / (gamma + 1)
    return min(-numbers.sigmoid_is_0, end)


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
    "quality": Loss(Quality),
    "varifocal": Loss(Varifocal),
    "asymmetric": Loss(Asymmetric),
    "logit_adjusted": Loss(LogitAdjusted),
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
