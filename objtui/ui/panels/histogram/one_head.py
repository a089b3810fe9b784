"""One head's histogram: columns that stand on the axis and hang from it."""

from __future__ import annotations

from rich.text import Text

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.runs.history import Moment
from objtui.ui.panels.bars import hanging, standing
from objtui.ui.panels.histogram.frame import Halves, about_axis, half_heights, waiting, with_axis
from objtui.ui.panels.histogram.heights import Tops, heights
from objtui.ui.panels.histogram.notes import missing_rows
from objtui.ui.panels.histogram.titles import head_title
from objtui.ui.panels.histogram.view import HistogramView


def head_histogram(view: HistogramView, moment: Moment | None, head: int, top: Tops) -> list[Text]:
    """One head's histogram: `height` lines of `width` cells."""
    state, glyphs = view.state, view.look.glyphs
    title = head_title(view, moment, head)
    if moment is None or not moment.seeds(head):
        return waiting(view, title, moment)
    spread = view.spread(moment, [head]).of(0)
    above, below = half_heights(view)
    columns = heights(spread.inside, top, state.log_counts)
    style = view.look.head(head).style
    halves = Halves(
        upper=[[(bars, style)] for bars in standing(columns[POSITIVE], above, glyphs)],
        lower=[[(bars, style)] for bars in hanging(columns[NEGATIVE], below, glyphs)],
        spread=spread,
        missing=missing_rows(view, moment, [head]),
    )
    return with_axis(view, title, about_axis(view, halves))
