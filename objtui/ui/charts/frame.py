"""Lines inside a border with a title."""

from __future__ import annotations

from rich.text import Span, Text

from objtui.ui.theme import Theme

ROUND = "╭─╮│╰╯"
PLAIN = "+-+|++"


def framed(title: Text, lines: list[Text], width: int, height: int, theme: Theme) -> list[Text]:
    """Lines inside a border with a title, exactly `width` × `height` cells."""
    corner = PLAIN if theme.glyphs == "ascii" else ROUND
    title = title.copy()
    title.truncate(max(0, width - 4), overflow="ellipsis" if corner == ROUND else "crop")
    fill = corner[1] * (width - 4 - title.cell_len)
    top = Text.assemble(corner[0], " ", title, " ", fill, corner[2])
    body = [
        _between(corner[3], lines[row] if row < len(lines) else Text(), width - 2)
        for row in range(height - 2)
    ]
    bottom = Text(corner[4] + corner[1] * (width - 2) + corner[5])
    return [top, *body, bottom]


def _between(side: str, line: Text, width: int) -> Text:
    """A line of that width between both sides of a border."""
    if line.cell_len != width:
        line = line.copy()
        line.truncate(width)
        line.pad_right(width - line.cell_len)
    spans = [Span(0, len(line), line.style), *line.spans] if line.style else line.spans
    start = len(side)
    moved = [Span(span.start + start, span.end + start, span.style) for span in spans]
    return Text(f"{side}{line.plain}{side}", spans=moved)
