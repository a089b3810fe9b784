"""Source `points`: the rows themselves, written in the scenario."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from objtui.engine.data.arrays import numpy_dtype, require_finite
from objtui.engine.data.dataset import Dataset, make_rows
from objtui.engine.data.files import Problems
from objtui.errors import DataError
from objtui.scenario.schema import PointsData


def build(data: PointsData, base: Path, precision: torch.dtype) -> Dataset:
    """The rows of the scenario as training rows; there are no validation rows."""
    if len(data.features) != len(data.targets):
        raise DataError(
            f"data.targets: {len(data.targets)} targets for {len(data.features)} rows of "
            "data.features; give one target a row"
        )
    width = len(data.features[0])
    if width == 0:
        raise DataError("data.features[0]: has no number; a row needs at least one feature")
    problems = Problems()
    for i, row in enumerate(data.features):
        if len(row) != width:
            problems.add(f"data.features[{i}]: has {len(row)} numbers, the first row {width}")
    problems.raise_if_any()
    with np.errstate(over="ignore"):
        features = np.array(data.features, dtype=np.float64).astype(numpy_dtype(precision))
    require_finite(features, "data.features")
    return Dataset(make_rows(features, np.array(data.targets, dtype=np.float64)), None)
