"""The sweeps of a folder of runs, a line each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from objtui.errors import RunFileError
from objtui.runfile.find import Watches
from objtui.sweep.cells import SETTLED, read_cells
from objtui.sweep.record import SweepRecord, read_record, sweep_folders
from objtui.sweep.standing import DRIVER_GONE, in_training, state_of
from objtui.text.numbers import age, counted
from objtui.text.terminal import printable_record


@dataclass(frozen=True, slots=True)
class SweepListing:
    """A sweep; without a record where that cannot be read.

    Attributes:
        state: as `standing.state_of` has it.
        done, failed: cells of which nothing is left to train, and cells that failed.
        training: cells with a trainer at work.
    """

    name: str
    folder: Path
    record: SweepRecord | None
    state: str
    done: int = 0
    failed: int = 0
    training: int = 0
    reason: str = ""


def list_sweeps(runs: Path, watches: Watches | None = None) -> list[SweepListing]:
    """Every sweep in a folder of runs, that last begun first, then those that cannot be read.

    Successive looks share `watches`, as with `list_runs`.
    """
    watches = Watches() if watches is None else watches
    listed = [_listing(folder, watches) for folder in sweep_folders(runs)]
    return sorted(
        listed,
        key=lambda sweep: (0.0 if sweep.record is None else -sweep.record.created_at, sweep.name),
    )


def _listing(folder: Path, watches: Watches) -> SweepListing:
    try:
        record = read_record(folder)
        driven = record.is_driven(folder)  # asked first: what it had trained by then is read below
        results = read_cells(folder, record, watches)
    except RunFileError as error:
        reason = str(error).removeprefix(f"{folder}/")
        return SweepListing(folder.name, folder, None, "unreadable", reason=reason)
    done = sum(result.state in SETTLED for result in results)
    failed = 0 if driven else sum(result.failed for result in results)
    state = state_of(record, driven, results)
    return SweepListing(folder.name, folder, record, state, done, failed, in_training(results))


def sweep_rows(sweeps: list[SweepListing], now: float) -> list[str]:
    """Aligned lines: name, state, scenario, cells that are done, age, and what it goes over."""
    rows = []
    for sweep in sweeps:
        record = sweep.record
        if record is None:
            rows.append((sweep.name, sweep.state, sweep.reason, "", "", ""))
            continue
        cells = f"{sweep.done}/{counted(len(record.cells), 'cell')}"
        cells += f", {sweep.failed} failed" if sweep.failed else ""
        cells += f", {sweep.training} in training" if sweep.state == DRIVER_GONE else ""
        over = " × ".join(f"{factor.key} ({len(factor.values)})" for factor in record.factors)
        scenario = Path(record.base.scenario_path).name
        when = f"{age(now - record.created_at)} ago"
        rows.append((sweep.name, sweep.state, scenario, cells, when, over))
    shown = [printable_record(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]


def sweep_json(sweep: SweepListing, now: float) -> dict[str, Any]:
    """A sweep as a JSON line of the list of runs."""
    record = sweep.record
    return {
        "sweep": sweep.name,
        "state": sweep.state,
        "scenario": record and record.base.scenario_path,
        "cells": record and len(record.cells),
        "finished": sweep.done,
        "failed": sweep.failed,
        "training": sweep.training,
        "factors": record and [factor.key for factor in record.factors],
        "age_s": record and max(0.0, now - record.created_at),
        "folder": str(sweep.folder),
        "message": sweep.reason,
    }
