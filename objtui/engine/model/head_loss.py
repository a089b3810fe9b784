"""A head's loss: its formula under smoothing, class weight and a double sigmoid.

The neuron's output is u. It is the logit z itself, except under
`double_sigmoid`, where the loss is given sigmoid(u) as if that were a logit,
and under `class_p`, where z is the logit of a product that is not trained on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from objtui.engine.model.reduction import Reduction
from objtui.losses import Formula
from objtui.scenario.schema import Head, Scenario

_AT_FARTHEST_LOGIT = 1e-30
"""What losses still have left at FARTHEST_LOGIT, where their limit is 0."""


@dataclass(frozen=True, slots=True)
class HeadLoss:
    """The loss of one head; heads with equal ones are computed together."""

    formula: Formula
    label_smoothing: float
    positive_weight: float
    double_sigmoid: bool
    class_p: float = 1.0

    @classmethod
    def of(cls, head: Head, positive_share: float = 0.5) -> HeadLoss:
        """The loss that a head of a scenario asks for, where this share of the rows that are
        trained on is positive."""
        formula = head.formula.with_share(positive_share)
        own = head.label_smoothing, head.positive_weight, head.double_sigmoid, head.class_p
        return cls(formula, *own)

    @property
    def scores_output(self) -> bool:
        """Whether z is u itself."""
        return not self.double_sigmoid and self.class_p == 1

    def logits(self, output: Tensor) -> Tensor:
        """z, by which rows are scored, of the neuron's output u, any shape.

        With `class_p` = c it is the logit of c p: 1 / (c p) − 1 = (1 − c + e^−u) / c.
        """
        trained = self._trained(output)
        if self.class_p == 1:
            return trained
        rest = trained.new_full((), math.log1p(-self.class_p))
        return math.log(self.class_p) - (-trained).logaddexp(rest)

    def _trained(self, output: Tensor) -> Tensor:
        """The logit that the loss is given."""
        return output.sigmoid() if self.double_sigmoid else output

    def values(self, output: Tensor, target: Tensor, positive: Tensor) -> Tensor:
        """Loss of each row; `target` and `positive` (bool) broadcast against `output`."""
        values = self.formula.value(self._trained(output), self._smoothed(target))
        return self._weighted(values, positive)

    def slope_(self, output: Tensor, p: Tensor, target: Tensor, positive: Tensor) -> None:
        """Turn p = sigmoid(u) into dL/du of each row, in place."""
        target = self._smoothed(target)
        if self.double_sigmoid:
            z = p.clone()
            p.sigmoid_()
            self.formula.slope_(z, p, target)
            p.mul_(z.addcmul(z, z, value=-1))
        else:
            self.formula.slope_(output, p, target)
        if self.positive_weight != 1:
            p.copy_(self._weighted(p, positive))

    def floor(self, target: Tensor, positive: Tensor) -> float:
        """The least mean loss that any scores could reach: each row at its best logit."""
        smoothed = self._smoothed(target.double())
        best = self.formula.best_logit(smoothed)
        if self.double_sigmoid:
            best = best.clamp(0, 1)
        mean = float(self._weighted(self.formula.value(best, smoothed), positive).mean())
        return mean if mean > _AT_FARTHEST_LOGIT else 0.0

    def _smoothed(self, target: Tensor) -> Tensor:
        if self.label_smoothing == 0:
            return target
        return target * (1 - self.label_smoothing) + self.label_smoothing / 2

    def _weighted(self, values: Tensor, positive: Tensor) -> Tensor:
        if self.positive_weight == 1:
            return values
        return torch.where(positive, values * self.positive_weight, values)


def need_classes(scenario: Scenario) -> bool:
    """Whether any loss asks which rows are positive."""
    if Reduction.of(scenario.train) is not None:
        return True
    return any(head.positive_weight != 1 for head in scenario.heads)
