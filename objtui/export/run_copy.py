"""A run as a copy of its run file, for another machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from objtui.runfile.copying import copy_run
from objtui.runs.recorded import RecordedRun


def write_run_copy(runs: Sequence[RecordedRun], place: Path) -> None:
    """Write the first run, the only one of this format, to a new file."""
    copy_run(runs[0].reader, place)
