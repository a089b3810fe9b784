"""Source `points`: the rows themselves, written in the scenario."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from objtui.engine.data.arrays import numpy_dtype, require_finite
from objtui.engine.data.dataset import Dataset, make_rows
from objtui.scenario.schema import PointsData
from objtui.session import ProgressListener


def build(
    data: PointsData, base: Path, precision: torch.dtype, progress: ProgressListener
) -> Dataset:
    """The rows of the scenario as training rows; there are no validation rows.

    That they are of one length, with a target each, is a rule of scenarios. Raises
    DataError where a number leaves the range of `precision`.
    """
    with np.errstate(over="ignore"):
        features = np.array(data.features, dtype=np.float64).astype(numpy_dtype(precision))
    require_finite(features, ("data", "features"))
    return Dataset(make_rows(features, np.array(data.targets, dtype=np.float64)), None)
