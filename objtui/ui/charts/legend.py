"""Marks and names of the heads that share a diagram, in the room of a title."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from objtui.ui.theme import FAINT, Theme


def legend(heads: Sequence[Text], room: int, theme: Theme) -> Text:
    """The heads in at most `room` cells: the first of them, and how many more there are.

    Where there is not room for one, how many they are; empty where that has none either.
    """
    dots = "..." if theme.glyphs == "ascii" else "…"
    lines = [_joined(heads)]
    for shown in range(len(heads) - 1, 0, -1):
        more = Text(f"{dots} {len(heads) - shown} more", FAINT)
        lines.append(_joined([*heads[:shown], more]))
    lines.append(Text(f"{len(heads)} heads" if len(heads) > 1 else "", FAINT))
    return next((line for line in lines if line.cell_len <= room), Text())


def _joined(parts: Sequence[Text]) -> Text:
    return Text("  ").join(parts)
