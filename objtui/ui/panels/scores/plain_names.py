"""What the columns of the scores panel are called in words, where there is room below the table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from objtui.measures.scores import score_of
from objtui.ui.charts.words import cut, legible
from objtui.ui.theme import FAINT, Theme


def plain_names(
    columns: Sequence[tuple[str, str, int]], room: int, width: int, theme: Theme
) -> list[Text]:
    """A line a column in at most `room` lines of `width` cells, an empty one before if it fits.

    `columns`: (score, heading, cells). None at all where not all of them fit.
    """
    if room < len(columns) or not columns:
        return []
    label = max(cell_len(heading) for _, heading, _ in columns)
    lines = [Text()] if room > len(columns) else []
    for name, heading, _ in columns:
        meaning = legible(score_of(name).meaning, theme)
        lines.append(Text(cut(f" {heading.ljust(label)}  {meaning}", width, theme), FAINT))
    return lines
