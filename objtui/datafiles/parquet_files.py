"""Tables in .parquet files, read with pyarrow, which the extra `export` brings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from objtui.datafiles.files import Problems, data_file, quoted, reading, shown
from objtui.datafiles.memory import fitting, require_memory
from objtui.datafiles.table import PYARROW, TableRows, Wanted
from objtui.errors import DataError

_BATCH_ROWS = 1 << 14


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A parquet file that is open.

    Attributes:
        header: the names of its columns.
        index_names: those that pandas has noted as the index of its table.
        arrow: the package pyarrow.
        file: its open `ParquetFile`.
    """

    path: Path
    header: list[str]
    index_names: set[str]
    arrow: Any
    file: Any


@contextmanager
def open_parquet(path: Path) -> Iterator[ParquetFile]:
    """A .parquet file; DataError where pyarrow is missing or the file cannot be read."""
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise DataError(f"{shown(path)}: {PYARROW}") from error
    with reading(path, "Parquet"), parquet.ParquetFile(data_file(path)) as file:
        schema = file.schema_arrow
        yield ParquetFile(path, list(schema.names), _pandas_index(schema), arrow, file)


def read_parquet(opened: ParquetFile, wanted: Wanted) -> TableRows:
    """Some of its columns, which it has; they are numbers or booleans, without nulls."""
    path, file, arrow = opened.path, opened.file, opened.arrow
    _require_numbers(path, arrow.types, file.schema_arrow, wanted)
    rows = file.metadata.num_rows
    groups = range(file.metadata.num_row_groups)
    largest = max((file.metadata.row_group(i).total_byte_size for i in groups), default=0)
    batch = _BATCH_ROWS * len(wanted.names) * 16
    width = len(wanted.columns)
    needed = rows * (width * wanted.dtype.itemsize + 16) + wanted.work_bytes
    require_memory(
        needed + largest + batch,
        shown(path),
        lambda share: f"keep at most {fitting(rows, share)} of its {rows} rows, or {wanted.fewer}",
    )
    columns = np.empty((rows, width), wanted.dtype)
    exact = np.empty(rows)
    problems = Problems()
    read = 0
    with np.errstate(over="ignore"):  # what overflows is found as not finite
        for values in file.iter_batches(_BATCH_ROWS, columns=list(wanted.names)):
            block = slice(read, read + values.num_rows)
            for i, name in enumerate(wanted.names):
                column = values.column(name)
                if column.null_count:
                    row = read + column.is_null().to_pylist().index(True) + 1
                    problems.add(
                        f"{shown(path)}: column {quoted(name)} of row {row} is null, "
                        "expected a number"
                    )
                    continue
                numbers = column.cast(arrow.float64(), safe=False).to_numpy()
                if i < width:
                    columns[block, i] = numbers
                else:
                    exact[block] = numbers
            read += values.num_rows
    problems.raise_if_any()
    if read != rows:
        raise DataError(f"{shown(path)}: says that it has {rows} rows, but holds {read}")
    return TableRows(columns, exact)


def _pandas_index(schema: Any) -> set[str]:
    """The columns that pandas has noted as the index of its table."""
    try:
        noted = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))["index_columns"]
    except (KeyError, TypeError, ValueError):
        return set()
    names = noted if isinstance(noted, list) else []
    return {name for name in names if isinstance(name, str)}


def _require_numbers(path: Path, types: Any, schema: Any, wanted: Wanted) -> None:
    problems = Problems()
    for name in wanted.names:
        kind = schema.field(name).type
        checks = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal)
        if not any(check(kind) for check in checks):
            problems.add(
                f"{shown(path)}: column {quoted(name)} holds {kind}, expected numbers or booleans; "
                f"{_remedy(types, kind, wanted)}"
            )
    problems.raise_if_any()


def _remedy(types: Any, kind: Any, wanted: Wanted) -> str:
    """What to do about a column of this type."""
    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list)
    if any(check(kind) for check in lists):
        return "write a column for each of its numbers, or an .npz file with one array of them all"
    return f"write it as numbers, or {wanted.others}"
