"""Histograms of the moment: bars of one head, or the outlines of every shown head."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.ui.charts.bars import Layers, Levels, column_levels, hanging, standing
from objtui.ui.panels.histogram.difference import difference_panel
from objtui.ui.panels.histogram.frame import (
    Halves,
    about_axis,
    common_tops,
    half_heights,
    heights,
    histogram_axis,
    missing_rows,
    spread_counts,
    waiting,
    with_axis,
)
from objtui.ui.panels.histogram.ridges import ridge_head_at, ridge_panel
from objtui.ui.panels.histogram.titles import head_title, overlay_title
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import HeadStyle

MAX_OUTLINES = 4
"""Outlines that marks alone tell apart."""


def histogram_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, legible from 5.

    One head's histogram, its difference from the reference, or every shown head in an overlay,
    by a row each where their outlines could not be told apart.
    The reference's own panel is its histogram.
    """
    state = scene.state
    if overlay_in_rows(scene):
        return ridge_panel(scene, head, width, height)
    if state.overlay:
        return overlay_histogram(scene, width, height)
    if state.difference and head != state.reference:
        return difference_panel(scene, head, width, height)
    return head_histogram(scene, head, width, height)


def overlay_in_rows(scene: Scene) -> bool:
    """Whether the heads of an overlay have a row each on its axis.

    More than a few outlines of marks without colours are one cloud.
    """
    state = scene.state
    return state.overlay and not scene.theme.colours and len(state.shown) > MAX_OUTLINES


def head_at_line(scene: Scene, height: int, line: int) -> int | None:
    """The head in whose row a line of the panel lies; None where heads have no rows in it."""
    return ridge_head_at(scene, height, line) if overlay_in_rows(scene) else None


def head_histogram(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """One head's histogram."""
    glyphs, moment = scene.theme.glyphs, scene.moment
    title = head_title(scene, head, width)
    if moment is None or not moment.seeds(head):
        return waiting(scene, title, width, height)
    axis = histogram_axis(scene, width)
    spread = spread_counts(scene, axis, [head]).of(0)
    above, below = half_heights(height)
    columns = heights(axis.columns(spread), common_tops(scene, width), scene.state.log_counts)
    colour = scene.head_style(head).colour
    halves = Halves(
        upper=[[(bars, colour)] for bars in standing(columns[POSITIVE], above, glyphs)],
        lower=hanging(columns[NEGATIVE], below, glyphs, colour),
        spread=spread,
        missing=missing_rows(scene, [head]),
    )
    return with_axis(scene, title, about_axis(scene, axis, halves), width, height)


def overlay_histogram(scene: Scene, width: int, height: int) -> list[Text]:
    """The outlines of every shown head on one axis, each drawn with its mark.

    Where outlines meet, their marks take turns from cell to cell, so none hides another.
    """
    title = overlay_title(scene, width)
    if scene.moment is None:
        return waiting(scene, title, width, height)
    shown, axis = scene.state.shown, histogram_axis(scene, width)
    styles = [scene.head_style(head) for head in shown]
    spread = spread_counts(scene, axis, shown)
    above, below = half_heights(height)
    # (heads, 2, cells)
    outlines = heights(axis.columns(spread), common_tops(scene, width), scene.state.log_counts)
    halves = Halves(
        upper=_outlines(styles, column_levels(outlines[:, POSITIVE], above), above)[::-1],
        lower=_outlines(styles, column_levels(outlines[:, NEGATIVE], below), below),
        spread=spread.summed(),
        missing=missing_rows(scene, shown),
    )
    return with_axis(scene, title, about_axis(scene, axis, halves), width, height)


def _outlines(styles: list[HeadStyle], levels: Levels, rows: int) -> list[Layers]:
    """Layers of marks, line by line from the axis outwards; `levels` is (heads, cells)."""
    lines = []
    for row in range(rows):
        here = levels == row + 1
        turns = np.arange(levels.shape[1]) % np.maximum(here.sum(axis=0), 1)
        shown = here & (here.cumsum(axis=0) == turns + 1)
        lines.append(
            [
                ("".join(style.mark if there else " " for there in marked), style.colour)
                for style, marked in zip(styles, shown, strict=True)
            ]
        )
    return lines
