"""Source `table`: the user's own features and targets."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from objtui.datafiles.files import PROBLEMS_SHOWN, Problems, data_file, quoted, shown, under_key
from objtui.datafiles.memory import fitting, require_memory
from objtui.engine.data.arrays import (
    Features,
    Targets,
    block_bytes,
    find_not_finite,
    numpy_dtype,
    standardize,
)
from objtui.engine.data.dataset import Dataset, make_rows
from objtui.engine.data.table.columns import Columns, TableContent, without_counters
from objtui.engine.data.table.readers import READERS
from objtui.errors import DataError
from objtui.scenario.schema import TableData
from objtui.session import ProgressListener


def build(
    data: TableData, base: Path, precision: torch.dtype, progress: ProgressListener
) -> Dataset:
    """The rows of one or two files.

    Raises DataError where a file is missing or damaged, a value is no finite
    number or a target lies outside [0, 1].
    """
    dtype = numpy_dtype(precision)
    with under_key("data", "train"):
        train = _read(base / data.train, data, dtype, None)
    train, notices = _without_counters(train, base / data.train, data)
    val: _Part | None = None
    if data.val is not None:
        with under_key("data", "val"):
            content = _read(base / data.val, data, dtype, train.columns)
        notices += content.notices
        if content.features.shape[1] != train.features.shape[1]:
            raise DataError(
                f"{shown(base / data.val)}: has {content.features.shape[1]} features, "
                f"{shown(base / data.train)} has {train.features.shape[1]}",
                ("data", "val"),
            )
        val = _Part(content.features, content.targets)
    part = _Part(train.features, train.targets)
    if data.val_share is not None:
        part, val = _split(part, data.val_share, data.seed, base / data.train)
    scale = None
    if data.standardize:
        scale = standardize(part.features, None if val is None else val.features)
    return Dataset(
        make_rows(part.features, part.targets),
        None if val is None else make_rows(val.features, val.targets),
        tuple(notices),
        scale=scale,
    )


def _without_counters(
    content: TableContent, path: Path, data: TableData
) -> tuple[TableContent, list[str]]:
    """The content without columns that only count rows, and its notices."""
    notices = list(content.notices)
    if content.columns is None or data.features is not None:
        return content, notices
    columns, features, suspects = without_counters(content.columns, content.features)
    if not columns.names:
        raise DataError(_no_features(path, columns), ("data", "train"))
    notices.append(columns.notice(path))
    if suspects:
        notices.append(
            f"{shown(Path(path.name))}: {'; '.join(suspects[:PROBLEMS_SHOWN])}: if that is no "
            "measurement, list the columns to use in data.features"
        )
    return replace(content, columns=columns, features=features), notices


_JOINED = {
    ".parquet": "; in Python, with pyarrow.parquet as pq, "
    "pq.write_table(pq.read_table(FOLDER), FILE) joins its parts"
}
"""What makes one file of a folder with such an end."""


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    features: Features
    targets: Targets


def _read(
    path: Path, data: TableData, dtype: np.dtype[Any], columns: Columns | None
) -> TableContent:
    """The checked content of a file."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{shown(path)}: expected a file that ends in {', '.join(READERS)}")
    if os.path.isdir(path):  # pathlib raises where a name is too long
        raise DataError(
            f"{shown(path)}: is a folder, expected one file{_JOINED.get(path.suffix, '')}"
        )
    content = reader(data_file(path), data, dtype, columns)
    rows, width = content.features.shape
    if len(content.targets) != rows:
        raise DataError(
            f"{shown(path)}: has {len(content.targets)} targets for {rows} rows of features"
        )
    if rows == 0:
        raise DataError(f"{shown(path)}: has no rows; at least one is needed")
    if width == 0:
        raise DataError(_no_features(path, content.columns))
    problems = Problems()
    if (not_finite := find_not_finite(content.features)) is not None:
        count, row, column = not_finite
        problems.add(
            f"{content.place(path, row, column)} is {content.features[row, column]}, "
            f"expected a finite {dtype} number ({count} such value{'s' if count > 1 else ''})"
        )
    bad = ~((content.targets >= 0) & (content.targets <= 1))  # NaN too
    if bad.any():
        row, count = int(bad.argmax()), int(bad.sum())
        problems.add(
            f"{content.target_place(path, row)} is {content.targets[row]}, expected a "
            f"target from 0 to 1 ({count} such value{'s' if count > 1 else ''})",
            ("data", "targets"),
        )
    problems.raise_if_any()
    return content


def _no_features(path: Path, columns: Columns | None) -> str:
    problem = f"{shown(path)}: has no features beside its targets"
    if columns is None or not columns.left_out:
        return problem
    name, why = columns.left_out[0]
    return f"{problem} and {quoted(name)}, left out as {why}; list it in data.features to use it"


def _split(part: _Part, share: float, seed: int, path: Path) -> tuple[_Part, _Part]:
    """Training and validation rows, chosen at random, each in the order of the file."""
    rows = len(part.targets)
    held_out = round(rows * share)
    if not 0 < held_out < rows:
        raise DataError(
            f"{shown(path)}: data.val_share = {share} of {rows} rows leaves {rows - held_out} for "
            f"training and {held_out} for validation; both need at least one: use data.val_share "
            f"from {1 / rows:.2g} to {1 - 1 / rows:.2g}",
            ("data", "val_share"),
        )
    needed = part.features.nbytes + 32 * rows + block_bytes(part.features.shape[1])
    require_memory(
        needed,
        f"splitting {shown(path)}",
        lambda share: (
            f"split it into two files, data.train and data.val, or keep {fitting(rows, share)} rows"
        ),
    )
    chosen = np.zeros(rows, np.bool_)
    chosen[np.random.default_rng(seed).permutation(rows)[:held_out]] = True
    train, val = (_Part(part.features[which], part.targets[which]) for which in (~chosen, chosen))
    return train, val
