"""The heat map: where a head's logits lie, step by step."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.runs.histogram_store import HistogramSeries
from objtui.text.numbers import grouped
from objtui.ui.charts.axis import Axis, Floats, Spread
from objtui.ui.charts.bars import Levels, column_levels
from objtui.ui.charts.dots import DOTS, Dots, Layer, composed, dot_rows
from objtui.ui.charts.numbers import short_count
from objtui.ui.charts.plot_frame import canvas_rows, cursor_mark, message_panel, with_parts
from objtui.ui.charts.words import WAITING
from objtui.ui.panels.history.frame import (
    HistogramColumns,
    axis_labels,
    diverged_by_then,
    guide_rows,
    histogram_columns,
    history_title,
    horizontal_scale,
    labelled_frame,
    vertical_axis,
)
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import BAD, FAINT, GlyphLevel, HeadStyle, Theme

SHADES: dict[GlyphLevel, str] = {
    "braille": " ⠁⣿",
    "block": " ·░▒▓█",
    "ascii": " .:-=+*#%@",
}
"""From no row to every row of the class; in braille, the sparsest and the densest dots."""

_DITHER = np.array([[1, 9, 3, 11], [13, 5, 15, 7], [4, 12, 2, 10], [16, 8, 14, 6]])
"""The level from which a dot is set, in two cells of braille: ordered dithering (Bayer, 1973)."""

_A_ROW = 0.5  # of a spread count: less is what the axis's end cuts off a bin

_MIN_SPLIT = 4  # lines from which a line between the classes pays


def heat_map_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, legible from 6.

    Objects above, background below a line, each over the whole axis of logits or p; the later to
    the right. A cell is the darker, or lighter on a dark background, the more rows of its class
    lie there: by the logarithm, from one row to all rows of the class, so that shades mean the
    same at every step and for every head. Arrows in the outermost lines stand for rows beyond the
    axis. Columns are single moments (`histogram_columns`).
    """
    theme, title, series = scene.theme, history_title(scene, head), scene.series(head)
    if not len(series.steps):
        return message_panel(title, WAITING, theme, width, height)
    rows = canvas_rows(height)
    split = rows >= _MIN_SPLIT
    above = (rows - split + 1) // 2
    below = rows - split - above
    axes = [vertical_axis(scene, head, part) for part in ([above, below] if below > 0 else [rows])]
    classes = [POSITIVE, NEGATIVE][: len(axes)]
    labels = [axis_labels(axis, theme) for axis in axes]
    beside = (labels[0] + [""] * split + labels[-1])[:rows]
    frame = labelled_frame(beside, theme, width, height)
    scale = horizontal_scale(scene, int(series.steps[-1]), frame.cells)
    columns = histogram_columns(series, scale, frame.cells)
    bands = [
        _band(columns, of_class, axis, scene.head_style(head), theme)
        for of_class, axis in zip(classes, axes, strict=True)
    ]
    rule = "-" if theme.glyphs == "ascii" else "─"
    canvas = bands[0] + [Text(rule * frame.cells, FAINT)] * split + bands[-1]
    title = with_parts(title, _parts(scene, head, series, axes[0]), width - 4, theme)
    cursor = cursor_mark(scene.state.cursor, scale, theme)
    return frame.panel(title, canvas[:rows], scale, cursor)


def _parts(scene: Scene, head: int, series: HistogramSeries, axis: Axis) -> list[tuple[str, str]]:
    """What is said in the title beside the name."""
    theme, diverged = scene.theme, diverged_by_then(scene, head)
    outside = axis.spread(series.counts[-1], 1)
    beyond = float(outside.below.sum() + outside.above.sum())
    shades = SHADES[theme.glyphs]
    rows = series.counts.sum(axis=-1, dtype=np.int64)  # (moments, 2)
    missing = int((rows.max(axis=0) - rows[-1]).sum())
    parts = [
        (f"diverged at step {grouped(diverged)}" if diverged is not None else "", theme.hue(BAD)),
        (f"{short_count(missing)} NaN" if missing else "", theme.hue(BAD)),
        (f"{short_count(beyond)} outside" if beyond >= _A_ROW else "", ""),
        ("objects above, background below", ""),
        (f"{shades[1]} 1 to {shades[-1]} {short_count(float(rows.max()))} rows, log", FAINT),
    ]
    if scene.state.log_step and len(series.steps) and series.steps[0] <= 0:
        parts.insert(1, ("step 0 has no place", ""))
    return parts


def _band(
    columns: HistogramColumns, of_class: int, axis: Axis, style: HeadStyle, theme: Theme
) -> list[Text]:
    """One class: `axis.cells` lines, a cell a column."""
    counts = columns.counts[:, of_class]  # (columns, CELLS)
    cells = len(counts)
    fine = axis.cells * DOTS[theme.glyphs][1] if theme.glyphs == "braille" else axis.cells
    spread = axis.spread(counts, fine)  # inside is (columns, rows), from the low end
    rows = max(float(counts.sum(axis=-1).max()), 1.0)
    layers: list[Layer] = [
        (shade_rows(spread.inside.T[::-1], rows, theme), style.colour),
        (_outside_rows(spread, axis.cells, theme), style.colour),
        (guide_rows(axis, cells, theme), FAINT),
    ]
    return composed(layers, axis.cells, cells)


def _outside_rows(spread: Spread, rows: int, theme: Theme) -> list[str]:
    """Arrows in the outermost lines of columns in which rows lie beyond the axis."""
    up, down = "^v" if theme.glyphs == "ascii" else "▴▾"
    above, below = (
        "".join([arrow if count >= _A_ROW else " " for count in counts.tolist()])
        for arrow, counts in ((up, spread.above), (down, spread.below))
    )
    blank = " " * len(above)
    if rows == 1:
        return ["".join(a if a != " " else b for a, b in zip(above, below, strict=True))]
    return [above, *[blank] * (rows - 2), below]


def shade_rows(counts: Floats, most: float, theme: Theme) -> list[str]:
    """Counts as shades: from the first one for any row at all to the last for `most` rows.

    Args:
        counts: (lines, cells) from the top; in braille (4 · lines, cells), where the density of
            dots is the shade, each at its own height.
    """
    heights = np.clip(np.log1p(counts) / np.log1p(max(most, 1.0)), 0.0, 1.0)
    if theme.glyphs == "braille":
        return dot_rows(_dithered(column_levels(heights, _DITHER.size)), theme.glyphs)
    shades = SHADES[theme.glyphs]
    levels = column_levels(heights, len(shades) - 1)
    return ["".join([shades[level] for level in line]) for line in levels.tolist()]


def _dithered(levels: Levels) -> Dots:
    """Levels (dot rows, cells) as dots; where rows are few, every second cell still has one."""
    lines, cells = levels.shape
    pattern = np.tile(_DITHER, (lines // 4 + 1, cells // 2 + 1))[:lines, : 2 * cells]
    dots: Dots = np.repeat(levels, 2, axis=1) >= pattern
    some = levels > 0
    bare = some & ~dots.reshape(lines, cells, 2).any(axis=2)
    starts = bare.copy()
    starts[:, 1:] &= ~some[:, :-1]
    dots[:, 0::2] |= starts | (bare & (np.arange(cells) % 2 == 0))
    return dots
