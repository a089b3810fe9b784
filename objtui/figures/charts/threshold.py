"""Precision, recall and F1 wherever the line between object and background is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from objtui.figures.charts.axes import legend, legend_above, message, row_axis, unit_axis
from objtui.figures.subject import Subject
from objtui.figures.words import number
from objtui.measures.frames import POSITIVE
from objtui.measures.thresholds import threshold_sweep
from objtui.measures.working_points import working_points

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

POINTS = 400

_LINES: tuple[tuple[str, str, Any, float], ...] = (
    ("F1", "f1", "solid", 1.5),
    ("precision", "precision", (0, (4, 1.6)), 1.0),
    ("recall", "recall", (0, (1.2, 1.2)), 1.0),
)


def draw_threshold(figure: FigureBase, subject: Subject) -> None:
    """A chart a head: the three over the threshold on z, and the best F1 marked."""
    from matplotlib.lines import Line2D

    axis = subject.axis
    places = axis.edges(POINTS)
    grid = figure.subplots(len(subject.heads), 1, sharex=True, squeeze=False)[:, 0]
    for row, (axes, head) in enumerate(zip(grid, subject.heads, strict=True)):
        counts, colour = subject.counts(head), subject.head_look(head).colour
        if not counts[POSITIVE].any():
            message(axes, f"{subject.name(head)}: no objects to be found", subject.look.ink)
            continue
        sweep, (_, best) = threshold_sweep(counts, axis.logits(places)), working_points(counts)
        for _, name, dash, width in _LINES:
            axes.plot(
                places,
                getattr(sweep, name),
                color=colour,
                linestyle=dash,
                linewidth=width,
            )
        at = float(axis.place(best.logit))
        axes.axvline(at, color=subject.look.background, linewidth=0.7, zorder=0)
        axes.plot([at], [best.f1], marker="o", markersize=3.5, color=colour)
        axes.set_title(subject.name(head), color=colour, fontweight="bold")
        axes.set_title(
            f"best F1 {number(best.f1)} at z = {number(best.logit)}, p = {number(best.p)}",
            loc="right",
            fontsize="small",
        )
        unit_axis(axes, "y", "")
        axes.grid(axis="y")
        row_axis(axes, axis, "x", named=row == len(grid) - 1)
    ink = subject.look.ink
    lines = [
        Line2D([], [], color=ink, linestyle=dash, linewidth=width, label=words)
        for words, _, dash, width in _LINES
    ]
    legend_above(figure, lines)


def draw_best_f1(figure: FigureBase, subject: Subject) -> None:
    """F1 of every head in one chart."""
    axis = subject.axis
    axes, places = figure.subplots(), axis.edges(POINTS)
    for head in subject.heads:
        counts, look = subject.counts(head), subject.head_look(head)
        if counts[POSITIVE].any():
            axes.plot(
                places,
                threshold_sweep(counts, axis.logits(places)).f1,
                color=look.colour,
                linestyle=look.dash,
                label=subject.name(head),
            )
    unit_axis(axes, "y", "F1")
    row_axis(axes, axis, "x")
    legend(axes)
