"""Lines inside a border with a title."""

from __future__ import annotations

from rich.text import Text

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
    body = []
    for row in range(height - 2):
        line = lines[row].copy() if row < len(lines) else Text()
        line.truncate(width - 2)
        line.pad_right(width - 2 - line.cell_len)
        body.append(Text.assemble(corner[3], line, corner[3]))
    bottom = Text(corner[4] + corner[1] * (width - 2) + corner[5])
    return [top, *body, bottom]
