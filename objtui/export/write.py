"""Writing recorded runs to a place or to standard output, by the writer of their format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from objtui.errors import UsageError
from objtui.export.formats import ExportFormat, load_writer
from objtui.export.place import written_whole
from objtui.runs.recorded import recorded_runs


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
        load_writer(kind.writer)(runs, part)


def stream_runs(kind: ExportFormat, paths: Sequence[Path], out: TextIO) -> None:
    """Write run files to standard output, in a format that has a `stream`.

    Raises RunFileError where a run cannot be read, UsageError where `out` takes no more,
    BrokenPipeError where its reader is gone.
    """
    with recorded_runs(paths) as runs:
        try:
            load_writer(kind.stream)(runs, out)
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
        if _are_same(place, path):
            raise UsageError(f"{place} is the run itself; name another place")


def _are_same(place: Path, path: Path) -> bool:
    try:
        return place.samefile(path)
    except OSError:  # there is none, nor could be, as of a name that is too long
        return False
