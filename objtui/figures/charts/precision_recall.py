"""Precision over recall, of every head in one chart, with what two thresholds make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from objtui.figures.charts.axes import legend, message, unit_axis
from objtui.figures.subject import Subject
from objtui.figures.words import number, with_deviation
from objtui.measures.frames import POSITIVE
from objtui.measures.thresholds import precision_recall
from objtui.measures.working_points import working_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

_HALF, _BEST = "o", "^"


def draw_precision_recall(figure: FigureBase, subject: Subject) -> None:
    """A curve a head, over the rows of all seeds together, from histograms.

    AP in the legend is a mean over seeds, from logits. Hollow circles stand where p = .5 cuts,
    triangles at the threshold of the best F1; the dotted line is the base rate, the precision of a
    random order.
    """
    from matplotlib.lines import Line2D

    axes = figure.subplots()
    heads = [head for head in subject.heads if subject.counts(head)[POSITIVE].any()]
    if not heads:
        message(axes, "no objects to be found", subject.look.ink)
        return
    for head in heads:
        _draw(axes, subject, head)
    _base_rates(axes, subject, heads)
    unit_axis(axes, "x", "recall")
    unit_axis(axes, "y", "precision")
    ink = subject.look.ink
    points = [
        Line2D([], [], color=ink, marker=_HALF, fillstyle="none", linestyle="", label="p = .5"),
        Line2D([], [], color=ink, marker=_BEST, linestyle="", markersize=4, label="best F1"),
    ]
    points[0].set_markersize(4)
    legend(axes, [*axes.get_legend_handles_labels()[0], *points])


def _draw(axes: Axes, subject: Subject, head: int) -> None:
    curve, look = precision_recall(subject.counts(head)), subject.head_look(head)
    reached = ~np.isnan(curve.precision)
    axes.plot(
        curve.recall[reached],
        curve.precision[reached],
        color=look.colour,
        linestyle=look.dash,
        label=f"{subject.name(head)}  AP {with_deviation(subject.score('ap', head))}",
    )
    half, best = working_points(subject.counts(head))
    for point, marker, fill in ((best, _BEST, "full"), (half, _HALF, "none")):
        if not np.isnan(point.precision):
            axes.plot(
                [point.recall],
                [point.precision],
                marker=marker,
                fillstyle=fill,
                markersize=4.5,
                color=look.colour,
                linestyle="",
                zorder=3,
            )


def _base_rates(axes: Axes, subject: Subject, heads: list[int]) -> None:
    """The base rate of the rows, one line where all heads have the same."""
    rates = {
        round(float(counts[POSITIVE].sum() / counts.sum()), 4)
        for counts in (subject.counts(head) for head in heads)
    }
    for rate in rates:
        axes.axhline(
            rate, color=subject.look.background, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0
        )
    if len(rates) == 1:
        rate = rates.pop()
        axes.annotate(
            f"base rate {number(rate, 2)}",
            (1.0, rate),
            xytext=(0, 2 if rate < 0.9 else -3),
            textcoords="offset points",
            ha="right",
            va="bottom" if rate < 0.9 else "top",
            fontsize="small",
        )
