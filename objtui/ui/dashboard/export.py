"""Export from a dashboard that goes on being drawn meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from objtui.errors import ObjtuiError
from objtui.export.formats import ExportFormat, default_place
from objtui.export.write import export_runs
from objtui.ui.charts.words import NOTHING_YET
from objtui.ui.dashboard.screen import DashboardScreen
from objtui.ui.dashboard.still import still_lines
from objtui.ui.pictures.picture import picture_title, write_picture

MAX_OFFERED = 1000
"""Numbers that are tried for a place that is free."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of an export: its place, and why nothing was written, if so."""

    place: Path
    error: str = ""


def offered_place(screen: DashboardScreen, kind: ExportFormat) -> Path | None:
    """A place beside the run file at which nothing is yet; None before there is a run file."""
    paths = _exported(screen, kind)
    if not paths:
        return None
    step = screen.state.cursor if kind.picture else None
    place = default_place(kind, paths, paths[0].parent, step)
    ending = "" if kind.folder else place.suffix
    start = place.name.removesuffix(ending)
    names = (place.name, *(f"{start}-{number}{ending}" for number in range(2, MAX_OFFERED)))
    free = (place.with_name(name) for name in names)
    return next((offered for offered in free if not offered.exists()), place)


def _exported(screen: DashboardScreen, kind: ExportFormat) -> list[Path]:
    """The run files that an export is of: all where the format holds several."""
    sources = screen.runs.sources if kind.several else (screen.source,)
    return [source.reader.path for source in sources if source.reader is not None]


async def export_shown(
    screen: DashboardScreen, kind: ExportFormat, place: Path, *, force: bool = False
) -> Exported:
    """Write the runs of a dashboard, or a picture of what it shows now, to a place.

    A format that holds one run only gets that of the head in focus.

    The writing is done on a thread, with a reader of its own.
    """
    paths = _exported(screen, kind)
    if not paths:
        return Exported(place, NOTHING_YET)
    title = picture_title(paths)
    lines = []
    if kind.picture:
        if screen.runs.history is None:
            return Exported(place, NOTHING_YET)
        theme, size = screen.renderer.theme, screen.size
        lines = still_lines(screen.runs, screen.state, theme, size, screen.zoomed)
    screen.say(f"writing {place}")

    def write() -> None:
        if kind.picture:
            write_picture(kind, lines, title, place, force=force)
        else:
            export_runs(kind, paths, place, force=force)

    try:
        await asyncio.to_thread(write)
    except ObjtuiError as error:
        return Exported(place, error.lines()[0])
    return Exported(place)
