"""Histograms of logits less those of a reference: where a head has more rows, and where fewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from objtui.errors import UsageError
from objtui.figures.charts.axes import Floats, mark_p, name_p, row_axis
from objtui.figures.charts.histograms import BINS, CLASSES
from objtui.figures.subject import Subject
from objtui.figures.words import percent
from objtui.measures.frames import POSITIVE
from objtui.runs.expected_rows import reference_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

HEAD_INCHES = 1.15

_LEAST = 1e-6  # share of a class's rows: a difference below it is rounding alone
_REACH = 0.9  # of the room on either side of a class's line


def draw_differences(figure: FigureBase, subject: Subject) -> None:
    """A chart a head but for the reference: objects about the upper line, background the lower.

    A column above its line is of rows that this head has more of there than the reference, which
    `subject.rest` names, else the first head. UsageError where there is one head alone.
    """
    heads = compared(subject)
    if not heads:
        raise UsageError("a difference is between heads, and there is one alone")
    axis = subject.axis
    edges = axis.edges(BINS)
    rows = figure.subplots(len(heads), 1, sharex=True, squeeze=False)[:, 0]
    for axes, head in zip(rows, heads, strict=True):
        for words, of_class, sign in CLASSES:
            _draw_class(axes, subject, head, of_class, words, sign, edges)
        axes.set(ylim=(-2.4, 2.4), yticks=[])
        axes.spines["left"].set_visible(False)
        axes.text(
            0.0,
            1.0,
            f"{subject.name(head)} less {subject.name(subject.reference)}",
            transform=axes.transAxes,
            va="top",
            fontweight="bold",
            color=subject.head_look(head).colour,
        )
        mark_p(axes, axis, "x", subject.look, subject.dtype)
    name_p(rows[0], axis, subject.look, subject.dtype)
    row_axis(rows[-1], axis, "x")


def compared(subject: Subject) -> list[int]:
    """The heads that are shown less the reference."""
    return [head for head in subject.heads if head != subject.reference]


def difference_inches(subject: Subject, width: float) -> float:
    """The natural height of the chart."""
    return HEAD_INCHES * max(len(compared(subject)), 1) + 0.45


def _draw_class(
    axes: Axes, subject: Subject, head: int, of_class: int, words: str, sign: int, edges: Floats
) -> None:
    change = _change(subject, head, of_class, edges)
    highest = float(np.abs(change).max())
    look = subject.head_look(head)
    colour = look.colour if of_class == POSITIVE else subject.look.background
    heights = _REACH * change / (highest or 1.0)
    axes.stairs(sign + heights, edges, baseline=sign, fill=True, color=colour, linewidth=0)
    axes.axhline(sign, color=subject.look.ink, linewidth=0.6)
    most = f"{words} (largest bin ±{percent(highest)})" if highest else f"{words}: same"
    axes.text(
        1.0,
        0.98 if sign > 0 else 0.02,
        most,
        transform=axes.transAxes,
        ha="right",
        va="top" if sign > 0 else "bottom",
        fontsize="small",
    )


def _change(subject: Subject, head: int, of_class: int, edges: Floats) -> Floats:
    """By how much the share of a class's rows is more than the reference's: (bins,)."""
    moment, reference = subject.moment, subject.reference
    scale = reference_scale(subject.history, moment, head, reference)[of_class]
    here, there = (
        subject.axis.rebin(subject.counts(each)[of_class], edges) for each in (head, reference)
    )
    rows = max(float(here.sum()), 1.0)
    change = (here - scale * there) / rows  # (bins + 2,)
    change[1] += change[0]
    change[-2] += change[-1]
    inner: Floats = np.where(np.abs(change[1:-1]) < _LEAST, 0.0, change[1:-1])
    return inner
