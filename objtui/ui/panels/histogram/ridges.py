"""Histograms of many heads in one panel: a row a head, background on the left, objects beside it.

This is what stands in the place of the histograms where the heads have no room side by side. Every
row has one shared axis twice, so that heads compare down the column, and ends in the scores that
tell them apart at a glance.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from objtui.measures.best import best_of
from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.measures.scores import score_of
from objtui.measures.spread import spread
from objtui.runs.history import Moment
from objtui.ui.charts.axis import Axis, Floats
from objtui.ui.charts.bars import Layers, layered, standing
from objtui.ui.charts.frame import framed
from objtui.ui.charts.plot_frame import message_panel
from objtui.ui.charts.words import WAITING, between, cut
from objtui.ui.panels.histogram.frame import (
    BACKGROUND,
    CAPTION,
    OBJECTS,
    heights,
    histogram_axis,
    spread_counts,
)
from objtui.ui.panels.histogram.notes import add_mark_words
from objtui.ui.panels.histogram.titles import short_share
from objtui.ui.panels.room import MAX_RIDGE_LINES, RIDGE_FRAME_LINES, RIDGE_TOP_LINES
from objtui.ui.panels.scene import Scene
from objtui.ui.panels.scores.panel import (
    BRIEF_SCORES,
    column_label,
    head_window,
    ordered,
    score_row_label,
    sort_mark,
    why_no_values,
)
from objtui.ui.theme import FAINT, STRONG, Theme

SCORE_CELLS = 6
"""Of a score with the blanks before it."""

MIN_CLASS_CELLS = 16
"""Cells of the axis of one class below which a score makes room for it."""

GAP = 2
"""Cells before the axis of either class."""

EIGHTH = 0.125


@dataclass(frozen=True, slots=True)
class Columns:
    """What a line is made of, in cells: a label, both axes behind a gap each, and scores."""

    label: int
    of_class: int
    scores: tuple[str, ...]

    @classmethod
    def of(cls, width: int, label: int, scores: tuple[str, ...]) -> Columns:
        """As many of the scores as leave either class its cells."""
        label = min(label, max(width // 4, 6))
        for shown in range(len(scores), -1, -1):
            of_class = (width - label - shown * SCORE_CELLS) // 2 - GAP
            if of_class >= MIN_CLASS_CELLS or shown == 0:
                return cls(label, max(of_class, 1), scores[:shown])
        raise AssertionError


@dataclass(frozen=True, slots=True)
class HeadRows:
    """Which heads have a row, from the top.

    Attributes:
        heads: all of them, in the order of the rows.
        first, shown: of these the first that has a row, and how many have one.
        lines: of a row.
    """

    heads: list[int]
    first: int
    shown: int
    lines: int

    @classmethod
    def of(cls, scene: Scene, moment: Moment, height: int) -> HeadRows:
        """As many as a panel of that height has room for, those about the focus."""
        heads = [each for each in ordered(moment, scene.state) if each in scene.state.shown]
        focus = heads.index(scene.state.focus) if scene.state.focus in heads else 0
        room = max(height - RIDGE_FRAME_LINES, 0)
        lines = min(max(room // max(len(heads), 1), 1), MAX_RIDGE_LINES)
        return cls(heads, *head_window(len(heads), room, focus), lines)


def ridge_head_at(scene: Scene, height: int, line: int) -> int | None:
    """The head whose row a line of the panel is in, counted from its upper border; None: none."""
    if scene.moment is None:
        return None
    rows = HeadRows.of(scene, scene.moment, height)
    at = (line - RIDGE_TOP_LINES) // rows.lines
    return rows.heads[rows.first + at] if 0 <= at < rows.shown else None


def ridge_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """Every shown head in lines of its own, or those about the focus, and their common axis."""
    theme, moment = scene.theme, scene.moment
    if moment is None:
        return message_panel(Text("histograms"), WAITING, theme, width, height)
    in_rows = HeadRows.of(scene, moment, height)
    heads, first, shown, rows = in_rows.heads, in_rows.first, in_rows.shown, in_rows.lines
    labels = {
        each: score_row_label(scene, moment, each, max((width - 2) // 4, 6) - 1) for each in heads
    }
    of_run = tuple(name for name in BRIEF_SCORES if name in moment.score_names)
    columns = Columns.of(width - 3, max(label.cell_len for label in labels.values()) + 1, of_run)
    axis = histogram_axis(scene, columns.of_class + 2)
    scores = _score_columns(scene, moment, heads, columns.scores)
    bars = _bars(scene, axis, heads)

    lines = [_captions(axis, columns, theme)]
    for at in range(first, first + shown):
        values = Text.assemble(*(scores[name][at] for name in columns.scores))
        lines += _head_lines(
            scene, moment, heads[at], labels[heads[at]], bars[at], values, axis, columns, rows
        )
    if shown < len(heads):
        dots = "..." if theme.glyphs == "ascii" else "…"
        lines.append(Text(f" {dots} heads {first + 1} to {first + shown} of {len(heads)}", FAINT))
    parts = [
        f"{'overlay' if scene.state.overlay else 'histograms'} of {len(heads)} heads",
        "log counts" if scene.state.log_counts else "linear counts",
    ]
    if not axis.is_linear:
        parts.append("log axis")
    if scene.state.sort:
        mark = sort_mark(scene.state, theme)
        parts.append(f"by {column_label(scene.state.sort, theme)}{mark}")
    title = Text(between(theme).join(parts))
    panel = framed(title, lines, width, height, theme)
    panel[-1] = _border(panel[-1].plain, axis, columns, theme)
    return panel


def _bars(scene: Scene, axis: Axis, heads: list[int]) -> Floats:
    """Heights in 0…1 by head and class: (heads, 2, cells), negatives first.

    Either class has the scale of its own largest bin, since nothing compares across the gap.
    """
    counts = axis.columns(spread_counts(scene, axis, heads))
    negative, positive = counts.max(axis=(0, 2)).tolist()
    return heights(counts, (max(negative, 1.0), max(positive, 1.0)), scene.state.log_counts)


def _captions(axis: Axis, columns: Columns, theme: Theme) -> Text:
    """What the columns are, with the words of the axis's marks where they have room."""
    line = Text(" " * columns.label)
    for words in (BACKGROUND, OBJECTS):
        row: Layers = [(words[: columns.of_class].ljust(columns.of_class), CAPTION)]
        guides = axis.guides(theme)
        add_mark_words(axis, guides, [row])
        line.append(" " * GAP).append_text(layered([*row, (guides, FAINT)]))
    for name in columns.scores:
        line.append(column_label(name, theme).rjust(SCORE_CELLS))
    return line


def _head_lines(
    scene: Scene,
    moment: Moment,
    head: int,
    label: Text,
    bars: Floats,
    values: Text,
    axis: Axis,
    columns: Columns,
    rows: int,
) -> list[Text]:
    """A head's lines; the last one has its label and its scores. `bars` is (2, cells)."""
    theme, style = scene.theme, scene.head_style(head).colour
    label = label.copy()
    label.truncate(columns.label)
    label.pad_right(columns.label - label.cell_len)
    blank = Text(" " * columns.label)
    reason = why_no_values(scene.history, moment, head)
    if reason is not None:
        words, of_words = reason
        room = GAP + 2 * columns.of_class
        said = Text(cut(words, room, theme), theme.hue(of_words))
        return [*[blank] * (rows - 1), Text.assemble(label, said)]
    # A gap of an eighth keeps a full column from the row above it.
    drawn = bars if theme.glyphs == "ascii" else bars * (1 - EIGHTH / rows)
    background, objects = (
        standing(drawn[of_class], rows, theme.glyphs) for of_class in (NEGATIVE, POSITIVE)
    )
    guides = (axis.guides(theme), FAINT)
    lines = []
    for row in range(rows):
        last = row == rows - 1
        line = label if last else blank.copy()
        for shape in (background, objects):
            line.append(" " * GAP).append_text(layered([(shape[row], style), guides]))
        lines.append(line.append_text(values) if last else line)
    return lines


def _score_columns(
    scene: Scene, moment: Moment, heads: list[int], names: tuple[str, ...]
) -> dict[str, list[Text]]:
    """Column by column the means over the seeds that have not diverged, the best in bold."""
    columns = {}
    for name in names:
        spreads = [spread(moment.values(name, head)[~moment.diverged_of(head)]) for head in heads]
        best = best_of(score_of(name), spreads) if scene.runs.same_data else set()
        shown = [short_share(each.mean, score_of(name).decimals, scene.theme) for each in spreads]
        columns[name] = [
            Text(value.rjust(SCORE_CELLS), STRONG if at in best else "")
            for at, value in enumerate(shown)
        ]
    return columns


def _border(border: str, axis: Axis, columns: Columns, theme: Theme) -> Text:
    """The lower border with the numbers of both axes."""
    labels, start = axis.labels(theme), 1 + columns.label
    for _ in (BACKGROUND, OBJECTS):
        start += GAP
        if start + cell_len(labels) < len(border):
            border = f"{border[: start - 1]} {labels}{border[start + len(labels) :]}"
        start += columns.of_class
    return Text(border)
