"""What frames a histogram: the axis in its middle, numbers in its border, notes at its edges."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.runs.history import Moment
from objtui.ui.line_panel import framed
from objtui.ui.look import FAINT
from objtui.ui.panels.axis import Spread
from objtui.ui.panels.bars import Layers, layered
from objtui.ui.panels.histogram.notes import class_note
from objtui.ui.panels.histogram.view import HistogramView
from objtui.ui.panels.plot_frame import message_panel
from objtui.ui.panels.words import NONE_YET, WAITING

CAPTION = "italic"
"""Style of words between columns: no hue and not dim, to be read on every background."""


@dataclass(frozen=True, slots=True)
class Halves:
    """Columns above and below the axis, and what notes at their edges are about.

    Attributes:
        upper, lower: layers of objects and of background, line by line from the top.
        spread: the counts that are drawn; `below` and `above` are (2,), negatives first.
        missing: rows of background and objects whose logit is NaN.
    """

    upper: list[Layers]
    lower: list[Layers]
    spread: Spread
    missing: tuple[int, int]


def half_heights(view: HistogramView) -> tuple[int, int]:
    """Lines above and below the axis line."""
    inner = max(view.height - 3, 0)
    return (inner + 1) // 2, inner // 2


def waiting(view: HistogramView, title: Text, moment: Moment | None) -> list[Text]:
    """The panel before the first frame, or of a head that has none in a moment of others."""
    words = WAITING if moment is None else NONE_YET
    return message_panel(title, words, view.look, view.width, view.height)


def with_axis(view: HistogramView, title: Text, lines: list[Text]) -> list[Text]:
    """The frame, with the axis's numbers in its lower border."""
    panel = framed(title, lines, view.width, view.height, view.look)
    border = panel[-1].plain
    panel[-1] = Text(border[0] + view.axis.labels(view.look) + border[-1])
    return panel


def about_axis(view: HistogramView, halves: Halves) -> list[Text]:
    """Objects, the axis line and background, with notes in the outermost lines."""
    axis, look = view.axis, view.look
    upper, lower = list(halves.upper), list(halves.lower)
    for rows, outermost, of_class in ((upper, 0, POSITIVE), (lower, -1, NEGATIVE)):
        if rows:
            taken = _merged(rows[outermost])
            note = class_note(view, halves.spread, halves.missing[of_class], of_class, taken)
            rows[outermost] = [(note, CAPTION), *rows[outermost]]
    guides = (axis.guides(look), FAINT)
    return [
        *(layered([*row, guides]) for row in upper),
        Text(axis.line(look)),
        *(layered([*row, guides]) for row in lower),
    ]


def _merged(row: Layers) -> str:
    """Where any of a line's layers shows something."""
    columns = zip(*(characters for characters, _ in row), strict=True)
    return "".join(next((c for c in column if c != " "), " ") for column in columns)
