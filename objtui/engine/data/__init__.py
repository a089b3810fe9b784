"""The data of a scenario: from its `[data]` table to rows.

A source is a table of the schema, which names its builder, and the builder: a module with
`build(data, base, precision, progress)`, or, where the data are images, with
`read_pictures(data, base)`; their anchors become rows here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from objtui.datafiles.files import under_key
from objtui.engine.data.dataset import Dataset, Rows
from objtui.engine.data.images.source import build_from_pictures
from objtui.engine.data.missing import rows_with_missing
from objtui.errors import DataError
from objtui.scenario import schema
from objtui.session import ProgressListener, no_listener

__all__ = ["Dataset", "Rows", "build_dataset", "builder_of"]

Build = Callable[[Any, Path, torch.dtype, ProgressListener], Dataset]
"""The data of a table.

From the table, the scenario's folder, a precision, and whom to tell how far a long building is.
"""


def builder_of(data: type[schema.Data], *, whole: bool = False, evaluated_bytes: int = 0) -> Build:
    """What builds the data of a table; with `whole` images stay whole, instead of crops."""
    module = import_module(f"{__name__}.{data.builder}")
    if issubclass(data, schema.ImagesTable):
        return partial(
            build_from_pictures,
            module.read_pictures,
            whole=whole,
            evaluated_bytes=evaluated_bytes,
        )
    build: Build = module.build
    return build


def build_dataset(
    data: schema.Data,
    base: Path,
    precision: torch.dtype,
    progress: ProgressListener = no_listener,
    *,
    whole: bool = False,
    evaluated_bytes: int = 0,
) -> Dataset:
    """The rows that `data` describes, on the CPU; with `whole` whole images instead of features.

    `base` is the folder of the scenario file, which relative paths start from.
    `precision`, torch.float32 or torch.float64, is the dtype of features and
    targets. `evaluated_bytes` is what a training will keep of each evaluation row beside its
    features, where that lies in the same memory. `progress` is told now and then how far a long
    building is. The same arguments and files give the same bits. Raises DataError, with a line for
    each problem and the key that it belongs to, where the data are missing, wrong or too large, or
    no training row is positive and the scenario does not list its rows itself.
    """
    with under_key("data"):
        try:
            dataset = builder_of(type(data), whole=whole, evaluated_bytes=evaluated_bytes)(
                data, base, precision, progress
            )
        except MemoryError as error:
            raise DataError(f"the data set does not fit in memory; {data.smaller}") from error
        if not data.lists_rows:
            _require_positives(data, dataset)
        # Images have lost the boxes themselves.
        if isinstance(data, schema.ImagesTable):
            return dataset
        return rows_with_missing(dataset, data.missing, data.seed)


def _require_positives(data: schema.Data, dataset: Dataset) -> None:
    """Raise DataError where no training row is positive: there is nothing to tell apart."""
    rows, val = dataset.train, dataset.val
    if bool(rows.positive.any()):
        return
    held_out = 0 if val is None else int(val.positive.sum())
    lowest, highest = float(rows.targets.min()), float(rows.targets.max())
    problem = data.without_positives(lowest, highest, held_out)
    count = len(rows)
    none = "the only training row is not" if count == 1 else f"none of the {count} training rows is"
    raise DataError(f"{none} positive: {problem.message}", problem.path)
