"""Source `table`: the user's own features and targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from objtui.engine.data.arrays import (
    Features,
    Targets,
    block_bytes,
    find_not_finite,
    numpy_dtype,
    standardize,
)
from objtui.engine.data.dataset import Dataset, make_rows
from objtui.engine.data.files import Problems, data_file, shown
from objtui.engine.data.table.array_files import read_npz, read_safetensors
from objtui.engine.data.table.content import TableContent
from objtui.engine.data.table.csv_files import read_csv
from objtui.engine.data.table.parquet_files import read_parquet
from objtui.engine.memory import require_memory
from objtui.errors import DataError
from objtui.scenario.schema import TableData
from objtui.session import ProgressListener

Reader = Callable[[Path, TableData, np.dtype[Any], tuple[str, ...] | None], TableContent]

READERS: dict[str, Reader] = {
    ".npz": read_npz,
    ".safetensors": read_safetensors,
    ".csv": read_csv,
    ".parquet": read_parquet,
}
"""How a file is read, by its suffix: from its path, the `[data]` table, the dtype of
features and the columns of the training file, if it is the validation file."""


def build(
    data: TableData, base: Path, precision: torch.dtype, progress: ProgressListener
) -> Dataset:
    """The rows of one or two files.

    Raises DataError where a file is missing or damaged, a value is no finite
    number or a target lies outside [0, 1].
    """
    dtype = numpy_dtype(precision)
    train = _read(base / data.train, data, dtype, None)
    val: _Part | None = None
    if data.val is not None:
        content = _read(base / data.val, data, dtype, train.columns)
        if content.features.shape[1] != train.features.shape[1]:
            raise DataError(
                f"{shown(base / data.val)}: has {content.features.shape[1]} features, "
                f"{shown(base / data.train)} has {train.features.shape[1]}"
            )
        val = _Part(content.features, content.targets)
    part = _Part(train.features, train.targets)
    if data.val_share is not None:
        part, val = _split(part, data.val_share, data.seed, base / data.train)
    if data.standardize:
        standardize(part.features, None if val is None else val.features)
    return Dataset(
        make_rows(part.features, part.targets),
        None if val is None else make_rows(val.features, val.targets),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    features: Features
    targets: Targets


def _read(
    path: Path, data: TableData, dtype: np.dtype[Any], columns: tuple[str, ...] | None
) -> TableContent:
    """The checked content of a file."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{shown(path)}: expected a file that ends in {', '.join(READERS)}")
    content = reader(data_file(path), data, dtype, columns)
    rows, width = content.features.shape
    if len(content.targets) != rows:
        raise DataError(
            f"{shown(path)}: has {len(content.targets)} targets for {rows} rows of features"
        )
    if rows == 0:
        raise DataError(f"{shown(path)}: has no rows; at least one is needed")
    if width == 0:
        raise DataError(f"{shown(path)}: has no features beside its targets")
    problems = Problems()
    if (found := find_not_finite(content.features)) is not None:
        count, row, column = found
        problems.add(
            f"{content.place(path, row, column)} is {content.features[row, column]}, "
            f"expected a finite {dtype} number ({count} such value{'s' if count > 1 else ''})"
        )
    bad = ~((content.targets >= 0) & (content.targets <= 1))  # NaN too
    if bad.any():
        row, count = int(bad.argmax()), int(bad.sum())
        problems.add(
            f"{content.target_place(path, row)} is {content.targets[row]}, expected a "
            f"target from 0 to 1 ({count} such value{'s' if count > 1 else ''})"
        )
    problems.raise_if_any()
    return content


def _split(part: _Part, share: float, seed: int, path: Path) -> tuple[_Part, _Part]:
    """Training and validation rows, chosen at random, each in the order of the file."""
    rows = len(part.targets)
    held_out = round(rows * share)
    if not 0 < held_out < rows:
        raise DataError(
            f"{shown(path)}: data.val_share = {share} of {rows} rows leaves {rows - held_out} for "
            f"training and {held_out} for validation; both need at least one"
        )
    needed = part.features.nbytes + 32 * rows + block_bytes(part.features.shape[1])
    require_memory(needed, f"splitting {shown(path)}")
    chosen = np.zeros(rows, np.bool_)
    chosen[np.random.default_rng(seed).permutation(rows)[:held_out]] = True
    train, val = (_Part(part.features[which], part.targets[which]) for which in (~chosen, chosen))
    return train, val
