"""A score over the seeds of a head: its mean, and how far seeds lie apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and sample standard deviation over seeds; sd is NaN for a single one."""

    mean: float
    sd: float


def spread(values: npt.ArrayLike) -> Spread:
    """The spread of `(seeds,)` values: not finite where one of them is not."""
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        return Spread(math.nan, math.nan)
    with np.errstate(all="ignore"):
        sd = float(np.std(array, ddof=1)) if array.size > 1 else math.nan
        return Spread(float(np.mean(array)), sd)
