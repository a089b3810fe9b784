"""Work on large feature arrays in blocks, so that no second copy of them arises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from objtui.engine.blocks import BLOCK_VALUES, column_blocks
from objtui.errors import DataError, KeyPath

Features = npt.NDArray[np.floating[Any]]
"""`(rows, features)` in float32 or float64."""

Targets = npt.NDArray[np.float64]
"""`(rows,)` in [0, 1], in float64 until positives are decided."""


@dataclass(frozen=True, eq=False, slots=True)
class FeatureScale:
    """How raw features are standardised: (value − mean) · per_sd, float64, (features,) each.

    `per_sd` is 1 over the sd (ddof 0) of the training rows, 0 where a feature is constant there.
    """

    mean: npt.NDArray[np.float64]
    per_sd: npt.NDArray[np.float64]


def numpy_dtype(precision: torch.dtype) -> np.dtype[Any]:
    """The numpy twin of torch.float32 or torch.float64."""
    return np.dtype({torch.float32: np.float32, torch.float64: np.float64}[precision])


def row_blocks(rows: int, width: int) -> Iterator[slice]:
    """Slices that cover `rows` rows of `width` values, a block each."""
    return column_blocks(width, rows)


def block_bytes(width: int) -> int:
    """Bytes of the float64 work space that one block of rows takes."""
    return 3 * 8 * max(BLOCK_VALUES, width)


def find_not_finite(features: Features) -> tuple[int, int, int] | None:
    """How many values are not finite, and row and column of the first; None where all are."""
    count, first = 0, (0, 0)
    for block in row_blocks(*features.shape):
        bad = ~np.isfinite(features[block])
        bad_here = int(bad.sum())
        if bad_here and not count:
            row, column = np.unravel_index(int(bad.argmax()), bad.shape)
            first = (block.start + int(row), int(column))
        count += bad_here
    return (count, *first) if count else None


def require_finite(features: Features, key: KeyPath, what: str = "") -> None:
    """Raise DataError where a feature is not finite in its own dtype."""
    if (not_finite := find_not_finite(features)) is not None:
        count, row, column = not_finite
        raise DataError(
            f"{what}feature {column + 1} of row {row + 1} is no finite {features.dtype} number "
            f'({count} such values); use smaller numbers or train.dtype = "float64"',
            key,
        )


def standardize(train: Features, val: Features | None, rounding: float = 0.0) -> FeatureScale:
    """Bring each feature to mean 0 and sd 1 (ddof 0) of the training rows, in place.

    A feature that is constant over the training rows becomes 0 everywhere. It
    counts as constant where its sd is at most `rounding`, the error of computed
    features. Returns what was done to them. Raises DataError where a spread leaves the range of
    the dtype.
    """
    rows, width = train.shape
    # Distances from the first row make the sd of a constant feature exactly 0.
    origin = train[0].astype(np.float64)  # (features,)
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.zeros(width)
        for block in row_blocks(rows, width):
            total += (train[block] - origin).sum(axis=0)
        mean = total / rows  # from the origin
        squares = np.zeros(width)
        for block in row_blocks(rows, width):
            squares += np.square(train[block] - origin - mean).sum(axis=0)
        sd = np.sqrt(squares / rows)
    if not np.isfinite(sd).all():
        column = int(np.argmin(np.isfinite(sd)))
        raise DataError(
            f"feature {column + 1} spreads too far to be standardised; scale it down",
            ("data", "standardize"),
        )
    scale = np.divide(1.0, sd, out=np.zeros(width), where=sd > rounding)
    for part in (train,) if val is None else (train, val):
        with np.errstate(over="ignore", invalid="ignore"):
            for block in row_blocks(*part.shape):
                part[block] = (part[block] - origin - mean) * scale
        require_finite(part, ("data", "standardize"), "standardised features: ")
    return FeatureScale(origin + mean, scale)
