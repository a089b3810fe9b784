"""The dashboard, or one panel of it, as a picture, without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from objtui.errors import UsageError
from objtui.export.formats import ExportFormat
from objtui.export.place import written_whole
from objtui.runfile.records import RunHeader
from objtui.ui import layout as layouts
from objtui.ui.app import DashboardApp
from objtui.ui.comparison import Comparison
from objtui.ui.dashboard import RunScreen
from objtui.ui.drawing import HEAD, Drawing
from objtui.ui.line_panel import LinePanel
from objtui.ui.look import Look
from objtui.ui.pixel_picture import png_of
from objtui.ui.run_source import RunSource
from objtui.ui.vector_picture import svg_of

SETTLE_S = 0.2

LEAST_PANEL = (30, 8)
"""Columns and rows below which a panel by itself cannot be read."""

PANELS = ("curves", "scores", "claims")
"""Panels beside those of the heads, which go by the heads' names."""


def write_picture(
    kind: ExportFormat, lines: Sequence[Text], title: str, place: Path, *, force: bool
) -> None:
    """Write lines of cells as `svg` or `png`; raises UsageError as `written_whole` does."""
    data = png_of(lines) if kind.name == "png" else svg_of(lines, title).encode()
    with written_whole(place, folder=False, force=force) as part:
        part.write_bytes(data)


def dashboard_lines(path: Path, title: str, width: int, height: int) -> list[Text]:
    """The dashboard on a run file, of so many cells, as it stands now.

    Raises RunFileError, or UsageError where the dashboard needs more room.
    """
    _require_size((width, height), (layouts.LEAST_WIDTH, layouts.LEAST_HEIGHT), "the dashboard")
    source = RunSource(path)
    app = DashboardApp(source, Look(), title=title, owns_training=False)

    async def draw() -> list[Text]:
        async with app.run_test(size=(width, height)) as pilot:
            while source.behind and app.return_value is None:
                await pilot.pause(SETTLE_S)
            await pilot.pause(SETTLE_S)
            return screen_lines(app.dashboard)

    try:
        lines = asyncio.run(draw())
    finally:
        source.close()
    if app.return_value is not None and app.return_value.error is not None:
        raise app.return_value.error
    return lines


def panel_lines(path: Path, panel: str, width: int, height: int) -> list[Text]:
    """One panel on a run file, by itself, of so many cells, as it stands now.

    `panel` is the name of a head or one of PANELS. Raises RunFileError, or UsageError
    where there is no such panel or it needs more room.
    """
    _require_size((width, height), LEAST_PANEL, "a panel")
    source = RunSource(path)
    try:
        while source.behind:
            source.look()
        if source.history is None:
            raise UsageError(f"{path}: nothing is recorded yet")
        drawing = Drawing(Look(), source.history.header.title)
        drawing.begin(source.history)
        name = panel_name(source.history.header, panel)
        return drawing.panel(name, Comparison([source]), width, height)
    finally:
        source.close()


def panel_name(header: RunHeader, panel: str) -> str:
    """The dashboard's own name of a panel; UsageError where there is none."""
    heads = [head.name for head in header.heads]
    if panel in heads:
        return f"{HEAD}{heads.index(panel)}"
    panels = [name for name in PANELS if name != "claims" or header.claims]
    if panel not in panels:
        raise UsageError(f"there is no panel {panel!r}; panels: {', '.join([*heads, *panels])}")
    return panel


def screen_lines(screen: RunScreen) -> list[Text]:
    """What a dashboard shows at this moment, line by line."""
    width, height = screen.size
    panels = [panel for panel in screen.query(LinePanel) if panel.display and panel.region.area]
    panels.sort(key=lambda panel: panel.region.x)
    lines = []
    for y in range(height):
        line = Text()
        for panel in panels:
            region, row = panel.region, y - panel.region.y
            if 0 <= row < region.height:
                line.pad_right(region.x - line.cell_len)
                line.append_text(panel.lines[row] if row < len(panel.lines) else Text())
                line.truncate(region.right)
        line.pad_right(width - line.cell_len)
        lines.append(line)
    return lines


def _require_size(size: tuple[int, int], least: tuple[int, int], what: str) -> None:
    if size[0] < least[0] or size[1] < least[1]:
        raise UsageError(
            f"{size[0]}x{size[1]} cells are too few: {what} needs {least[0]}x{least[1]}"
        )
