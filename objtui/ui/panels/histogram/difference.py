"""A head's counts minus those of the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rich.text import Text

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.runs.expected_rows import reference_scale
from objtui.ui.charts.axis import Axis, Floats
from objtui.ui.charts.bars import Layers, hanging, layered, standing
from objtui.ui.charts.numbers import short_count
from objtui.ui.panels.histogram.frame import (
    BACKGROUND,
    CAPTION,
    OBJECTS,
    Tops,
    common_tops,
    heights,
    histogram_axis,
    missing_rows,
    spread_counts,
    waiting,
    with_axis,
)
from objtui.ui.panels.histogram.notes import captioned, edge_note
from objtui.ui.panels.histogram.titles import head_title
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import FAINT, Theme

_SAME = 1e-6  # of a count: a difference below it is rounding alone


@dataclass(frozen=True, slots=True)
class _ClassChange:
    """How one class differs from that of the reference.

    Attributes:
        name: the class in a word.
        heights: (cells,), signed, −1 to 1.
        below, above: rows more or fewer outside the axis, at either end.
        missing: rows whose logit is NaN.
    """

    name: str
    heights: Floats
    below: float
    above: float
    missing: int


def difference_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """A head's counts minus those of the reference, each class about a line of its own.

    Columns above a line are rows that this head has more of there.
    """
    title = head_title(scene, head, width)
    if scene.moment is None or not scene.moment.seeds(head):
        return waiting(scene, title, width, height)
    axis, theme = histogram_axis(scene, width), scene.theme
    negative, positive = _changes(scene, axis, head, common_tops(scene, width))
    colour = scene.head_style(head).colour
    lines = _class_lines(axis, theme, positive, (height - 1) // 2, colour)
    lines += _class_lines(axis, theme, negative, (height - 2) // 2, colour)
    return with_axis(scene, title, lines, width, height)


def _changes(scene: Scene, axis: Axis, head: int, top: Tops) -> tuple[_ClassChange, _ClassChange]:
    """The changes of background and of objects."""
    spread = spread_counts(scene, axis, [head, scene.state.reference])
    here, there = spread.of(0), spread.of(1)
    assert scene.moment is not None
    reference = scene.state.reference
    scale = reference_scale(scene.history, scene.moment, head, reference)  # (2,)
    expected = axis.columns(there) * scale[:, None]  # (2, cells)
    change = axis.columns(here) - expected
    change[np.abs(change) < _SAME * (1 + expected)] = 0.0
    signed = np.sign(change) * heights(np.abs(change), top, scene.state.log_counts)
    below, above = here.below - there.below * scale, here.above - there.above * scale  # (2,)
    missing = missing_rows(scene, [head])
    negative, positive = (
        _ClassChange(name, signed[i], float(below[i]), float(above[i]), missing[i])
        for i, name in ((NEGATIVE, BACKGROUND), (POSITIVE, OBJECTS))
    )
    return negative, positive


def _class_lines(
    axis: Axis, theme: Theme, change: _ClassChange, rows: int, colour: str
) -> list[Text]:
    """Lines of a class of which the first, unless it is the only one, bears its words."""
    of_rows = _signed(axis, theme, change.heights, rows, colour)
    if len(of_rows) > 1:
        below, above = (_signed_count(count, theme) for count in (change.below, change.above))
        note = edge_note(below, above, axis, theme, of_rows[0][0][0])
        same = not change.heights.any() and not note.strip()
        words = [f"{change.name}: same", change.name] if same else [change.name]
        note = captioned(note, of_rows[0][0][0], words, change.missing, False)
        of_rows[0].insert(0, (note, CAPTION))
    return [layered(layers) for layers in of_rows]


def _signed_count(change: float, theme: Theme) -> list[str]:
    """How many rows more or fewer, from long to short; empty where there are as many."""
    if abs(change) < 0.5:
        return []
    count = f"{'+' if change > 0 else theme.minus}{short_count(abs(change))}"
    return [f"{count} beyond", count]


def _signed(axis: Axis, theme: Theme, signed: Floats, rows: int, colour: str) -> list[Layers]:
    """Signed columns in −1…1 about a line: the layers of `rows` lines in all.

    Where one side has no lines, a sign on the line stands for its columns.
    """
    if rows <= 0:
        return []
    up, down = rows // 2, (rows - 1) // 2
    more, less = np.maximum(signed, 0.0), np.maximum(-signed, 0.0)
    plus = [not up and height > 0 for height in more.tolist()]
    minus = [not down and height > 0 for height in less.tolist()]
    both = "x" if theme.glyphs == "ascii" else "±"
    kinds = {(True, False): "+", (False, True): theme.minus, (True, True): both}
    signs = "".join(kinds.get(pair, " ") for pair in zip(plus, minus, strict=True))
    guides = (axis.guides(theme), FAINT)
    return [
        *([(bars, colour), guides] for bars in standing(more, up, theme.glyphs)),
        [(signs, colour), (axis.line(theme), "")],
        *([*bars, guides] for bars in hanging(less, down, theme.glyphs, colour)),
    ]
