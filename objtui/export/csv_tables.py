"""Runs as CSV: a folder with a file a table.

Numbers have as many digits as bring them back to the last bit; those that are not
finite are `nan`, `inf` and `-inf`, flags are `true` and `false`.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from objtui.export.tables import Table, scores_table, tables
from objtui.runs.recorded import RecordedRun


def write_csv_folder(runs: Sequence[RecordedRun], place: Path) -> None:
    """Make the folder `place` with `scores.csv`, `histograms.csv` and `training_loss.csv`."""
    place.mkdir()
    for table in tables(runs):
        with (place / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as out:
            write_csv(table, runs, out)


def write_csv_scores(runs: Sequence[RecordedRun], out: TextIO) -> None:
    """Write the table of scores alone."""
    write_csv(scores_table(runs), runs, out)


def write_csv(table: Table, runs: Sequence[RecordedRun], out: TextIO) -> None:
    """Write one table of all runs, with a line of column names."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    flags = [kind == "flag" for kind in table.columns.values()]
    for run in runs:
        for columns in table.rows(run):
            values = [
                ["true" if value else "false" for value in column] if flag else column.tolist()
                for column, flag in zip(columns.values(), flags, strict=True)
            ]
            writer.writerows(zip(*values, strict=True))
