"""The dashboard's last line: keys, or a word to the person."""

from __future__ import annotations

from rich.text import Text

from objtui.ui.key import LAST_HINTS
from objtui.ui.theme import FAINT, STRONG


def footer_line(hints: list[tuple[str, str]], note: str, width: int) -> Text:
    """The line at the bottom: a note if there is one, else keys and what they do."""
    if note:
        line = Text(f" {note}", style=STRONG)
    else:
        line = Text(" ")
        for shown, text in fitting(hints, width - 1):
            line.append(shown, STRONG)
            line.append(f" {text}  ", FAINT)
    line.truncate(width)
    return line


def fitting(hints: list[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """As many hints as there is room for; those that come last are the last to go."""
    kept, last = list(hints), sum(text in LAST_HINTS for _, text in hints)
    while len(kept) > 1 and sum(len(key) + len(text) + 3 for key, text in kept) > width:
        kept.pop(-1 - last if len(kept) > last else 0)
    return kept
