"""Text made to fit the cells of a terminal: cut, filled up, wrapped, in columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells
from rich.text import Text

from objtui.ui.theme import Theme

GAP = 2
"""Cells between two columns."""


def fitted(text: Text, width: int, theme: Theme) -> Text:
    """A copy in exactly `width` cells, to the side of its `justify`; a cut one ends in dots."""
    text = text.copy()
    if text.cell_len > width:
        dots = "..." if theme.glyphs == "ascii" else "…"
        text.truncate(max(0, width - len(dots)))
        text.append(dots[: max(0, width)])
    pad = text.pad_left if text.justify == "right" else text.pad_right
    pad(max(0, width - text.cell_len))
    return text


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` cells, broken at blanks where it has any."""
    lines, width = [""], max(1, width)  # a terminal may be narrower than a margin
    for word in text.split():
        candidate = f"{lines[-1]} {word}".lstrip()
        if cell_len(candidate) <= width or len(chop_cells(candidate, width)) <= 1:
            lines[-1] = candidate
            continue
        pieces = chop_cells(word, width)
        lines = lines if lines[-1] else lines[:-1]
        lines.extend(pieces)
    return lines


def column_widths(
    rows: Sequence[Sequence[Text]], width: int, wide: int, most: int = 32
) -> list[int]:
    """Widths of the columns of a table that fills `width` cells.

    Args:
        rows: cells; a row with fewer cells than others spans the rest with its last one.
        wide: the column that takes what the others leave.
        most: widest that any other column becomes.
    """
    columns = max((len(row) for row in rows), default=0)
    widths = [0] * columns
    for row in rows:
        spanning = len(row) - 1 if len(row) < columns else columns
        for column, cell in enumerate(row[:spanning]):
            widths[column] = max(widths[column], min(cell.cell_len, most))
    if columns:
        others = sum(widths) - widths[wide] + GAP * (columns - 1)
        widths[wide] = max(0, width - others)
    return widths


def table_row(cells: Sequence[Text], widths: Sequence[int], width: int, theme: Theme) -> Text:
    """One row of a table, in exactly `width` cells."""
    line = Text()
    for column, cell in enumerate(cells):
        spans = column == len(cells) - 1
        line.append_text(fitted(cell, width - line.cell_len if spans else widths[column], theme))
        if not spans:
            line.append(" " * GAP)
    return fitted(line, width, theme)
