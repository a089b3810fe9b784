"""The cells of the scores panel: means, or differences from the reference, with their spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

from objtui.measures.best import best_of
from objtui.measures.intervals import Estimate
from objtui.measures.scores import score_of
from objtui.measures.spread import Spread, spread
from objtui.runs.comparison import Comparison
from objtui.runs.differences import score_difference
from objtui.runs.history import HeadHistory, Moment
from objtui.ui.charts.numbers import compact, short_deviation, short_number
from objtui.ui.theme import FAINT, STRONG, Theme

_LETTERS = 6  # of a value, or a deviation, in a line of its own
_TOGETHER = 8  # of both in one line
_MARKS = 2  # letters before a difference: whether it is inside the noise, and its sign


@dataclass(frozen=True, slots=True)
class Cell:
    """A score of a head.

    Attributes:
        value: with its spread behind it, where there is one line a head.
        deviation: for the second line.
        style: a Rich style.
    """

    value: str
    deviation: str
    style: str = ""


def letters(theme: Theme, *, apart: bool, difference: bool) -> int:
    """Letters of the widest cell, where values and deviations stand apart or not."""
    most = _LETTERS if apart else _TOGETHER + len(theme.plus_minus) - 1
    return most + (_MARKS if difference else 0)


def mean_columns(
    moment: Moment,
    heads: list[int],
    names: list[str],
    theme: Theme,
    *,
    apart: bool,
    comparable: bool = True,
) -> list[list[Cell]]:
    """Column by column the means over the seeds that have not diverged, the best in bold.

    `comparable`: whether all are scores of the same rows; without, none is the best.
    """
    columns = []
    for name in names:
        spreads = [spread(moment.values(name, head)[~moment.diverged_of(head)]) for head in heads]
        best = best_of(score_of(name), spreads) if comparable else set()
        columns.append(
            [
                Cell(
                    _value(entry, theme, apart),
                    _deviation(entry, theme),
                    STRONG if at in best else "",
                )
                for at, entry in enumerate(spreads)
            ]
        )
    return columns


def difference_columns(
    runs: Comparison,
    history: HeadHistory,
    moment: Moment,
    reference: int,
    heads: list[int],
    names: list[str],
    theme: Theme,
    *,
    apart: bool,
) -> list[list[Cell]]:
    """Column by column the differences from the reference, faint where inside the noise.

    The reference has its own means, without a sign.
    """
    columns = []
    for name in names:
        column = []
        for head in heads:
            if head == reference:
                mean = spread(moment.values(name, head)[~moment.diverged_of(head)]).mean
                column.append(Cell(short_number(mean, _LETTERS, theme), ""))
            else:
                difference = score_difference(runs, history, moment, name, head, reference)
                column.append(_difference_cell(difference, theme, apart))
        columns.append(column)
    return columns


def _difference_cell(difference: Estimate, theme: Theme, apart: bool) -> Cell:
    shown = Spread(difference.mean, difference.half)
    sign = "+" if difference.mean > 0 else ""
    noise = difference.inside_noise
    value = f"{noise_mark(theme) if noise else ''}{sign}{_value(shown, theme, apart)}"
    return Cell(value, _deviation(shown, theme), FAINT if noise else "")


def noise_mark(theme: Theme) -> str:
    """Stands before a difference that is inside the noise."""
    return "~" if theme.glyphs == "ascii" else "≈"


def _value(entry: Spread, theme: Theme, apart: bool) -> str:
    if apart:
        return short_number(entry.mean, _LETTERS, theme)
    return compact(entry, letters(theme, apart=False, difference=False), theme)


def _deviation(entry: Spread, theme: Theme) -> str:
    """A deviation in a line of its own; empty where there is none."""
    if math.isnan(entry.sd):
        return ""
    return f"{theme.plus_minus}{short_deviation(entry.sd, _LETTERS - len(theme.plus_minus))}"
