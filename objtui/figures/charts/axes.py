"""Axes that charts share: logits, steps, plain numbers on a log scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from objtui.figures.look import Look
from objtui.figures.row_axis import RowAxis
from objtui.figures.words import MINUS, number
from objtui.measures.logit_axis import BEND, SIGMOID_IS_ONE
from objtui.measures.scores import SATURATED_LOGIT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

Floats = npt.NDArray[np.float64]

MIN_APART = 0.09
"""Of an axis, between two marks that are both named."""

_ROUND = (1, 2, 5, 10)  # what ticks are apart

_LEGEND_LETTERS, _HANDLE_LETTERS = 46, 7  # of a line at the width of a column, and of a dash


def row_axis(axes: Axes, rows: RowAxis, side: Literal["x", "y"], *, named: bool = True) -> None:
    """Make one side of a chart the axis of z, or of p."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    if rows.probability:
        unit_axis(axes, side, "p" if named else "", margin=0.0)
        return
    scale = rows.scale
    axis = axes.xaxis if side == "x" else axes.yaxis
    if not scale.is_linear:
        set_scale = axes.set_xscale if side == "x" else axes.set_yscale
        set_scale("asinh", linear_width=BEND)
    ticks = [tick for tick in scale.ticks if side == "x" or scale.is_linear or abs(tick) != 3]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.set(**{f"{side}lim": (scale.low, scale.high)})
    if named:
        axes.set(**{f"{side}label": scale.name if side == "x" else scale.short_name})


def mark_p(axes: Axes, rows: RowAxis, side: Literal["x", "y"], look: Look, dtype: str) -> None:
    """Lines at p = .01, .5 and .99, and where the sigmoid is 1, behind what is drawn.

    On an axis of p the middle one alone.
    """
    line = axes.axvline if side == "x" else axes.axhline
    line(float(rows.place(0.0)), color=look.faint, linewidth=0.8, zorder=0)
    for at, _ in p_marks(rows, dtype):
        line(at, color=look.faint, linewidth=0.6, linestyle=(0, (2, 2)), zorder=0)


def name_p(axes: Axes, rows: RowAxis, look: Look, dtype: str) -> None:
    """Say above a chart what its marks are."""
    for at, text in p_marks(rows, dtype):
        axes.annotate(
            text,
            (at, 1.0),
            xycoords=("data", "axes fraction"),
            fontsize="small",
            color=look.ink,
            ha="left" if at > SATURATED_LOGIT else "center",
            va="bottom",
        )


def p_marks(rows: RowAxis, dtype: str) -> list[tuple[float, str]]:
    """Logits that are marked, and what they are called; none on an axis of p, which says it."""
    if rows.probability:
        return []
    scale = rows.scale
    marks = [(-SATURATED_LOGIT, "p = .01"), (SATURATED_LOGIT, "p = .99")]
    if dtype in SIGMOID_IS_ONE:
        one = SIGMOID_IS_ONE[dtype][0]
        if float(scale.place(one)) - float(scale.place(SATURATED_LOGIT)) > MIN_APART:
            marks.append((one, "sigmoid = 1"))
    return [mark for mark in marks if scale.low < mark[0] < 0.97 * scale.high]


def step_axis(
    axes: Axes, first: int, last: int, *, log: bool, named: bool = True, ticks: int = 5
) -> None:
    """Steps below a chart: from 0 to the last, on a log axis from the first above 0."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if log:
        _log_steps(axes, max(first, 1), max(last, first + 1, 2))
    else:
        axes.set_xlim(0, max(last, 1))
        axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=_ROUND, integer=True))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", " "))
    )
    if named:
        axes.set_xlabel("step, log scale" if log else "step")


def _log_steps(axes: Axes, first: float, last: float) -> None:
    """A log axis from the first to the last of steps, or of seconds."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.set_xlim(first, last)
    axes.xaxis.set_major_locator(
        LogLocator(subs=(1, 2, 5) if last < 30 * first else (1,), numticks=8)
    )
    axes.xaxis.set_minor_formatter(NullFormatter())


def time_axis(axes: Axes, first: float, last: float, *, log: bool, named: bool = True) -> None:
    """Seconds of training below a chart, as `step_axis` has steps.

    `first` is the least above 0; infinite where there is none, as of measured rows.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if log:
        low = max(first if math.isfinite(first) else 0.0, last * 1e-5, 1e-3)
        _log_steps(axes, low, max(last, 2 * low))
    else:
        axes.set_xlim(0, last if last > 0 else 1.0)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=_ROUND))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 4)))
    if named:
        axes.set_xlabel("seconds, log scale" if log else "seconds")


def log_axis(axes: Axes, values: Sequence[Floats], floor: float = 1e-12) -> bool:
    """Make y logarithmic, with plain numbers; False where nothing that is drawn is above 0."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    drawn = np.concatenate([np.ravel(entry) for entry in values]) if values else np.empty(0)
    drawn = drawn[np.isfinite(drawn) & (drawn > 0)]
    if not len(drawn):
        return False
    high = float(drawn.max())
    low = max(float(drawn.min()), high * floor)
    axes.set_yscale("log")
    axes.set_ylim(low / 1.25, high * 1.25)
    ratio = high / low
    digits = (1, 2, 3, 4, 5, 7) if ratio < 4 else (1, 2, 5) if ratio < 300 else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=digits, numticks=6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    return True


def plain_numbers(axes: Axes, ticks: int = 5) -> None:
    """Write y with a true minus and few ticks."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def unit_axis(axes: Axes, side: Literal["x", "y"], name: str, *, margin: float = 0.02) -> None:
    """An axis of shares, from 0 to 1, and so much more at both ends."""
    axes.set(**{f"{side}lim": (-margin, 1 + margin), f"{side}label": name})
    ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
    axes.set(**{f"{side}ticks": ticks, f"{side}ticklabels": [f"{tick:g}" for tick in ticks]})


def legend(axes: Axes, handles: Sequence[Any] | None = None) -> None:
    """Names of what is drawn, above a chart, where they hide nothing."""
    drawn = axes.get_legend_handles_labels()[0] if handles is None else list(handles)
    if drawn:
        longest = max(len(str(handle.get_label())) for handle in drawn)
        columns = max(_LEGEND_LETTERS // (longest + _HANDLE_LETTERS), 1)
        axes.legend(
            handles=drawn,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=min(len(drawn), columns),
            borderaxespad=0.2,
            handlelength=2.2,
            columnspacing=1.0,
            handletextpad=0.5,
        )


def legend_above(figure: FigureBase, handles: Sequence[Any]) -> None:
    """Names of what is drawn alike in all charts of a figure, in a line above them."""
    figure.legend(
        handles=list(handles),
        loc="outside upper left",
        ncols=len(handles),
        handlelength=2.2,
        columnspacing=1.0,
        handletextpad=0.5,
        borderpad=0.0,
    )


def message(axes: Axes, words: str, colour: str) -> None:
    """Say in the place of a chart why there is none."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, words, color=colour, ha="center", va="center", transform=axes.transAxes)


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", MINUS) if abs(value) < 1e5 else number(value)
