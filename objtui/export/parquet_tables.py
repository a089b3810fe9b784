"""Runs as Parquet: a folder with a file a table, of the columns that CSV has too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from objtui.errors import UsageError
from objtui.export.tables import Table, tables
from objtui.runs.recorded import RecordedRun


def write_parquet_folder(runs: Sequence[RecordedRun], place: Path) -> None:
    """Make the folder `place`: `scores.parquet`, `histograms.parquet`, `training_loss.parquet`.

    Not-finite numbers are stored as such, never as null. Raises UsageError without pyarrow.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise UsageError("parquet needs pyarrow: pip install pyarrow") from None
    place.mkdir()
    for table in tables(runs):
        _write_table(table, runs, place / f"{table.name}.parquet")


def _write_table(table: Table, runs: Sequence[RecordedRun], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "text": pa.string(),
        "whole": pa.int64(),
        "real": pa.float64(),
        "flag": pa.bool_(),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in table.columns.items()])
    # A file of Python's own, so that its errors are Python's own too.
    with path.open("wb") as out, pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for run in runs:
            for columns in table.rows(run):
                arrays = [
                    pa.array(column, kind.type)
                    for column, kind in zip(columns.values(), schema, strict=True)
                ]
                writer.write_table(pa.table(arrays, schema=schema))
