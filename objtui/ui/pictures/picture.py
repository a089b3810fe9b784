"""What a screen shows as lines of cells, and lines of cells as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text
from textual.screen import Screen

from objtui.export.formats import ExportFormat, load_writer
from objtui.export.place import written_whole
from objtui.text.terminal import printable
from objtui.ui.charts.line_panel import LinePanel


def write_picture(
    kind: ExportFormat, lines: Sequence[Text], title: str, place: Path, *, force: bool
) -> None:
    """Write lines of cells in a format of pictures; raises UsageError as `written_whole` does."""
    data: bytes = load_writer(kind.writer)(lines, title)
    with written_whole(place, folder=False, force=force) as part:
        part.write_bytes(data)


def picture_title(paths: Sequence[Path]) -> str:
    """What stands over a picture of these run files: the command that shows them."""
    return " ".join(["objtui watch", *(printable(path.stem) for path in paths)])


def screen_lines(screen: Screen[Any]) -> list[Text]:
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
