"""Where dL/dz is exactly 0 in a number format: rows there teach nothing.

For hard targets, 0 and 1, as `Formula.vanishing` has it.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from objtui.losses import NUMBER_FORMATS, ByClass, Formula, Vanishing
from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.measures.histogram import CELLS, rebin

Floats = npt.NDArray[np.float64]


def vanishing(formula: Formula | None, dtype: str) -> ByClass | None:
    """Logits at which dL/dz is 0; None where the formula or the dtype does not tell."""
    if formula is None or dtype not in NUMBER_FORMATS:
        return None
    return formula.vanishing(NUMBER_FORMATS[dtype])


def vanished_share(counts: npt.ArrayLike, formula: Formula | None, dtype: str) -> Floats:
    """Share of a class's rows with dL/dz exactly 0: counts `(..., 2, CELLS)` → `(..., 2)`.

    A bin's rows count as spread evenly over its width. NaN where a class has no rows, or where
    nothing is known of the loss or the dtype.
    """
    cells = np.asarray(counts)
    result = np.full(cells.shape[:-1], np.nan)
    if vanishing(formula, dtype) is None:
        return result
    rows = cells.sum(axis=-1)
    for of_class, weights in enumerate(_weights(formula, dtype)):
        vanished = cells[..., of_class, :] @ weights
        np.divide(
            vanished, rows[..., of_class], out=result[..., of_class], where=rows[..., of_class] > 0
        )
    return result


@lru_cache(maxsize=64)
def _weights(formula: Formula | None, dtype: str) -> tuple[Floats, Floats]:
    """The share of every cell's rows, of background and of objects, that counts: (CELLS,) each."""
    by_class = vanishing(formula, dtype) or (Vanishing(), Vanishing())
    background, objects = (_outside(by_class[of_class]) for of_class in (NEGATIVE, POSITIVE))
    return background, objects


def _outside(ends: Vanishing) -> Floats:
    parts = rebin(np.eye(CELLS), [ends.low, ends.high])  # (CELLS, 3)
    # Rows beyond all bins are in the outer parts, whatever the ends.
    weights: Floats = parts[:, 0] * (ends.low > -math.inf) + parts[:, 2] * (ends.high < math.inf)
    return weights
