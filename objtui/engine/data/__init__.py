"""The data of a scenario: from its `[data]` table to rows.

A new source is one file with a `build` and one entry in `SOURCES`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from objtui.engine.data.dataset import Dataset, Rows
from objtui.engine.data.images.coco import build as build_coco
from objtui.engine.data.images.scenes import build as build_scenes
from objtui.engine.data.rows.gaussians import build as build_gaussians
from objtui.engine.data.rows.logistic import build as build_logistic
from objtui.engine.data.rows.points import build as build_points
from objtui.engine.data.table.source import build as build_table
from objtui.errors import DataError
from objtui.scenario import schema
from objtui.session import ProgressListener, no_listener

__all__ = ["SOURCES", "Dataset", "Rows", "build_dataset"]

Build = Callable[[Any, Path, torch.dtype, ProgressListener], Dataset]

SOURCES: dict[str, Build] = {
    "points": build_points,
    "gaussians": build_gaussians,
    "logistic": build_logistic,
    "table": build_table,
    "coco": build_coco,
    "scenes": build_scenes,
}
"""How each source of data is built.

From its table, the scenario's folder, a precision, and whom to tell how far a long building is.
"""


def build_dataset(
    data: schema.Data,
    base: Path,
    precision: torch.dtype,
    progress: ProgressListener = no_listener,
) -> Dataset:
    """The rows that `data` describes, on the CPU.

    `base` is the folder of the scenario file, which relative paths start from.
    `precision`, torch.float32 or torch.float64, is the dtype of features and
    targets. `progress` is told now and then how far a long building is. The same arguments
    and files give the same bits. Raises DataError, with a line for each problem, where the data
    are missing, wrong or too large.
    """
    try:
        return SOURCES[data.source](data, base, precision, progress)
    except MemoryError as error:
        raise DataError("the data set does not fit in memory; make it smaller") from error
