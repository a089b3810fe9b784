"""Marks and names of the heads that share a diagram, in the room of a title."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from rich.text import Text

from objtui.ui.theme import FAINT, Theme

GAP = "  "


def legend(heads: Sequence[Text], room: int, theme: Theme) -> Text:
    """The heads in at most `room` cells: the first of them, and how many more there are.

    Where there is not room for one, how many they are; empty where that has none either.
    """
    gap = len(GAP)
    ends = list(accumulate(head.cell_len + gap for head in heads))  # gaps behind them, too
    if not ends or ends[-1] - gap <= room:
        return _joined(heads)
    dots = "..." if theme.glyphs == "ascii" else "…"
    for shown in range(bisect_right(ends, room), 0, -1):
        more = Text(f"{dots} {len(heads) - shown} more", FAINT)
        if ends[shown - 1] + more.cell_len <= room:
            return _joined([*heads[:shown], more])
    count = Text(f"{len(heads)} heads" if len(heads) > 1 else "", FAINT)
    return count if count.cell_len <= room else Text()


def _joined(parts: Sequence[Text]) -> Text:
    return Text(GAP).join(parts)
