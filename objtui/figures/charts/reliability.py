"""Reliability: how often what is given p is an object, by the bins of the calibration error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from objtui.figures.charts.axes import legend, unit_axis
from objtui.figures.look import HeadLook
from objtui.figures.subject import Subject
from objtui.figures.words import with_deviation
from objtui.measures.reliability import Reliability, reliability_bins
from objtui.measures.scores import ECE_BINS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase


def draw_reliability(figure: FigureBase, subject: Subject) -> None:
    """The share of objects against the mean p of a bin, and below it how many rows it has.

    On the diagonal p is right. Bins come from the histograms, so they are near those of the
    score in the legend, not equal to them. Crosses, at the last frame of a run that has a
    calibration, are of calibrated p, over the rows that it was not fitted on.
    """
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [4, 1]})
    upper.plot([0, 1], [0, 1], color=subject.look.background, linewidth=0.8, zorder=0)
    calibrated = subject.moment.calibrated
    edges = np.linspace(0.0, 1.0, ECE_BINS + 1)
    for position, head in enumerate(subject.heads):
        bins, look = reliability_bins(subject.counts(head)), subject.head_look(head)
        error = with_deviation(subject.score("ece", head))
        _line(upper, bins, look, f"{subject.name(head)}  ECE {error}")
        if calibrated is not None and calibrated[head].any():
            error = with_deviation(subject.score("ece_calibrated", head))
            _line(
                upper,
                reliability_bins(calibrated[head]),
                look,
                f"{subject.name(head)} calibrated  ECE {error}",
                calibrated=True,
            )
        lower.stairs(
            np.maximum(bins.rows, 0.0),
            edges,
            color=look.colour,
            linestyle=look.dash,
            linewidth=1.0,
            baseline=None,
            zorder=2 + position,
        )
    unit_axis(upper, "y", "share of objects")
    unit_axis(lower, "x", "p")
    lower.set_yscale("symlog", linthresh=1)
    lower.set_ylabel("rows")
    lower.set_ylim(bottom=0)
    _count_ticks(lower)
    figure.align_ylabels([upper, lower])
    legend(upper)


def _line(
    axes: Axes, bins: Reliability, look: HeadLook, words: str, *, calibrated: bool = False
) -> None:
    some = bins.rows > 0
    axes.plot(
        bins.mean_p[some],
        bins.share[some],
        color=look.colour,
        linestyle=(0, (1, 1)) if calibrated else look.dash,
        marker="x" if calibrated else look.marker or "o",
        markersize=4 if calibrated else 3,
        linewidth=0.7 if calibrated else 1.0,
        label=words,
    )


def _count_ticks(axes: object) -> None:
    from matplotlib.axes import Axes
    from matplotlib.ticker import FixedLocator, FuncFormatter

    assert isinstance(axes, Axes)
    high = axes.get_ylim()[1]
    powers = [10.0**power for power in range(0, 16) if 10.0**power <= high]
    every = -(-len(powers) // 3) or 1
    axes.yaxis.set_major_locator(FixedLocator([0.0, *powers[::-1][::every]]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _count(value)))


def _count(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
