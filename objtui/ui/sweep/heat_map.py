"""A score over the two factors of a sweep: a field a cell, its number on its colour."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from rich.style import Style
from rich.text import Text

from objtui.measures.scores import score_of
from objtui.measures.spread import Spread, are_alike
from objtui.sweep.cells import best_cell
from objtui.sweep.halving import STOPPED_EARLY
from objtui.sweep.views import Floats, ScoreMap, map_of
from objtui.ui.charts.frame import framed
from objtui.ui.charts.letters import fitted
from objtui.ui.charts.numbers import apart_numbers, compact
from objtui.ui.charts.plot_frame import message_panel
from objtui.ui.charts.ramp import RAMP, has_ramp, ramp_legend, ramp_of
from objtui.ui.charts.words import TOO_LITTLE, between, legible
from objtui.ui.sweep.no_score import without_score
from objtui.ui.sweep.order import Order
from objtui.ui.sweep.reading import SweepMoment
from objtui.ui.sweep.rows import settings_of
from objtui.ui.sweep.score_scale import Levels, ramp_levels, score_scale
from objtui.ui.theme import FAINT, STRONG, Theme

BORDERS = 2
AROUND = 2
"""Lines beside the fields: the values of the columns, and the legend."""

MIN_NUMBER, MAX_FIELD = 9, 36
"""Cells that a number takes with its brackets, and the widest field."""

MAX_LINES = 9
"""Lines of a field at most."""

MAX_LABEL = 14


@dataclass(frozen=True, slots=True)
class Window:
    """Which entries of a line of them are in sight, and how large each is."""

    first: int
    count: int
    size: int

    @classmethod
    def of(cls, entries: int, room: int, least: int, most: int, pointed: int) -> Window:
        """As many as there is room for at their least size, about the one that is pointed to."""
        count = max(1, min(entries, room // least))
        first = min(max(0, pointed - count // 2), entries - count)
        return cls(first, count, max(least, min(most, room // count)))

    @property
    def places(self) -> range:
        """The entries in sight."""
        return range(self.first, self.first + self.count)

    def words(self, name: str, entries: int) -> str:
        """Which they are, where they are not all."""
        if self.count == entries:
            return ""
        return f", {name} {self.first + 1} to {self.first + self.count} of {entries}"


def map_panel(
    moment: SweepMoment, order: Order, cell: str, theme: Theme, width: int, height: int
) -> list[Text]:
    """The panel: rows are the first factor; the cell under the cursor is in brackets."""
    rows, columns = moment.record.factors
    of_score = map_of(rows, columns, moment.results, order.head, order.score)
    title = Text.assemble((order.sort, STRONG))
    finite = of_score.means[np.isfinite(of_score.means)]
    scale = score_scale(order.score, finite, 2)
    if scale is None:
        return message_panel(title, without_score(moment, order), theme, width, height)
    if height < BORDERS + AROUND + 1:
        return message_panel(title, TOO_LITTLE, theme, width, height)
    under = moment.cell(cell)
    pointed = (-1, -1)
    if under is not None:
        row_value, column_value = settings_of(under)
        pointed = rows.values.index(row_value), columns.values.index(column_value)
    gutter = min(MAX_LABEL, max(len(legible(value, theme)) for value in rows.values)) + 2
    across = Window.of(
        len(columns.values),
        width - BORDERS - gutter,
        3 if has_ramp(theme) else MIN_NUMBER,
        MAX_FIELD,
        pointed[1],
    )
    room = height - BORDERS - AROUND
    down = Window.of(len(rows.values), room, 1, MAX_LINES, pointed[0])
    title.append(between(theme) + legible(f"rows {rows.key}, columns {columns.key}", theme))
    title.append(down.words("rows", len(rows.values)), FAINT)
    title.append(across.words("columns", len(columns.values)), FAINT)

    levels = ramp_levels(scale, of_score.means)
    fields = Fields(of_score, levels, _states(moment), _best(moment, order), pointed)
    heads = Text(" " * gutter)
    for place in across.places:
        value = Text(legible(columns.values[place], theme))
        heads.append_text(_centred(value, across.size, theme))
    lines = [heads]
    for row in down.places:
        label = fitted(Text(legible(rows.values[row], theme)), gutter - 2, theme)
        for line in range(down.size):
            is_middle = line == (down.size - 1) // 2
            text = Text.assemble(" ", label, " ") if is_middle else Text(" " * gutter)
            for column in across.places:
                text.append_text(fields.line((row, column), is_middle, across.size, theme))
            lines.append(text)
    lines += [Text()] * (room - down.count * down.size)
    star = "" if not fields.best else "most" if score_of(order.score).direction is None else "best"
    legend = _legend(finite, star, gutter, theme)
    if STOPPED_EARLY in fields.states.values():
        legend.append(f"   ( ) {STOPPED_EARLY}", FAINT)
    lines.append(legend)
    return framed(title, lines, width, height, theme)


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """What the fields of a map show; a place is that of its row and of its column.

    Attributes:
        levels: colours of the ramp, 0 for none; (rows, columns).
        states: those of cells, by their values.
        best: values of the cell whose score is starred; none where none is.
        pointed: the place under the cursor.
    """

    scores: ScoreMap
    levels: Levels
    states: dict[tuple[str, ...], str]
    best: tuple[str, ...]
    pointed: tuple[int, int]

    def line(self, place: tuple[int, int], is_middle: bool, size: int, theme: Theme) -> Text:
        """A line of a field; that in its middle has the number, or else the state of the cell."""
        words = ""
        if is_middle:
            values = self.scores.rows.values[place[0]], self.scores.columns.values[place[1]]
            entry = Spread(float(self.scores.means[place]), float(self.scores.sds[place]))
            words = _number(entry, values == self.best, size, theme)
            if math.isnan(entry.mean):
                words = self.states.get(values, "")
            if place == self.pointed:
                words = f"[{words}]"
            elif self.states.get(values) == STOPPED_EARLY and words:
                words = f"({words})"
        field = _centred(Text(words), size, theme)
        field.stylize(_style(int(self.levels[place]), theme))
        if place == self.pointed:
            field.stylize(STRONG)
        return field


def _states(moment: SweepMoment) -> dict[tuple[str, ...], str]:
    return {tuple(settings_of(result)): result.state for result in moment.results}


def _best(moment: SweepMoment, order: Order) -> tuple[str, ...]:
    """The values of the best cell, whichever way round they are ordered; none where none is."""
    cell = best_cell(moment.results, order.head, order.score)
    return () if cell is None else tuple(settings_of(cell))


def _number(entry: Spread, is_best: bool, size: int, theme: Theme) -> str:
    most = size - 3  # brackets, and the star of the best
    if most < 5:
        return "*" if is_best else ""
    return compact(entry, most, theme) + ("*" if is_best else "")


def _centred(text: Text, size: int, theme: Theme) -> Text:
    if text.cell_len > size - 1:
        text = fitted(text, size - 1, theme)
    left = (size - text.cell_len) // 2
    text.pad_left(left)
    text.pad_right(size - text.cell_len)
    return text


def _style(level: int, theme: Theme) -> Style:
    if not level or not has_ramp(theme):
        return Style()
    # The upper half of the ramp is bright: black is read on it, and white on the lower.
    letters = "#000000" if level > len(RAMP) // 2 else "#ffffff"
    if theme.depth < 2**24:
        letters = "color(16)" if level > len(RAMP) // 2 else "color(231)"
    return Style(color=letters, bgcolor=ramp_of(theme)[level - 1])


def _legend(means: Floats, star: str, gutter: int, theme: Theme) -> Text:
    """What colours and marks mean, of the finite means."""
    ends = apart_numbers(float(means.min()), float(means.max()), 8, theme)
    legend = Text(" " * gutter)
    if are_alike(means):
        alike = f"all alike, {ends[0]}" if len(means) > 1 else ends[0]
        legend.append(f"{alike}   ", FAINT)
    elif has_ramp(theme):
        legend.append_text(
            Text.assemble((f"{ends[0]} ", FAINT), ramp_legend(theme), (f" {ends[1]}   ", FAINT))
        )
    else:
        legend.append(f"{ends[0]} to {ends[1]}   ", FAINT)
    legend.append(f"* {star}   " if star else "", FAINT)
    legend.append("[ ] under the cursor", FAINT)
    return legend
