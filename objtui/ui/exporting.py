"""Export from a dashboard that goes on being drawn meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from objtui.errors import ObjtuiError
from objtui.export.formats import ExportFormat, default_place
from objtui.export.write import export_runs
from objtui.ui.dashboard import RunScreen
from objtui.ui.picture import screen_lines, write_picture


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of an export: its place, and why nothing was written, if so."""

    place: Path
    error: str = ""


def offered_place(screen: RunScreen, kind: ExportFormat) -> Path | None:
    """A place beside the run file; None before there is one."""
    reader = screen.source.reader
    return None if reader is None else default_place(kind, [reader.path], reader.path.parent)


async def export_shown(
    screen: RunScreen, kind: ExportFormat, place: Path, *, force: bool = False
) -> Exported:
    """Write the run of a dashboard, or a picture of what it shows now, to a place.

    The writing is done on a thread, with a reader of its own.
    """
    reader = screen.source.reader
    if reader is None:
        return Exported(place, "nothing is recorded yet")
    path = reader.path
    lines = screen_lines(screen) if kind.picture else []

    def write() -> None:
        if kind.picture:
            write_picture(kind, lines, f"objtui watch {path.stem}", place, force=force)
        else:
            export_runs(kind, [path], place, force=force)

    try:
        await asyncio.to_thread(write)
    except ObjtuiError as error:
        return Exported(place, error.lines()[0])
    return Exported(place)
