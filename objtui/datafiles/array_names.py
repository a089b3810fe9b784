"""The names of the arrays or columns of a file of numbers, whatever kind it is."""

from __future__ import annotations

from pathlib import Path

from objtui.datafiles.array_files import open_arrays
from objtui.datafiles.csv_files import open_csv
from objtui.datafiles.parquet_files import open_parquet
from objtui.datafiles.table import ARRAY_FILES
from objtui.errors import DataError


def names_in(path: Path) -> tuple[str, ...]:
    """Its arrays or columns in their order; none where it cannot be read as what it is called."""
    suffix = path.suffix.lower()
    try:
        if suffix in ARRAY_FILES:
            with open_arrays(path) as arrays:
                return tuple(arrays.names)
        if suffix == ".parquet":
            with open_parquet(path) as columns:
                return tuple(columns.header)
        return tuple(open_csv(path, "targets").header)
    except (DataError, OSError):
        return ()
