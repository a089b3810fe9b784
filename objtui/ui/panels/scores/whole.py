"""Every score of every shown head, by what it is about, with what it means: the zoomed scores."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from objtui.measures.scores import GROUPS, Score, score_of
from objtui.text.numbers import grouped
from objtui.ui.charts.letters import wrapped
from objtui.ui.charts.scrolled import Content
from objtui.ui.charts.words import cut, legible, short_name
from objtui.ui.panels.scene import Scene
from objtui.ui.panels.scores.cells import Cell, difference_columns, mean_columns
from objtui.ui.panels.scores.panel import column_label, ordered, rows_word
from objtui.ui.theme import FAINT, STRONG

VALUE, DEVIATION, GAP = 8, 7, 2
"""Cells of a value, of its deviation, and between the columns of two heads."""

MIN_MEANING = 24
"""Cells from which what a score means stands beside its values, else below them."""

MAX_LABEL = 14
INDENT = 3


def whole_scores(scene: Scene, head: int, width: int) -> Content | None:
    """A line a score under the heading of its group: mean and deviation by head, best in bold.

    Where not all heads have room side by side, the table is there once for every few of them.
    """
    moment = scene.moment
    if moment is None:
        return None
    names = scene.state.score_names
    several = len(scene.history.header.seeds) > 1
    label = min(max(cell_len(column_label(name, scene.theme)) for name in names), MAX_LABEL)
    column = VALUE + GAP + (DEVIATION if several else 0)
    heads = [at for at in ordered(moment, scene.state) if at not in scene.state.left_out]
    most = max(1, (width - label - GAP) // column)
    lines: list[Text] = []
    for first in range(0, len(heads), most):
        part = heads[first : first + most]
        lines += [Text()] if lines else []
        lines += _table(scene, heads, part, names, label, column, width)
    step = grouped(moment.step)
    what = f"{rows_word(scene.history.header, moment)} scores at step {step}"
    if scene.state.difference:
        reference = legible(scene.head_name(scene.state.reference), scene.theme)
        what = f"scores less those of {reference}, at step {step}"
    return Content(Text(what), lines)


def _table(
    scene: Scene,
    heads: list[int],
    part: Sequence[int],
    names: Sequence[str],
    label: int,
    column: int,
    width: int,
) -> list[Text]:
    """The scores of some of the heads."""
    moment, state, theme = scene.moment, scene.state, scene.theme
    assert moment is not None
    if state.difference:
        cells = difference_columns(
            scene.runs,
            scene.history,
            moment,
            state.reference,
            heads,
            list(names),
            theme,
            apart=True,
        )
    else:
        cells = mean_columns(
            moment, heads, list(names), theme, apart=True, comparable=scene.runs.same_data
        )
    by_name = dict(zip(names, cells, strict=True))
    top = Text(" " * (label + GAP))
    for head in part:
        style = scene.head_style(head)
        name = short_name(legible(scene.head_name(head), theme), column - GAP - 2, theme)
        name = cut(name, column - GAP - 2, theme)
        top.append(" " * max(column - 2 - cell_len(name), 0))
        top.append_text(style.named(name, STRONG))
    lines = [top]
    room = width - label - column * len(part) - 2 * GAP
    for group in GROUPS:
        members = [name for name in names if score_of(name).group == group]
        lines += [Text(f" {group}", STRONG)] if members else []
        for name in members:
            heading = cut(column_label(name, theme), label, theme).ljust(label)
            line = Text(f"{' ' * GAP}{heading}")
            for head in part:
                line.append_text(_cell(by_name[name][heads.index(head)], column, scene))
            lines += _with_meaning(line, score_of(name), room, width, scene)
    return lines


def _cell(cell: Cell, column: int, scene: Scene) -> Text:
    """A value and its deviation, in the cells of a column."""
    behind = DEVIATION if column > VALUE + GAP else 0
    value = cell.value if cell.value.strip() else scene.theme.nothing
    text = Text(" " * max(column - behind - cell_len(value), 0))
    text.append(value, cell.style)
    text.append(f" {cell.deviation}"[:behind].ljust(behind) if behind else "", FAINT)
    return text


def _with_meaning(line: Text, score: Score, room: int, width: int, scene: Scene) -> list[Text]:
    """What a score means, beside its values or in lines below them."""
    meaning = legible(score.meaning, scene.theme)
    if score.label != score.name:
        meaning = f"{score.name}: {meaning}"
    if room >= MIN_MEANING:
        first, *more = wrapped(meaning, room)
        indent = line.cell_len + GAP
        line.append(f"{' ' * GAP}{first}", FAINT)
        return [line, *(Text(f"{' ' * indent}{each}", FAINT) for each in more)]
    below = wrapped(meaning, max(width - INDENT - 1, 1))
    return [line, *(Text(f"{' ' * INDENT} {each}", FAINT) for each in below)]
