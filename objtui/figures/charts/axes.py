"""Axes that charts share: logits, steps, plain numbers on a log scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from objtui.figures.words import MINUS, number
from objtui.measures.histogram import CELLS, LOGIT_EDGES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]

MAX_LINEAR = 22.0
"""The |z| up to which an axis of logits is linear."""

MIN_REACH = 5.0
"""Every axis of logits goes so far, past p = .01 and .99."""

_WIDTH = 8.0  # |z| up to which the asinh scale is all but linear
_LEGEND_LETTERS, _HANDLE_LETTERS = 46, 7  # of a line at the width of a column, and of a dash
_TICKS = (0, 3, 10, 30, 100, 300, 1000)
_P_MARKS = ((-4.59512, "p = .01"), (4.59512, "p = .99"))


@dataclass(frozen=True, slots=True)
class LogitAxis:
    """The logits that a chart goes over, and whether evenly."""

    low: float
    high: float

    @classmethod
    def about(cls, counts: npt.ArrayLike) -> LogitAxis:
        """The axis on which all rows of counts `(…, CELLS)` have a place."""
        held = np.asarray(counts).reshape(-1, CELLS).sum(axis=0)
        bins = np.flatnonzero(held[1:-1])
        low, high = (LOGIT_EDGES[bins[0]], LOGIT_EDGES[bins[-1] + 1]) if len(bins) else (0.0, 0.0)
        low, high = min(float(low), -MIN_REACH), max(float(high), MIN_REACH)
        low = float(LOGIT_EDGES[0]) if held[0] else low
        high = float(LOGIT_EDGES[-1]) if held[-1] else high
        margin = 0.03 * (high - low)
        return cls(low - margin, high + margin)

    @property
    def linear(self) -> bool:
        """Whether it is; else it follows asinh, so that extremes do not squeeze the middle."""
        return max(-self.low, self.high) <= MAX_LINEAR

    def edges(self, bins: int) -> Floats:
        """The edges of so many bins of equal width on paper: (bins + 1,)."""
        if self.linear:
            return np.linspace(self.low, self.high, bins + 1)
        ends = np.arcsinh(np.array([self.low, self.high]) / _WIDTH)
        spread: Floats = _WIDTH * np.sinh(np.linspace(ends[0], ends[1], bins + 1))
        return spread

    def set(self, axes: Axes, side: Literal["x", "y"], *, named: bool = True) -> None:
        """Make it an axis of a chart, with marks of p = .01 and .99."""
        from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

        axis = axes.xaxis if side == "x" else axes.yaxis
        if not self.linear:
            scale = axes.set_xscale if side == "x" else axes.set_yscale
            scale("asinh", linear_width=_WIDTH)
            ticks = sorted({sign * tick for tick in _TICKS for sign in (-1, 1)})
            axis.set_major_locator(FixedLocator([z for z in ticks if self.low <= z <= self.high]))
        else:
            axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
        axes.set(**{f"{side}lim": (self.low, self.high)})
        if named:
            words = "logit z" if self.linear else "logit z (asinh scale)"
            axes.set(**{f"{side}label": words})


def mark_p(axes: Axes, side: Literal["x", "y"], faint: str, ink: str, *, words: bool) -> None:
    """Lines at p = .01, .5 and .99 of an axis of logits, behind what is drawn."""
    line = axes.axvline if side == "x" else axes.axhline
    line(0.0, color=faint, linewidth=0.8, zorder=0)
    for at, text in _P_MARKS:
        line(at, color=faint, linewidth=0.6, linestyle=(0, (2, 2)), zorder=0)
        if words and side == "x":
            axes.annotate(
                text,
                (at, 1.0),
                xycoords=("data", "axes fraction"),
                fontsize="xx-small",
                color=ink,
                ha="center",
                va="bottom",
                alpha=0.75,
            )


def step_axis(axes: Axes, last: int, *, named: bool = True, ticks: int = 5) -> None:
    """Steps from 0 to the last, below a chart."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(0, max(last, 1))
    axes.xaxis.set_major_locator(MaxNLocator(ticks, integer=True))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", " "))
    )
    if named:
        axes.set_xlabel("step")


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
    narrow = high / low < 300
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,), numticks=6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    return True


def plain_numbers(axes: Axes, ticks: int = 5) -> None:
    """Write y with a true minus and few ticks."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def unit_axis(axes: Axes, side: Literal["x", "y"], name: str) -> None:
    """An axis of shares, from 0 to 1."""
    axes.set(**{f"{side}lim": (-0.02, 1.02), f"{side}label": name})
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


def message(axes: Axes, words: str, colour: str) -> None:
    """Say in the place of a chart why there is none."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, words, color=colour, ha="center", va="center", transform=axes.transAxes)


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", MINUS) if abs(value) < 1e5 else number(value)
