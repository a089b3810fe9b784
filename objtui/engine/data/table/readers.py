"""Features and targets of a table file, by its suffix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.datafiles.array_files import open_arrays
from objtui.datafiles.csv_files import open_csv, read_csv
from objtui.datafiles.files import nearest_hint, quoted, shown
from objtui.datafiles.parquet_files import open_parquet, read_parquet
from objtui.datafiles.table import ARRAY_FILES, TableRows, Wanted
from objtui.engine.data.arrays import Features, block_bytes
from objtui.engine.data.table.columns import Columns, TableContent, choose_columns
from objtui.errors import DataError
from objtui.scenario.schema import TableData

Reader = Callable[[Path, TableData, np.dtype[Any], Columns | None], TableContent]


def _csv(path: Path, data: TableData, dtype: np.dtype[Any], train: Columns | None) -> TableContent:
    file = open_csv(path, data.targets)
    header = file.without_empty() if data.features is None else file.header
    columns = choose_columns(path, header, data, train, separated=file.dialect.separated())
    return _content(columns, data, read_csv(file, _wanted(columns, data, dtype)))


def _parquet(
    path: Path, data: TableData, dtype: np.dtype[Any], train: Columns | None
) -> TableContent:
    with open_parquet(path) as file:
        columns = choose_columns(path, file.header, data, train, file.index_names)
        return _content(columns, data, read_parquet(file, _wanted(columns, data, dtype)))


def _wanted(columns: Columns, data: TableData, dtype: np.dtype[Any]) -> Wanted:
    """What to read: targets stay exact until positives are decided."""
    return Wanted(
        columns.names,
        data.targets,
        dtype,
        work_bytes=block_bytes(len(columns.names)),
        fewer="list fewer columns in data.features",
        others="list the columns to use in data.features",
    )


def _content(columns: Columns, data: TableData, rows: TableRows) -> TableContent:
    names = ("features", data.targets)
    return TableContent(rows.columns, rows.exact, columns, names, rows.lines, rows.notices)


def _arrays(
    path: Path, data: TableData, dtype: np.dtype[Any], train: Columns | None
) -> TableContent:
    names = _array_names(path, data)
    with open_arrays(path) as file:
        _require_names(path, names, file.names)
        work = block_bytes(0)  # checking and standardising what was read
        features = _features(path, names[0], file.read(names[0], dtype.itemsize, work), dtype)
        targets = _targets(path, names[1], file.read(names[1], 8, work))
    return TableContent(features, targets, None, names)


READERS: dict[str, Reader] = {
    **dict.fromkeys(ARRAY_FILES, _arrays),
    ".csv": _csv,
    ".tsv": _csv,
    ".parquet": _parquet,
}
"""How a file is read, by its suffix: from its path, the `[data]` table, the dtype of
features and the columns of the training file, if it is the validation file."""


def _require_names(path: Path, names: tuple[str, str], held: list[str]) -> None:
    for name, key in zip(names, ("data.features", "data.targets"), strict=True):
        if name not in held:
            hint = nearest_hint(name, held)
            raise DataError(
                f"{shown(path)}: has no array {quoted(name)} ({key}): {hint}", tuple(key.split("."))
            )


def _features(path: Path, name: str, array: npt.NDArray[Any], dtype: np.dtype[Any]) -> Features:
    """An array as `(rows, features)`; one of one axis is one feature."""
    if array.ndim not in (1, 2):
        raise DataError(
            f"{shown(path)}: {quoted(name)} has shape {array.shape}; expected (rows, features)"
        )
    if array.ndim == 1:
        array = array[:, None]
    with np.errstate(over="ignore"):  # what overflows is found as not finite
        return np.require(array, dtype, ["C", "W"])


def _targets(path: Path, name: str, array: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """An array as `(rows,)`; one column is taken as it is."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(f"{shown(path)}: {quoted(name)} has shape {array.shape}; expected (rows,)")
    return array.astype(np.float64)


def _array_names(path: Path, data: TableData) -> tuple[str, str]:
    """The names of the arrays of features and targets in a file of arrays."""
    if isinstance(data.features, tuple):
        raise DataError(
            f"{shown(path)}: data.features lists columns, but this file holds arrays; name the one "
            'of the features: features = "features"',
            ("data", "features"),
        )
    return data.features or "features", data.targets
