"""Runs as JSON lines: what `--json` writes while a run goes, without `--live`.

A run that has not ended has no line of its end. With several runs, one after the
other, every line names its run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from objtui.measures.frames import Frame
from objtui.reports.jsonlines import (
    calibration_lines,
    claim_line,
    encode_line,
    end_line,
    frame_line,
    is_always_written,
    numbers_line,
    run_line,
)
from objtui.runfile.records import RunHeader, RunStatus
from objtui.runs.follow import Logged, RunEnd, follow
from objtui.runs.recorded import RecordedRun


def write_jsonl_file(runs: Sequence[RecordedRun], place: Path) -> None:
    """Write the lines of all runs to a new file."""
    with place.open("w", encoding="ascii", newline="\n") as out:
        write_json_lines(runs, out)


def write_json_lines(runs: Sequence[RecordedRun], out: TextIO) -> None:
    """Write the lines of all runs."""
    for run in runs:
        for line in _lines(run):
            named = line if len(runs) == 1 else {**line, "run": run.name}
            out.write(encode_line(named) + "\n")


def _lines(run: RecordedRun) -> Iterator[dict[str, Any]]:
    for event in follow(run.reader):
        match event:
            case RunHeader():
                yield run_line(event)
            case Frame():
                if is_always_written(event):
                    yield frame_line(run.header, event)
                    yield from calibration_lines(run.header, event)
            case Logged():
                yield numbers_line(event)
            case RunStatus():
                return  # it goes on, and what it had recorded has been read
            case RunEnd():
                yield from (claim_line(verdict) for verdict in event.verdicts)
                yield end_line(event)
