"""The heat map: where a head's logits lie, step by step."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.runs.histogram_store import HistogramSeries
from objtui.text.numbers import grouped
from objtui.ui.charts.axis import Axis, Floats
from objtui.ui.charts.bars import Levels, column_levels
from objtui.ui.charts.dots import DOTS, Dots, composed, dot_rows
from objtui.ui.charts.numbers import share_words, short_count
from objtui.ui.charts.plot_frame import canvas_rows, cursor_mark, message_panel, with_parts
from objtui.ui.charts.ramp import RAMP, has_ramp, ramp_legend, ramp_lines
from objtui.ui.charts.words import WAITING, between
from objtui.ui.panels.history.frame import (
    HistogramColumns,
    axis_labels,
    axis_words,
    diverged_by_then,
    guide_rows,
    histogram_columns,
    history_title,
    horizontal_scale,
    labelled_frame,
    vertical_axis,
)
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import BAD, FAINT, HeadStyle, Theme

SHADES = " ·░▒▓█"
"""From no row to every row of the class."""

ASCII_SHADES = " .:-=+*#%@"

DITHERED = " ⠁⣿"
"""The sparsest and the densest dots."""

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
    legend = _legend(float(series.counts.sum(axis=-1, dtype=np.int64).max()), theme)
    if title.cell_len + len(between(theme)) + legend.cell_len <= width - 4:
        title.append(between(theme)).append_text(legend)
    title = with_parts(title, [(axis_words(axes[0]), FAINT)], width - 4, theme)
    cursor = cursor_mark(scene.state.cursor, scale, theme)
    across = scene.axis_name("step")
    return frame.panel(title, canvas[:rows], scale, cursor, name=axes[0].names[-1], across=across)


def _parts(scene: Scene, head: int, series: HistogramSeries, axis: Axis) -> list[tuple[str, str]]:
    """What is said in the title beside the name."""
    theme, diverged = scene.theme, diverged_by_then(scene, head)
    rows = series.counts.sum(axis=-1, dtype=np.int64)  # (moments, 2)
    missing = int((rows.max(axis=0) - rows[-1]).sum())
    parts = [
        (f"diverged at step {grouped(diverged)}" if diverged is not None else "", theme.hue(BAD)),
        (f"{short_count(missing)} NaN" if missing else "", theme.hue(BAD)),
        *((words, "") for words in _beyond(series, axis)),
        ("objects above, background below", ""),
    ]
    if scene.state.log_step and len(series.steps) and series.steps[0] <= 0:
        parts.insert(1, ("step 0 has no place", ""))
    return parts


def _beyond(series: HistogramSeries, axis: Axis) -> list[str]:
    """The share of objects and of background that lies beyond the axis at the last step."""
    outside = axis.spread(series.counts[-1], 1)
    beyond = outside.below + outside.above  # (2,)
    rows = np.maximum(outside.inside[..., 0] + beyond, 1.0)
    names = {POSITIVE: "objects", NEGATIVE: "background"}
    return [
        f"{name}: {share_words(float(beyond[of_class]), float(rows[of_class]))[0]}"
        for of_class, name in names.items()
        if beyond[of_class] >= _A_ROW
    ]


def _legend(most: float, theme: Theme) -> Text:
    """What shades stand for."""
    few, many = "1 row ", f" {short_count(most)}, log"
    if has_ramp(theme):
        return Text.assemble((few, FAINT), ramp_legend(theme), (many, FAINT))
    shades = shades_of(theme)
    return Text(f"{few}{shades[1]} to {shades[-1]}{many}", FAINT)


def _band(
    columns: HistogramColumns, of_class: int, axis: Axis, style: HeadStyle, theme: Theme
) -> list[Text]:
    """One class: `axis.cells` lines, a cell a column."""
    counts = columns.counts[:, of_class]  # (columns, CELLS)
    cells, rows = len(counts), max(float(counts.sum(axis=-1).max()), 1.0)
    fine = 2 if has_ramp(theme) else DOTS["braille"][1] if is_dithered(theme) else 1
    spread = axis.spread(counts, axis.inner * fine)  # inside is (columns, bins), from the low end
    shown = axis.columns(spread).T[::-1]  # (lines · fine, columns)
    if has_ramp(theme):
        levels = column_levels(_heights(shown, rows), len(RAMP))
        some = levels.reshape(axis.cells, fine, cells).max(axis=1)
        occupied = ["".join("#" if cell else " " for cell in line) for line in some.tolist()]
        guides = guide_rows(axis, cells, theme, occupied)
        return ramp_lines(levels, [(guide, FAINT) for guide in guides], theme)
    shades = shade_rows(shown, rows, theme)
    guides = guide_rows(axis, cells, theme, shades)
    return composed([(shades, style.colour), (guides, FAINT)], axis.cells, cells)


def shades_of(theme: Theme) -> str:
    """The shades that stand for no row to all rows of a class."""
    if is_dithered(theme):
        return DITHERED
    return ASCII_SHADES if theme.glyphs == "ascii" else SHADES


def is_dithered(theme: Theme) -> bool:
    """Whether shades are densities of dots: in colour they are solid."""
    return theme.glyphs == "braille" and not theme.colours


def _heights(counts: Floats, most: float) -> Floats:
    """Counts on the scale of shades, 0 to 1."""
    heights: Floats = np.clip(np.log1p(counts) / np.log1p(max(most, 1.0)), 0.0, 1.0)
    return heights


def shade_rows(counts: Floats, most: float, theme: Theme) -> list[str]:
    """Counts as shades: from the first one for any row at all to the last for `most` rows.

    Args:
        counts: (lines, cells) from the top; where dots are dithered (4 · lines, cells), each at
            its own height.
    """
    heights = _heights(counts, most)
    if is_dithered(theme):
        return dot_rows(_dithered(column_levels(heights, _DITHER.size)), theme.glyphs)
    shades = shades_of(theme)
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
