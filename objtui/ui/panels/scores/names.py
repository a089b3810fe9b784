"""Heads of columns, and the order of the rows below them."""

from __future__ import annotations

import numpy as np

from objtui.measures.scores import score_of
from objtui.runs.history import Moment
from objtui.ui.charts.words import legible
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState


def column_label(name: str, theme: Theme) -> str:
    """A score in the head of its column."""
    return legible(score_of(name).label, theme).replace("-", theme.minus)


def ordered(moment: Moment, state: ViewState) -> list[int]:
    """Positions of the heads that match the filter, in the order that the table is sorted by.

    The best is first, of a score without a direction the most. Heads without a value come last.
    """
    heads = [head for head in range(state.heads) if head not in state.unmatched]
    if not state.sort:
        return heads

    def key(head: int) -> tuple[bool, float]:
        value = score_of(state.sort).shortfall(mean_of(moment, state.sort, head))
        return bool(np.isnan(value)), value

    return sorted(heads, key=key)


def sort_mark(state: ViewState, theme: Theme) -> str:
    """Whether values rise or fall down the column that the table is sorted by."""
    rises = score_of(state.sort).direction == "lower"
    return ("^" if rises else "v") if theme.glyphs == "ascii" else "▲" if rises else "▼"


def mean_of(moment: Moment, name: str, head: int) -> float:
    """The mean of a score over the seeds of a head that have not diverged; NaN without one."""
    values = moment.values(name, head)[~moment.diverged_of(head)]
    return float(values.mean()) if len(values) else float("nan")
