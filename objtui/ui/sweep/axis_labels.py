"""A line of labels below an axis."""

from __future__ import annotations

from collections.abc import Sequence

from objtui.ui.charts.words import cut, legible
from objtui.ui.theme import Theme


def label_line(columns: Sequence[int], labels: Sequence[str], cells: int, theme: Theme) -> str:
    """Labels about their columns, on blanks; those of both ends first, others where room is."""
    line, taken = [" "] * cells, [False] * cells
    last = len(labels) - 1
    for place in sorted(range(len(labels)), key=lambda at: (0 < at < last, at)):
        label = cut(legible(labels[place], theme), cells, theme)
        start = max(0, min(columns[place] - len(label) // 2, cells - len(label)))
        if not any(taken[max(0, start - 1) : start + len(label) + 1]):
            line[start : start + len(label)] = label
            taken[start : start + len(label)] = [True] * len(label)
    return "".join(line)
