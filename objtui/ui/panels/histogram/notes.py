"""Notes in the outermost lines of a class: what it is, and rows that have no column."""

from __future__ import annotations

import numpy as np

from objtui.measures.frames import NEGATIVE
from objtui.runs.history import Moment
from objtui.ui.look import Look
from objtui.ui.panels.axis import Spread
from objtui.ui.panels.bars import OPAQUE
from objtui.ui.panels.histogram.view import HistogramView
from objtui.ui.panels.numbers import short_count

OBJECTS, BACKGROUND = "objects", "background"


def expected_rows(view: HistogramView, moment: Moment, head: int) -> tuple[int, int]:
    """Rows of background and objects that a head is evaluated on, over its seeds."""
    run, seeds = view.run_of(head), moment.seeds(head)
    rows = run.val or run.train
    return (rows.rows - rows.positives) * seeds, rows.positives * seeds


def missing_rows(view: HistogramView, moment: Moment, heads: list[int]) -> tuple[int, int]:
    """Rows of background and objects whose logit is NaN, over heads and seeds."""
    expected = np.array([expected_rows(view, moment, head) for head in heads])  # (heads, 2)
    counted = moment.counts[heads].sum(axis=-1, dtype=np.int64)
    negative, positive = (expected - counted).sum(axis=0)
    return int(negative), int(positive)


def class_note(view: HistogramView, spread: Spread, missing: int, of_class: int, taken: str) -> str:
    """A class's outermost line: counts outside at the edges, the class, the scale.

    `taken` is what stands in that line already.
    """
    background = of_class == NEGATIVE
    name = BACKGROUND if background else OBJECTS
    if view.state.log_counts:
        scale = "" if background else ", log counts"
    else:
        scale = ", own scale" if background else ", linear"
    below, above = (
        f"+{short_count(rows)}" if rows else ""
        for rows in (float(spread.below[of_class]), float(spread.above[of_class]))
    )
    note = edge_note(below, above, view.axis.cells, view.look)
    return captioned(note, taken, [name + scale, name], missing, right=background)


def edge_note(below: str, above: str, cells: int, look: Look) -> str:
    """A line with what lies outside the axis at its ends, where there is anything."""
    left, right = "<>" if look.glyphs == "ascii" else "‹›"
    start = left + below if below else ""
    end = above + right if above else ""
    return start + " " * (cells - len(start) - len(end)) + end


def captioned(note: str, taken: str, words: list[str], missing: int, right: bool) -> str:
    """A note with the first of `words` that fits in a corner where nothing else is.

    The preferred corner is the right or the left one. NaN are told in any case.
    """
    if missing > 0:
        lost = f"{short_count(missing)} NaN"
        words = [*(f"{word}, {lost}" for word in words), lost]
    words = [word.replace(" ", OPAQUE) for word in words]
    for word in words:
        room = len(note) - len(word) - 1
        if room < 1:
            continue
        for start in (room, 1) if right else (1, room):
            around = slice(start - 1, start + len(word) + 1)
            if not note[around].strip() and not taken[around].strip():
                return note[:start] + word + note[start + len(word) :]
    return f"{words[-1]}{note[len(words[-1]) :]}"[: len(note)] if missing > 0 else note
