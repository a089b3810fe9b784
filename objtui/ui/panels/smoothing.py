"""The moving average of the curve panel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def debiased_average(values: Floats, weight: float) -> Floats:
    """Exponential moving average along the first axis, without the pull of its start at 0.

    Entry t is sum_i w^(t-i) x_i / sum_i w^(t-i), over the finite x_i with i <= t: the bias
    correction of Adam (Kingma and Ba 2015, section 3). NaN where x_t is not finite.

    Args:
        values: (moments, ...).
        weight: w, at least 0 and below 1; 0 leaves the values as they are.
    """
    finite = np.isfinite(values)
    averages = np.full(values.shape, np.nan)
    total, weights = np.zeros(values.shape[1:]), np.zeros(values.shape[1:])
    for t, defined in enumerate(finite):
        total = weight * total + np.where(defined, values[t], 0.0)
        weights = weight * weights + defined
        averages[t] = np.where(defined, total / np.maximum(weights, 1e-300), np.nan)
    return averages
