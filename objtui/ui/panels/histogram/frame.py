"""The axis and heights that histograms share, and what frames one: numbers, notes at its edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rich.text import Text

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.runs.expected_rows import expected_rows as rows_of_head
from objtui.runs.history import Moment
from objtui.ui.charts.axis import Axis, Floats, Spread
from objtui.ui.charts.bars import Layers, column_heights, layered
from objtui.ui.charts.frame import framed
from objtui.ui.charts.numbers import share_words
from objtui.ui.charts.plot_frame import message_panel
from objtui.ui.charts.words import NONE_YET, WAITING
from objtui.ui.panels.histogram.notes import add_mark_words, captioned, edge_note, merged
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import FAINT

OBJECTS, BACKGROUND = "objects", "background"

CAPTION = "italic"
"""Style of words between columns: no hue and not dim, to be read on every background."""

_WIDTHS = 4  # panels of a row differ by a cell at most; a run beside it may have its own
_WORD_ROWS = 2  # outermost lines of a half in which words stand beside marks


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


def half_heights(height: int) -> tuple[int, int]:
    """Lines above and below the axis line."""
    inner = max(height - 3, 0)
    return (inner + 1) // 2, inner // 2


def waiting(scene: Scene, title: Text, width: int, height: int) -> list[Text]:
    """The panel before the first frame, or of a head that has none in a moment of others."""
    words = WAITING if scene.moment is None else NONE_YET
    return message_panel(title, words, scene.theme, width, height)


def with_axis(scene: Scene, title: Text, lines: list[Text], width: int, height: int) -> list[Text]:
    """The frame, with the axis's numbers in its lower border."""
    panel = framed(title, lines, width, height, scene.theme)
    border = panel[-1].plain
    labels = histogram_axis(scene, width).labels(scene.theme)
    panel[-1] = Text(border[0] + labels + border[-1])
    return panel


def about_axis(scene: Scene, axis: Axis, halves: Halves) -> list[Text]:
    """Objects, the axis line and background, with notes in the outermost lines.

    What the marks of the axis mean stands beside them where nothing else does.
    """
    theme = scene.theme
    upper, lower = list(halves.upper), list(halves.lower)
    for rows, outermost, of_class in ((upper, 0, POSITIVE), (lower, -1, NEGATIVE)):
        if rows:
            occupied = merged(rows[outermost])
            note = class_note(scene, axis, halves, of_class, occupied)
            rows[outermost] = [(note, CAPTION), *rows[outermost]]
    guides = (axis.guides(theme), FAINT)
    add_mark_words(axis, guides[0], [*upper[:_WORD_ROWS], *lower[-1 : -_WORD_ROWS - 1 : -1]])
    return [
        *(layered([*row, guides]) for row in upper),
        Text(axis.line(theme)),
        *(layered([*row, guides]) for row in lower),
    ]


def expected_rows(scene: Scene, head: int) -> tuple[int, int]:
    """Rows of background and objects that a head is evaluated on, over its seeds."""
    return rows_of_head(scene.history, scene.moment, head)


def missing_rows(scene: Scene, heads: list[int]) -> tuple[int, int]:
    """Rows of background and objects whose logit is NaN, over heads and seeds."""
    assert scene.moment is not None
    expected = np.array([expected_rows(scene, head) for head in heads])  # (heads, 2)
    counted = scene.moment.counts[heads].sum(axis=-1, dtype=np.int64)
    negative, positive = (expected - counted).sum(axis=0)
    return int(negative), int(positive)


def class_note(scene: Scene, axis: Axis, halves: Halves, of_class: int, occupied: str) -> str:
    """A class's outermost line: counts outside at the edges, the class, the scale.

    `occupied` is what stands in that line already.
    """
    background = of_class == NEGATIVE
    name = BACKGROUND if background else OBJECTS
    if scene.state.log_counts:
        scale = "" if background else ", log counts"
    else:
        scale = ", own scale" if background else ", linear"
    words = [name + scale, name]
    if background and not axis.probability:
        of_axis = "axis" if axis.is_linear else "log axis"
        words = [f"{name}{scale}, same {of_axis} at every step", *words]
        if not axis.is_linear:
            words[1:1] = [f"{name}{scale}, {of_axis}"]
    spread = halves.spread
    rows = float(spread.inside[of_class].sum() + spread.below[of_class] + spread.above[of_class])
    below, above = (
        share_words(float(beyond[of_class]), rows) for beyond in (spread.below, spread.above)
    )
    note = edge_note(below, above, axis, scene.theme, occupied)
    missing = halves.missing[of_class]
    return captioned(note, occupied, words, missing, right=background)


def histogram_axis(scene: Scene, width: int) -> Axis:
    """The axis between both sides of a frame of so many cells."""
    probability, dtype = scene.state.probability, scene.history.header.dtype
    return Axis.of(scene.ends, width - 2, probability, dtype, scene.beyond)


def spread_counts(scene: Scene, axis: Axis, heads: list[int]) -> Spread:
    """Counts of heads over a bin a cell: `inside` is (heads, 2, bins), negatives first."""
    assert scene.moment is not None
    spread = _spread(scene.moment, axis)
    return Spread(spread.inside[heads], spread.below[heads], spread.above[heads])


@lru_cache(maxsize=_WIDTHS)
def _spread(moment: Moment, axis: Axis) -> Spread:
    """Of all heads; every panel of a row asks for them."""
    return axis.spread(moment.counts, axis.inner)


Tops = tuple[float, float]
"""Counts that fill the whole height: of background, of objects."""

_TOPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def common_tops(scene: Scene, width: int) -> Tops:
    """The scale of panels of one width: the largest bins over the shown heads, rounded up.

    Log counts have one scale for both classes; linear ones a scale for each, since background is
    often a hundred times the objects. Rounding to 1, 1.5, 2, 3, … keeps it still while rows move.
    """
    if scene.moment is None:
        return 1.0, 1.0
    axis = histogram_axis(scene, width)
    negative, positive = _largest(scene.moment, axis, tuple(scene.state.shown))
    if scene.state.log_counts:
        negative = positive = max(negative, positive)
    return _rounded_up(negative), _rounded_up(positive)


@lru_cache(maxsize=_WIDTHS)
def _largest(moment: Moment, axis: Axis, heads: tuple[int, ...]) -> Tops:
    """The largest bins of background and objects; every panel of a row asks for the same."""
    largest = axis.columns(_spread(moment, axis))[list(heads)].max(axis=(0, 2))
    return float(largest[NEGATIVE]), float(largest[POSITIVE])


def heights(counts: Floats, top: Tops, log: bool) -> Floats:
    """Counts (..., 2, bins) as heights in 0…1, by the scale of their class."""
    classes = [column_heights(counts[..., i, :], top[i], log) for i in (NEGATIVE, POSITIVE)]
    return np.stack(classes, axis=-2)


def _rounded_up(count: float) -> float:
    """The next of 1, 1.5, 2, 3, …, 10, 15, … from `count` on."""
    if count <= 1:
        return 1.0
    power = 10.0 ** np.floor(np.log10(count))
    return float(power * next((top for top in _TOPS if top * power >= count), 10.0))
