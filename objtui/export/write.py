"""Writing recorded runs out, by the name of a format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from objtui.errors import UsageError
from objtui.export.csv_tables import write_csv_folder, write_csv_scores
from objtui.export.event_files import write_event_folder
from objtui.export.formats import ExportFormat
from objtui.export.json_lines import write_json_lines, write_jsonl_file
from objtui.export.parquet_tables import write_parquet_folder
from objtui.export.place import written_whole
from objtui.runfile.copying import copy_run
from objtui.runs.recorded import RecordedRun, recorded_runs

WRITERS: dict[str, Callable[[Sequence[RecordedRun], Path], None]] = {
    "csv": write_csv_folder,
    "jsonl": write_jsonl_file,
    "parquet": write_parquet_folder,
    "tensorboard": write_event_folder,
    "run": lambda runs, place: copy_run(runs[0].reader, place),
}
"""By format, what writes runs to a path at which nothing is yet; pictures are elsewhere."""

STREAM_WRITERS: dict[str, Callable[[Sequence[RecordedRun], TextIO], None]] = {
    "csv": write_csv_scores,
    "jsonl": write_json_lines,
}
"""By format, what writes runs to standard output; of csv the scores alone."""


def export_runs(kind: ExportFormat, paths: Sequence[Path], place: Path, *, force: bool) -> None:
    """Write run files to `place` in a format that is no picture.

    Raises RunFileError where a run cannot be read, UsageError where `place` cannot be
    written, holds something and `force` is not set, or is one of the runs itself.
    """
    refuse_sources(kind, paths, place)
    with (
        recorded_runs(paths) as runs,
        written_whole(place, folder=kind.folder, force=force) as part,
    ):
        WRITERS[kind.name](runs, part)


def stream_runs(kind: ExportFormat, paths: Sequence[Path], out: TextIO) -> None:
    """Write run files to standard output, in a format of text.

    Raises RunFileError where a run cannot be read, UsageError where `out` takes no more,
    BrokenPipeError where its reader is gone.
    """
    with recorded_runs(paths) as runs:
        try:
            STREAM_WRITERS[kind.name](runs, out)
            out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(f"standard output: cannot be written: {reason}") from error


def refuse_sources(kind: ExportFormat, paths: Sequence[Path], place: Path) -> None:
    """Raise UsageError where the runs are too many for a format, or `place` is one of them."""
    if len(paths) > 1 and not kind.several:
        raise UsageError(f"{kind.name} takes one run at a time")
    for path in paths:
        if place.exists() and place.samefile(path):
            raise UsageError(f"{place} is the run itself; name another place")
