"""The cells of a sweep as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from objtui.sweep.cells import WAITING, CellResult
from objtui.sweep.views import short_keys
from objtui.text.numbers import step_of
from objtui.ui.charts.numbers import compact
from objtui.ui.charts.words import legible
from objtui.ui.picker.choices import Choice, Row
from objtui.ui.sweep.order import Order
from objtui.ui.sweep.reading import SweepMoment
from objtui.ui.theme import BAD, FAINT, GOOD, STRONG, Theme

MAX_VALUE = 10
"""Letters of a mean and its deviation."""


def heading_row(moment: SweepMoment, order: Order, theme: Theme) -> Row:
    """The heads of the columns."""
    names = [*short_keys(moment.record.factors), "state", order.sort]
    extras = ["step", *(f"{head}.nll" for head in _others(moment, order)), "cell"]
    return Row(
        "",
        None,
        tuple(Text(legible(name, theme), STRONG) for name in names),
        "",
        tuple(Text(legible(name, theme), STRONG) for name in extras),
    )


def cell_rows(moment: SweepMoment, order: Order, theme: Theme) -> list[Row]:
    """A row a cell in their order: what differs, state, the sorted score, step, every nll.

    A failed cell has its last words in the place of scores.
    """
    heads = _others(moment, order)
    return [_row(result, order, heads, theme) for result in order.of_cells(moment.results)]


def settings_of(result: CellResult) -> list[str]:
    """The texts of a cell's values, a factor each."""
    return [text.partition("=")[2] for text in result.cell.overrides]


def _others(moment: SweepMoment, order: Order) -> list[str]:
    """Heads whose nll has a column of its own."""
    return [head for head in moment.heads if (head, "nll") != (order.head, order.score)]


def _row(result: CellResult, order: Order, heads: Sequence[str], theme: Theme) -> Row:
    tone = GOOD if result.state in ("running", "finished") else ""
    tone = BAD if result.failed or result.state == "diverged" else tone
    tone = FAINT if result.state == WAITING else tone
    settings = [Text(legible(value, theme)) for value in settings_of(result)]
    cells = (*settings, Text(result.state, theme.hue(tone)))
    detail = f"{result.cell.id}: {' '.join(result.cell.overrides)}, {result.state}"
    if result.message:
        detail += f": {result.message}"
    choice = None if result.header is None else Choice("run", result.cell.id)
    detail = legible(detail, theme)
    if result.failed:
        words = Text(legible(result.message, theme), theme.hue(BAD))
        return Row(result.cell.id, choice, (*cells, words), detail)
    steps = step_of(result.step, result.header.steps) if result.header else theme.nothing
    values = [
        Text(compact(result.spread(head, score), MAX_VALUE, theme))
        for head, score in [(order.head, order.score), *((head, "nll") for head in heads)]
    ]
    extras = (Text(steps), *values[1:], Text(result.cell.id, FAINT))
    return Row(result.cell.id, choice, (*cells, values[0]), detail, extras)
