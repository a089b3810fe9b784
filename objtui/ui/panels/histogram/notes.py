"""Words between the columns of a histogram: beside marks, in corners, at the ends of the axis."""

from __future__ import annotations

from itertools import product

from objtui.ui.charts.axis import Axis
from objtui.ui.charts.bars import OPAQUE, Layers, seen
from objtui.ui.charts.numbers import short_count
from objtui.ui.theme import FAINT, Theme


def edge_note(
    below: list[str], above: list[str], axis: Axis, theme: Theme, occupied: str = ""
) -> str:
    """A line with what lies beyond the axis at its ends, where there is anything.

    Of either side the first words stand there where nothing else does, else the last.
    """
    left, right = "<>" if theme.glyphs == "ascii" else "‹›"
    half, occupied = axis.cells // 2, occupied.ljust(axis.cells)
    start = end = ""
    for words in below:
        start = " " * axis.below + f"{left}{words}".replace(" ", OPAQUE)
        if len(start) < half and not occupied[axis.below : len(start)].strip():
            break
    for words in above:
        end = f"{words}{right}".replace(" ", OPAQUE) + " " * axis.above
        free = occupied[axis.cells - len(end) : axis.cells - axis.above]
        if len(end) < half and not free.strip():
            break
    return start + " " * (axis.cells - len(start) - len(end)) + end


def captioned(note: str, occupied: str, words: list[str], missing: int, right: bool) -> str:
    """A note with the first of `words` that fits in a corner where nothing else is.

    The preferred corner is the right or the left one. NaN are told in any case.
    """
    if missing > 0:
        nan = f"{short_count(missing)} NaN"
        words = [*(f"{word}, {nan}" for word in words), nan]
    words = [word.replace(" ", OPAQUE) for word in words]
    for word in words:
        room = len(note) - len(word) - 1
        if room < 1:
            continue
        for start in (room, 1) if right else (1, room):
            around = slice(start - 1, start + len(word) + 1)
            if not note[around].strip() and not occupied[around].strip():
                return note[:start] + word + note[start + len(word) :]
    return f"{words[-1]}{note[len(words[-1]) :]}"[: len(note)] if missing > 0 else note


def add_mark_words(axis: Axis, guides: str, rows: list[Layers]) -> None:
    """Put what each mark means beside it, as long as any of some lines is blank there.

    If possible it is on the side away from 0.
    """
    zero, occupied = axis.cell(0.0) or 0, [merged(row) for row in rows]
    for cell, forms in axis.mark_words():
        sides = (-1, 1) if cell < zero else (1, -1)
        for word, side, at in product(forms, sides, range(len(rows))):
            start = cell + 1 if side > 0 else cell - len(word)
            end = start + len(word)
            around = occupied[at][max(start - 1, 0) : end + 1] + guides[start:end]
            if start >= 1 and end < axis.cells and not around.strip():
                words = " " * start + word.replace(" ", OPAQUE) + " " * (axis.cells - end)
                rows[at].append((words, FAINT))
                occupied[at] = merged(rows[at])
                break


def merged(row: Layers) -> str:
    """Where any of a line's layers shows something."""
    return seen(row)[0]
