"""Where dL/dz is exactly 0 in a number format: rows there teach nothing any more.

For hard targets, 0 and 1, as losses compute their slope (`objtui.losses`): p = sigmoid(z) is
rounded first, so p − 1 of an object is 0 as soon as p rounds to 1, long before p of background
is too small for any number but 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.measures.histogram import CELLS, rebin

Floats = npt.NDArray[np.float64]


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


_LN_2 = math.log(2)

FORMATS = {
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


Both = tuple[Vanishing, Vanishing]
"""Of background and of objects."""


def _cross_entropy(numbers: NumberFormat, gamma: float) -> Both:
    """p − t."""
    return Vanishing(low=numbers.sigmoid_is_0), Vanishing(high=numbers.sigmoid_is_1)


def _squared_error(numbers: NumberFormat, gamma: float) -> Both:
    """2 (p − t) p (1 − p): also 0 where p is on the wrong side, and p² of background underflows."""
    background = max(numbers.sigmoid_is_0, numbers.underflow / 2)
    one = numbers.sigmoid_is_1
    return Vanishing(background, one), Vanishing(numbers.sigmoid_is_0, one)


def _focal(numbers: NumberFormat, gamma: float) -> Both:
    """On the right side (γ + 1) p^(γ + 1) of background, which underflows.

    Of objects (1 − p)^(γ + 1) is left, as −ln p rounds to 0 before; 1 − p is not rounded by way
    of p.
    """
    most = -numbers.sigmoid_is_0
    background = (math.log(gamma + 1) - numbers.underflow) / (gamma + 1)
    objects = -numbers.underflow / (gamma + 1)
    return Vanishing(low=-min(most, background)), Vanishing(high=min(most, objects))


def _raw_squared_error(numbers: NumberFormat, gamma: float) -> Both:
    """2 (z − t), which is 0 at its optimum alone."""
    return Vanishing(), Vanishing()


_VANISHING: dict[str, Callable[[NumberFormat, float], Both]] = {
    "bce": _cross_entropy,
    "ce": _cross_entropy,
    "mse": _squared_error,
    "focal": _focal,
    "raw_mse": _raw_squared_error,
}


def vanishing(loss: str, dtype: str, gamma: float = 2.0) -> Both | None:
    """Logits at which dL/dz of a loss is 0; None where the loss or the dtype is not known here."""
    if loss not in _VANISHING or dtype not in FORMATS:
        return None
    return _VANISHING[loss](FORMATS[dtype], gamma)


def vanished_share(counts: npt.ArrayLike, loss: str, dtype: str, gamma: float = 2.0) -> Floats:
    """Share of a class's rows with dL/dz exactly 0: counts `(..., 2, CELLS)` → `(..., 2)`.

    A bin's rows count as spread evenly over its width. NaN where a class has no rows, or where
    nothing is known of the loss or the dtype.
    """
    cells = np.asarray(counts)
    result = np.full(cells.shape[:-1], np.nan)
    if vanishing(loss, dtype, gamma) is None:
        return result
    rows = cells.sum(axis=-1)
    for of_class, weights in enumerate(_weights(loss, dtype, gamma)):
        lost = cells[..., of_class, :] @ weights
        np.divide(
            lost, rows[..., of_class], out=result[..., of_class], where=rows[..., of_class] > 0
        )
    return result


@lru_cache(maxsize=64)
def _weights(loss: str, dtype: str, gamma: float) -> tuple[Floats, Floats]:
    """The share of every cell's rows, of background and of objects, that counts: (CELLS,) each."""
    known = vanishing(loss, dtype, gamma) or (Vanishing(), Vanishing())
    background, objects = (_outside(known[of_class]) for of_class in (NEGATIVE, POSITIVE))
    return background, objects


def _outside(ends: Vanishing) -> Floats:
    parts = rebin(np.eye(CELLS), [ends.low, ends.high])  # (CELLS, 3)
    # Rows beyond all bins are in the outer parts, whatever the ends.
    weights: Floats = parts[:, 0] * (ends.low > -math.inf) + parts[:, 2] * (ends.high < math.inf)
    return weights
