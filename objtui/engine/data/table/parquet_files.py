"""Tables in .parquet files, read with pyarrow, which the extra `export` brings."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from objtui.engine.data.arrays import block_bytes
from objtui.engine.data.files import Problems, data_file, quoted, reading, shown
from objtui.engine.data.table.columns import Columns, TableContent, choose_columns
from objtui.engine.memory import fitting, require_memory
from objtui.errors import DataError
from objtui.scenario.schema import TableData

_BATCH_ROWS = 1 << 14


def read_parquet(
    path: Path, data: TableData, dtype: np.dtype[Any], train: Columns | None
) -> TableContent:
    """Features and targets of a .parquet file; columns are numbers or booleans, without nulls."""
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise DataError(
            f"{shown(path)}: reading .parquet needs pyarrow: pip install pyarrow"
        ) from error
    with reading(path, "Parquet"), parquet.ParquetFile(data_file(path)) as file:
        schema = file.schema_arrow
        columns = choose_columns(path, list(schema.names), data, train, _pandas_index(schema))
        used = [*columns.names, data.targets]
        _require_numbers(path, arrow.types, schema, used)
        rows = file.metadata.num_rows
        groups = range(file.metadata.num_row_groups)
        largest = max((file.metadata.row_group(i).total_byte_size for i in groups), default=0)
        batch = _BATCH_ROWS * len(used) * 16
        width = len(columns.names)
        needed = rows * (width * dtype.itemsize + 16) + block_bytes(width)
        require_memory(
            needed + largest + batch,
            shown(path),
            lambda share: (
                f"keep at most {fitting(rows, share)} of its {rows} rows, or list fewer columns "
                "in data.features"
            ),
        )
        features = np.empty((rows, width), dtype)
        targets = np.empty(rows)
        problems = Problems()
        read = 0
        with np.errstate(over="ignore"):  # what overflows is found as not finite
            for values in file.iter_batches(_BATCH_ROWS, columns=used):
                block = slice(read, read + values.num_rows)
                for i, name in enumerate(used):
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
                        features[block, i] = numbers
                    else:
                        targets[block] = numbers
                read += values.num_rows
    problems.raise_if_any()
    if read != rows:
        raise DataError(f"{shown(path)}: says that it has {rows} rows, but holds {read}")
    return TableContent(features, targets, columns, ("features", data.targets))


def _pandas_index(schema: Any) -> set[str]:
    """The columns that pandas has noted as the index of its table."""
    try:
        noted = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))["index_columns"]
    except (KeyError, TypeError, ValueError):
        return set()
    names = noted if isinstance(noted, list) else []
    return {name for name in names if isinstance(name, str)}


def _require_numbers(path: Path, types: Any, schema: Any, used: list[str]) -> None:
    problems = Problems()
    for name in used:
        kind = schema.field(name).type
        checks = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal)
        if not any(check(kind) for check in checks):
            problems.add(
                f"{shown(path)}: column {quoted(name)} holds {kind}, expected numbers or booleans; "
                f"{_remedy(types, kind)}"
            )
    problems.raise_if_any()


def _remedy(types: Any, kind: Any) -> str:
    """What to do about a column of this type."""
    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list)
    if any(check(kind) for check in lists):
        return "write a column for each of its numbers, or an .npz file with one array of them all"
    return "write it as numbers, or list the columns to use in data.features"
