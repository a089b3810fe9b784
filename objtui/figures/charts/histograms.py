"""Histograms of logits by class: objects above the axis, background below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from objtui.figures.charts.axes import Floats, legend, mark_p, name_p, row_axis
from objtui.figures.subject import Subject
from objtui.figures.words import percent
from objtui.measures.frames import NEGATIVE, POSITIVE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

BINS = 72
"""Columns of a histogram: fine enough for shapes, wide enough to be seen at a paper's column."""

LEAST_SAID = 1e-7
"""Share of rows beyond the axis below which it is rounding."""

CLASSES = (("objects", POSITIVE, 1), ("background", NEGATIVE, -1))


def draw_histograms(figure: FigureBase, subject: Subject) -> None:
    """A histogram a head, below one another, on one axis of logits.

    A column is the share of its class's rows, over all seeds; background hangs below. Each class
    has a scale of its own, which its highest column tells. Rows beyond the axis stand in the
    outermost columns, and are said.
    """
    heads = subject.heads
    axis = subject.axis
    rows = figure.subplots(len(heads), 1, sharex=True, squeeze=False)[:, 0]
    for at, (axes, head) in enumerate(zip(rows, heads, strict=True)):
        look, edges = subject.head_look(head), axis.edges(BINS)
        for words, of_class, sign in CLASSES:
            values, beyond = _shares(subject, head, of_class, edges)
            highest = float(values.max()) or 1.0
            colour = look.colour if of_class == POSITIVE else subject.look.background
            axes.stairs(sign * values / highest, edges, fill=True, color=colour, linewidth=0)
            _notes(axes, words, sign, float(values.max()), beyond)
        axes.axhline(0.0, color=subject.look.ink, linewidth=0.6)
        _finish(axes, subject)
        _title(axes, subject, head, first=at == 0)
        mark_p(axes, axis, "x", subject.look, subject.dtype)
    name_p(rows[0], axis, subject.look, subject.dtype)
    row_axis(rows[-1], axis, "x")


def draw_overlay(figure: FigureBase, subject: Subject) -> None:
    """The heads' histograms as outlines in one chart, told apart by colour and dash."""
    from matplotlib.lines import Line2D

    axis = subject.axis
    axes, edges = figure.subplots(), axis.edges(BINS)
    for words, of_class, sign in CLASSES:
        shares = [_shares(subject, head, of_class, edges)[0] for head in subject.heads]
        highest = max(float(values.max()) for values in shares) or 1.0
        for head, values in zip(subject.heads, shares, strict=True):
            look = subject.head_look(head)
            axes.stairs(
                sign * values / highest,
                edges,
                color=look.colour,
                linestyle=look.dash,
                linewidth=1.1,
                baseline=None,
            )
        _notes(axes, words, sign, highest, (0.0, 0.0))
    axes.axhline(0.0, color=subject.look.ink, linewidth=0.6)
    _finish(axes, subject)
    mark_p(axes, axis, "x", subject.look, subject.dtype)
    looks = {subject.name(head): subject.head_look(head) for head in subject.heads}
    legend(
        axes,
        [
            Line2D([], [], color=look.colour, linestyle=look.dash, label=name)
            for name, look in looks.items()
        ],
    )
    row_axis(axes, axis, "x")


def _notes(axes: Axes, words: str, sign: int, highest: float, beyond: tuple[float, float]) -> None:
    """The class, how much its highest column is, and what lies beyond all bins."""
    axes.text(
        1.0,
        0.98 if sign > 0 else 0.02,
        f"{words} (highest bin {percent(highest)})",
        transform=axes.transAxes,
        ha="right",
        va="top" if sign > 0 else "bottom",
        fontsize="small",
    )
    for share, side in zip(beyond, ("left", "right"), strict=True):
        if share >= LEAST_SAID:
            axes.text(
                0.02 if side == "left" else 0.98,  # beside the outermost bin
                0.5 + 0.2 * sign,
                f"{percent(share)} beyond",
                transform=axes.transAxes,
                ha=side,
                va="center",
                fontsize="small",
            )


def _finish(axes: Axes, subject: Subject) -> None:
    axes.set_ylim(-1.3, 1.3)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _shares(
    subject: Subject, head: int, of_class: int, edges: Floats
) -> tuple[Floats, tuple[float, float]]:
    """Share of a class's rows in every bin: (bins,); and of those beyond both ends of the axis."""
    values, beyond = subject.axis.shares(subject.counts(head)[of_class], edges)
    return values, (float(beyond[0]), float(beyond[1]))


def _title(axes: Axes, subject: Subject, head: int, *, first: bool) -> None:
    parts = [subject.at_step if first else "", subject.diverged_note(head)]
    nan = subject.moment.nan_counts
    if nan is not None and nan[head].sum():
        parts.append(f"{int(nan[head].sum())} rows NaN")
    if not subject.counts(head).any():
        parts.append("no finite logits")
    name = axes.text(
        0.0,
        0.98,
        subject.name(head),
        transform=axes.transAxes,
        va="top",
        fontweight="bold",
        color=subject.head_look(head).colour,
    )
    axes.annotate(
        "\n".join(filter(None, parts)),
        (0.0, 0.0),
        xycoords=name,
        xytext=(0, -1.5),
        textcoords="offset points",
        va="top",
        fontsize="small",
    )
