"""Names and what they mean as two columns of plain text, as wide as a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from objtui.text.terminal import terminal_size

MIN_WIDTH, MAX_WIDTH = 30, 100
"""Letters of a line: fewer cannot hold two columns, more are hard to read."""

MAX_NAME = 24
"""Letters of the first column; a longer name stands on a line of its own."""

INDENT, GAP = 2, 2


def page_width() -> int:
    """Letters of a line: as the terminal has it, within the bounds."""
    return max(MIN_WIDTH, min(terminal_size().columns, MAX_WIDTH))


def paragraph(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` letters."""
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def two_columns(rows: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Names, and beside each its meaning, in lines of at most `width` letters.

    A single word that is longer than its column stays whole.
    """
    listed = list(rows)
    fits = [len(name) for name, _ in listed if len(name) <= min(MAX_NAME, width // 3)]
    left = INDENT + max(fits, default=0) + GAP
    lines = []
    for name, meaning in listed:
        described = [" " * left + line for line in paragraph(meaning, width - left)] or [""]
        if INDENT + len(name) + GAP > left:
            lines.append(" " * INDENT + name)
        else:
            described[0] = f"{' ' * INDENT}{name}".ljust(left) + described[0][left:]
        lines += [line.rstrip() for line in described]
    return lines
