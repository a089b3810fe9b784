"""dL/dz by class over the steps: how hard each class pulls, and which rows pull no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from objtui.figures.charts.axes import legend, log_axis, step_axis, unit_axis
from objtui.figures.charts.curves import Curve, curves_of_score, draw_line
from objtui.figures.subject import Subject
from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.runs.vanished import vanished_shares

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase

_SIZES = (("grad_pos", "mean |dL/dz|, objects"), ("grad_neg", "mean |dL/dz|, background"))
_SHARE = ("grad_share_neg", "background's share")
_VANISHED = ((POSITIVE, "objects at dL/dz = 0"), (NEGATIVE, "background at 0"))


def draw_gradient(figure: FigureBase, subject: Subject) -> None:
    """The mean size of a row's dL/dz of both classes, the background's share of the sum, and,
    where targets are hard, the share of rows whose dL/dz is exactly 0 in the run's number format.
    """
    sizes = [(curves_of_score(subject, score), words) for score, words in _SIZES]
    shares = [(curves_of_score(subject, _SHARE[0]), _SHARE[1])]
    vanished = [(_vanished(subject, of_class), words) for of_class, words in _VANISHED]
    shares += [entry for entry in vanished if entry[0]]
    charts = [*sizes, *shares]
    all_axes = figure.subplots(len(charts), 1, sharex=True, squeeze=False)[:, 0]
    drawn = [line for curves, _ in sizes for curve in curves for line in (curve.low, curve.high)]
    for at, (axes, (curves, words)) in enumerate(zip(all_axes, charts, strict=True)):
        for curve in curves:
            draw_line(axes, subject, curve)
        if at < len(sizes):
            log_axis(axes, drawn)
            axes.set_ylabel(words.replace(", ", "\n"))
        else:
            unit_axis(axes, "y", words.replace(" ", "\n", 1))
        axes.grid(axis="y")
        step_axis(
            axes,
            subject.first_step,
            subject.moment.step,
            log=subject.log_step,
            named=axes is all_axes[-1],
        )
    figure.align_ylabels(list(all_axes))
    legend(all_axes[0])


def gradient_charts(subject: Subject) -> int:
    """How many charts `draw_gradient` draws."""
    return 3 + sum(bool(_vanished(subject, of_class)) for of_class, _ in _VANISHED)


def _vanished(subject: Subject, of_class: int) -> list[Curve]:
    curves = []
    for head in subject.heads:
        series = subject.series(head)
        share = vanished_shares(subject.runs, subject.history, head, series.counts)[:, of_class]
        if np.isfinite(share).any():
            curves.append(Curve(head, series.steps.astype(np.float64), share, share, share))
    return curves
