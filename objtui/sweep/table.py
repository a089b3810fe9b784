"""A sweep as one table: a row a cell, head and seed, with what differs and the last scores."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from objtui.errors import UsageError
from objtui.export.place import written_whole
from objtui.measures.scores import joined_names
from objtui.sweep.cells import CellResult
from objtui.sweep.record import SweepRecord

Row = list[object]

MEMBER = ("cell", "run", "state", "step", "head", "seed")
"""Columns before those of factors and scores."""


def table_columns(record: SweepRecord, results: Sequence[CellResult]) -> list[str]:
    """Names of the columns; that of a factor is its key."""
    headers = [result.header for result in results if result.header is not None]
    scores = joined_names(header.score_names for header in headers)
    return [*MEMBER, *(factor.key for factor in record.factors), *scores]


def table_rows(record: SweepRecord, results: Sequence[CellResult]) -> Iterator[Row]:
    """The rows: cells in the order of the grid; one without a score has none."""
    names = table_columns(record, results)[len(MEMBER) + len(record.factors) :]
    for result in results:
        header = result.header
        if header is None or result.scores is None:
            continue
        settings = list(result.cell.settings.values())
        for head in header.heads:
            values = [result.values(head.name, name) for name in names]
            for place, seed in enumerate(header.seeds):
                yield [
                    result.cell.id,
                    f"{record.name}/{result.cell.id}",
                    result.state,
                    result.step,
                    head.name,
                    seed,
                    *settings,
                    *(of_seeds[place] if of_seeds else float("nan") for of_seeds in values),
                ]


def write_table_csv(record: SweepRecord, results: Sequence[CellResult], out: TextIO) -> None:
    """Write it as CSV: numbers with all their digits."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table_columns(record, results))
    writer.writerows(table_rows(record, results))


def export_sweep(
    record: SweepRecord,
    results: Sequence[CellResult],
    place: Path,
    *,
    parquet: bool,
    force: bool,
) -> None:
    """Write the table to a file, whole or not at all; UsageError where it cannot be."""
    with written_whole(place, folder=False, force=force) as part:
        if parquet:
            _write_parquet(record, results, part)
            return
        with part.open("w", encoding="utf-8", newline="") as out:
            write_table_csv(record, results, out)


def _write_parquet(record: SweepRecord, results: Sequence[CellResult], path: Path) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("parquet needs pyarrow: pip install pyarrow") from None
    names = table_columns(record, results)
    rows = list(table_rows(record, results))
    columns = dict.fromkeys(names)
    arrays = {}
    for place, name in enumerate(columns):
        values = [row[place] for row in rows]
        try:
            arrays[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # values of several kinds
            arrays[name] = pa.array([str(value) for value in values])
    with path.open("wb") as out:
        pq.write_table(pa.table(arrays), out, compression="zstd")
