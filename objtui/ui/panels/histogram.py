"""Histogram panels: objects above one shared axis, background below it.

Each is a function from what was measured and what a person chose to see to the lines of a framed
panel. Heights are on one scale for all heads (`common_tops`), so panels compare.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from rich.text import Text

from objtui.frames import NEGATIVE, POSITIVE
from objtui.runfile.records import RunHeader
from objtui.ui.line_panel import framed
from objtui.ui.look import FAINT, Look
from objtui.ui.panels.axis import Axis, Floats, Spread
from objtui.ui.panels.bars import (
    bins_per_cell,
    column_heights,
    column_levels,
    hanging,
    layered,
    standing,
)
from objtui.ui.panels.histogram_words import (
    BACKGROUND,
    OBJECTS,
    captioned,
    class_notes,
    head_title,
    missing_rows,
    overlay_title,
    short_count,
)
from objtui.ui.run_history import Moment
from objtui.ui.view_state import ViewState

WAITING = "waiting for the first frame"

_CAPTION = "italic"  # no hue and not dim: it must be read on every background
_TOPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)

Layers = list[tuple[str, str]]
Ends = tuple[float, float]
Tops = tuple[float, float]
"""Counts that fill the whole height: of background, of objects."""


def common_tops(
    header: RunHeader,
    moment: Moment | None,
    state: ViewState,
    look: Look,
    axis_range: Ends,
    width: int,
) -> Tops:
    """The scale of panels of one width: the largest bins over the shown heads, rounded up.

    Log counts have one scale for both classes; linear ones a scale for each, since background is
    often a hundred times the objects. Rounding to 1, 1.5, 2, 3, … keeps it still while rows move.
    """
    if moment is None:
        return 1.0, 1.0
    axis = _axis(header, state, axis_range, width)
    bins = axis.cells * (1 if state.overlay else bins_per_cell(look.glyphs))
    largest = axis.spread(moment.counts[state.shown], bins).inside.max(axis=(0, 2))
    if state.log_counts:
        largest = np.full(2, largest.max())
    return _rounded_up(float(largest[NEGATIVE])), _rounded_up(float(largest[POSITIVE]))


def head_histogram(
    header: RunHeader,
    moment: Moment | None,
    state: ViewState,
    look: Look,
    head: int,
    axis_range: Ends,
    top: Tops,
    width: int,
    height: int,
    diverged_at: Mapping[str, int],
) -> list[Text]:
    """One head's histogram: `height` lines of `width` cells, at least 20 × 3, legible from 5.

    `diverged_at` is that of the run's history.
    """
    name = header.heads[head].name
    if state.difference and head == state.reference:
        name += " (reference)"
    title = head_title(header, moment, state, look, head, name, width, diverged_at)
    if moment is None:
        return _waiting(title, width, height, look)
    axis = _axis(header, state, axis_range, width)
    spread = axis.spread(moment.counts[head], axis.cells * bins_per_cell(look.glyphs))
    above, below = _halves(height)
    heights = _heights(spread.inside, top, state)
    style = look.head(head).style
    upper: list[Layers] = [
        [(bars, style)] for bars in standing(heights[POSITIVE], above, look.glyphs)
    ]
    lower: list[Layers] = [
        [(bars, style)] for bars in hanging(heights[NEGATIVE], below, look.glyphs)
    ]
    lines = _about_axis(
        upper, lower, spread, missing_rows(header, moment, [head]), axis, state, look
    )
    return _with_axis(title, lines, axis, width, height, look)


def overlay_histogram(
    header: RunHeader,
    moment: Moment | None,
    state: ViewState,
    look: Look,
    axis_range: Ends,
    top: Tops,
    width: int,
    height: int,
    diverged_at: Mapping[str, int],
) -> list[Text]:
    """The outlines of every shown head on one axis, each drawn with its mark.

    Where outlines meet, their marks take turns from cell to cell, so none hides another.
    """
    title = overlay_title(header, moment, state, look, diverged_at)
    if moment is None:
        return _waiting(title, width, height, look)
    axis = _axis(header, state, axis_range, width)
    spread = axis.spread(moment.counts[state.shown], axis.cells)
    above, below = _halves(height)
    heights = _heights(spread.inside, top, state)  # (heads, 2, cells)
    upper = _outlines(column_levels(heights[:, POSITIVE], above), above, state.shown, look)[::-1]
    lower = _outlines(column_levels(heights[:, NEGATIVE], below), below, state.shown, look)
    together = Spread(spread.inside.sum(axis=0), spread.below.sum(axis=0), spread.above.sum(axis=0))
    missing = missing_rows(header, moment, state.shown)
    lines = _about_axis(upper, lower, together, missing, axis, state, look)
    return _with_axis(title, lines, axis, width, height, look)


def difference_histogram(
    header: RunHeader,
    moment: Moment | None,
    state: ViewState,
    look: Look,
    head: int,
    axis_range: Ends,
    top: Tops,
    width: int,
    height: int,
    diverged_at: Mapping[str, int],
) -> list[Text]:
    """A head's counts minus those of the reference, each class about a line of its own.

    Columns above a line are rows that this head has more of there. The reference's own panel is
    its histogram.
    """
    if head == state.reference:
        return head_histogram(
            header, moment, state, look, head, axis_range, top, width, height, diverged_at
        )
    reference = header.heads[state.reference].name
    name = f"{header.heads[head].name} {look.minus} {reference}"
    title = head_title(header, moment, state, look, head, name, width, diverged_at)
    if moment is None:
        return _waiting(title, width, height, look)
    axis = _axis(header, state, axis_range, width)
    bins = axis.cells * bins_per_cell(look.glyphs)
    here = axis.spread(moment.counts[head], bins)
    there = axis.spread(moment.counts[state.reference], bins)
    change = here.inside - there.inside  # (2, bins)
    change[np.abs(change) < 1e-6 * (1 + there.inside)] = 0.0
    heights = np.sign(change) * _heights(np.abs(change), top, state)
    missing = missing_rows(header, moment, [head])
    style = look.head(head).style
    upper, lower = (height - 1) // 2, (height - 2) // 2
    outside = np.stack([here.below - there.below, here.above - there.above])  # (2 ends, 2)
    lines = []
    for of_class, rows, word in ((POSITIVE, upper, OBJECTS), (NEGATIVE, lower, BACKGROUND)):
        note = _outside_note(outside[:, of_class], axis.cells, look)
        of_rows = _signed(heights[of_class], rows, axis, look, style)
        same = not heights[of_class].any() and not note.strip()
        words = [f"{word}: same", word] if same else [word]
        lines += _noted(of_rows, note, words, missing[of_class])
    return _with_axis(title, lines, axis, width, height, look)


def _axis(header: RunHeader, state: ViewState, axis_range: Ends, width: int) -> Axis:
    return Axis.of(axis_range, width - 2, state.probability, header.dtype)


def _halves(height: int) -> tuple[int, int]:
    """Lines above and below the axis line in a frame of `height` lines."""
    inner = max(height - 3, 0)
    return (inner + 1) // 2, inner // 2


def _heights(counts: Floats, top: Tops, state: ViewState) -> Floats:
    """Counts (..., 2, bins) as heights in 0…1, by the scale of their class."""
    classes = [
        column_heights(counts[..., i, :], top[i], state.log_counts) for i in (NEGATIVE, POSITIVE)
    ]
    return np.stack(classes, axis=-2)


def _rounded_up(count: float) -> float:
    """The next of 1, 1.5, 2, 3, …, 10, 15, … from `count` on."""
    if count <= 1:
        return 1.0
    power = 10.0 ** np.floor(np.log10(count))
    return float(power * next((top for top in _TOPS if top * power >= count), 10.0))


def _waiting(title: Text, width: int, height: int, look: Look) -> list[Text]:
    inner = height - 2
    lines = [Text() for _ in range(inner)]
    if inner:
        lines[inner // 2] = Text(WAITING[: width - 2].center(width - 2), FAINT)
    return framed(title, lines, width, height, look)


def _with_axis(
    title: Text, lines: list[Text], axis: Axis, width: int, height: int, look: Look
) -> list[Text]:
    """The frame, with the axis's numbers in its lower border."""
    panel = framed(title, lines, width, height, look)
    border = panel[-1].plain
    panel[-1] = Text(border[0] + axis.labels(look) + border[-1])
    return panel


def _about_axis(
    upper: list[Layers],
    lower: list[Layers],
    spread: Spread,
    missing: tuple[int, int],
    axis: Axis,
    state: ViewState,
    look: Look,
) -> list[Text]:
    """Objects, the axis line and background, with notes in the outermost lines."""
    taken = [_merged(row) for row in upper[:1]], [_merged(row) for row in lower[-1:]]
    notes = class_notes(spread, missing, state, look, axis.cells, *taken)
    if upper:
        upper[0].insert(0, (notes[POSITIVE], _CAPTION))
    if lower:
        lower[-1].insert(0, (notes[NEGATIVE], _CAPTION))
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


def _outlines(
    levels: npt.NDArray[np.int64], rows: int, heads: list[int], look: Look
) -> list[Layers]:
    """Layers of marks, line by line from the axis outwards; `levels` is (heads, cells)."""
    lines = []
    for row in range(rows):
        here = levels == row + 1
        turns = np.arange(levels.shape[1]) % np.maximum(here.sum(axis=0), 1)
        shown = here & (here.cumsum(axis=0) == turns + 1)
        looks = [look.head(head) for head in heads]
        lines.append(
            [
                ("".join(of.mark if there else " " for there in marked), of.style)
                for of, marked in zip(looks, shown, strict=True)
            ]
        )
    return lines


def _outside_note(change: Floats, cells: int, look: Look) -> str:
    """How many rows more or fewer lie outside, at the lower and the upper end."""
    left, right = "<>" if look.glyphs == "ascii" else "‹›"
    below, above = (
        "" if abs(count) < 0.5 else f"{'+' if count > 0 else look.minus}{short_count(abs(count))}"
        for count in change
    )
    start, end = left + below if below else "", above + right if above else ""
    return start + " " * (cells - len(start) - len(end)) + end


def _signed(heights: Floats, rows: int, axis: Axis, look: Look, style: str) -> list[Layers]:
    """Signed columns in −1…1 about a line: the layers of `rows` lines in all.

    Where one side has no lines, a sign on the line stands for its columns.
    """
    if rows <= 0:
        return []
    up, down = rows // 2, (rows - 1) // 2
    more, less = np.maximum(heights, 0.0), np.maximum(-heights, 0.0)
    by_cell = (axis.cells, bins_per_cell(look.glyphs))
    plus = [not up and bool(cell.any()) for cell in more.reshape(by_cell)]
    minus = [not down and bool(cell.any()) for cell in less.reshape(by_cell)]
    both = "x" if look.glyphs == "ascii" else "±"
    kinds = {(True, False): "+", (False, True): look.minus, (True, True): both}
    signs = "".join(kinds.get(pair, " ") for pair in zip(plus, minus, strict=True))
    guides = (axis.guides(look), FAINT)
    return [
        *([(bars, style), guides] for bars in standing(more, up, look.glyphs)),
        [(signs, style), (axis.line(look), "")],
        *([(bars, style), guides] for bars in hanging(less, down, look.glyphs)),
    ]


def _noted(rows: list[Layers], note: str, words: list[str], missing: int) -> list[Text]:
    """Lines of a class of which the first, unless it is the only one, bears its words."""
    if len(rows) > 1:
        words_line = captioned(note, rows[0][0][0], words, missing, False)
        rows[0].insert(0, (words_line, _CAPTION))
    return [layered(layers) for layers in rows]
