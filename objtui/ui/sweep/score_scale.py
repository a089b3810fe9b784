"""The scale of a score over the cells of a sweep."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from objtui.measures.scores import score_of
from objtui.measures.spread import are_alike
from objtui.ui.charts.ramp import RAMP
from objtui.ui.charts.scale import Scale, value_scale

MAX_SIZE = 1e150
"""Values beyond have no place on a scale."""

Levels = npt.NDArray[np.int64]


def score_scale(score: str, values: Iterable[float], ticks: int) -> Scale | None:
    """A scale around the finite values, logarithmic for scores that fall by powers of ten.

    None where there is none of them.
    """
    array = np.array(list(values), np.float64)
    finite = array[np.isfinite(array) & (np.abs(array) < MAX_SIZE)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    log = score_of(score).log and low > 1 / MAX_SIZE and high > 3 * low
    return value_scale(low, high, log, ticks)


def tick_count(rows: int) -> int:
    """About how many ticks a scale of so many lines has: a few even where it is low, since a scale
    ends at ticks, and between few of them much of it would be empty.
    """
    return max(rows // 3, min(4, rows - 2), 2)


def placed(scale: Scale, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Where values lie, from 0 to 1: those beyond the ends at them, NaN what is not finite."""
    array = np.asarray(values, np.float64)
    if scale.log:
        array = np.where(array <= 0, scale.low, array)
    array = np.where(np.isfinite(array), array, np.nan)
    places: npt.NDArray[np.float64] = np.clip(scale.place(array), 0.0, 1.0)
    return places


def ramp_levels(scale: Scale, means: npt.NDArray[np.float64]) -> Levels:
    """Means as colours of the ramp, from 1, the least of them, on; 0 for NaN.

    Those that are alike have the one in the middle: a whole ramp would tell them apart.
    """
    places = placed(scale, means)
    low, high = np.nanmin(places), np.nanmax(places)
    shares = places * 0 + 0.5 if are_alike(means) else (places - low) / ((high - low) or 1.0)
    levels = 1 + np.rint(np.nan_to_num(shares) * (len(RAMP) - 1)).astype(np.int64)
    return np.where(np.isnan(shares), 0, levels)
