"""Histograms over the steps: as a heat map, and as bands of percentiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from objtui.figures.charts.axes import Floats, legend_above, mark_p, row_axis, step_axis
from objtui.figures.row_axis import RowAxis
from objtui.figures.subject import Subject
from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.measures.percentiles import percentiles
from objtui.runs.histogram_store import Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

BINS = 80

_LEAST = 1e-4  # share of a class's rows in a bin, below which the ramp ends
_DASHES: dict[int, Any] = {POSITIVE: "solid", NEGATIVE: (0, (3, 1.5))}  # of medians
_CLASSES = ((POSITIVE, "objects"), (NEGATIVE, "background"))


def draw_history(figure: FigureBase, subject: Subject) -> None:
    """A heat map a class and head: a column a recorded step, a colour for the share of rows.

    Shares are on a log ramp, so that the few rows of an extreme are seen.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    axis = subject.axis
    edges = axis.edges(BINS)
    norm = LogNorm(_LEAST, 1.0, clip=True)
    grid = figure.subplots(len(subject.heads), 2, sharex=True, sharey=True, squeeze=False)
    for row, head in enumerate(subject.heads):
        series = subject.series(head)
        columns = _column_edges(series.steps, subject.moment.step)
        for axes, (of_class, words) in zip(grid[row], _CLASSES, strict=True):
            shares, _ = axis.shares(series.counts[:, of_class], edges)  # (moments, bins)
            axes.pcolormesh(
                columns,
                edges,
                np.ma.masked_less(shares.T, _LEAST / 10),
                norm=norm,
                cmap=subject.look.ramp,
                rasterized=True,
            )
            _finish(axes, axis, subject, head, words, row, len(subject.heads))
    bar = figure.colorbar(
        ScalarMappable(norm, subject.look.ramp),
        ax=list(grid.ravel()),
        fraction=0.05,
        pad=0.02,
        aspect=30,
    )
    ticks = [1e-4, 1e-3, 1e-2, 1e-1, 1.0]
    bar.set_ticks(ticks, labels=["≤ .01 %", ".1 %", "1 %", "10 %", "100 %"], fontsize="small")
    bar.ax.minorticks_off()
    bar.set_label("share of the class's rows", fontsize="small")
    bar.outline.set_visible(False)


def draw_bands(figure: FigureBase, subject: Subject) -> None:
    """A chart a head: the median of each class, half of its rows about it, and nine in ten."""
    from matplotlib.lines import Line2D

    axis = subject.axis
    grid = figure.subplots(len(subject.heads), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for row, (axes, head) in enumerate(zip(grid, subject.heads, strict=True)):
        series = subject.series(head)
        moments = max(len(series.steps), 2)  # a single one stands for all of the run
        steps = np.resize(series.steps, moments).astype(np.float64)
        steps[0] = 0.0 if len(series.steps) == 1 else steps[0]
        counts = np.resize(series.counts, (moments, *series.counts.shape[1:]))
        looks = {POSITIVE: subject.head_look(head).colour, NEGATIVE: subject.look.background}
        for of_class, _ in _CLASSES:
            low, quarter, median, upper, high = axis.place(percentiles(counts[:, of_class])).T
            colour = looks[of_class]
            axes.fill_between(steps, low, high, color=colour, alpha=0.18, linewidth=0)
            axes.fill_between(steps, quarter, upper, color=colour, alpha=0.38, linewidth=0)
            axes.plot(
                steps,
                median,
                color=colour,
                linestyle=_DASHES[of_class],
            )
        _finish(axes, axis, subject, head, "", row, len(subject.heads))
        if row == 0:
            axes.set_title(
                "median, 50 and 90 % of rows", loc="right", fontsize="small", color=subject.look.ink
            )
    first = next(iter(subject.heads))
    colours = {POSITIVE: subject.head_look(first).colour, NEGATIVE: subject.look.background}
    legend_above(
        figure,
        [
            Line2D([], [], color=colours[of_class], linestyle=_DASHES[of_class], label=words)
            for of_class, words in _CLASSES
        ],
    )


def _finish(
    axes: Axes, axis: RowAxis, subject: Subject, head: int, words: str, row: int, rows: int
) -> None:
    row_axis(axes, axis, "y", named=_first_column(axes))
    mark_p(axes, axis, "y", subject.look, subject.dtype)
    step_axis(
        axes,
        subject.first_step,
        subject.moment.step,
        log=subject.log_step,
        named=row == rows - 1,
        ticks=3 if words else 5,
    )
    if _first_column(axes):
        axes.set_title(
            f"{subject.name(head)}{': ' if words else ''}{words}",
            color=subject.head_look(head).colour,
            fontweight="bold",
        )
    elif words:
        axes.set_title(words, color=subject.look.ink)


def _first_column(axes: Axes) -> bool:
    place = axes.get_subplotspec()
    return place is None or place.is_first_col()


def _column_edges(steps: Ints, last: int) -> Floats:
    """Edges of columns that hold from each recorded step to the next: (moments + 1,)."""
    if len(steps) == 1:  # it stands for all of the run
        return np.array([0.0, max(float(last), 1.0)])
    ends = np.append(steps.astype(np.float64), max(float(last), float(steps[-1])))
    if ends[-1] <= ends[-2]:
        ends[-1] = ends[-2] + (ends[-2] - ends[-3] if len(ends) > 2 else 1.0)
    return ends
