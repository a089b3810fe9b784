"""A score over the factors of a sweep: a strip, a heat map, parallel coordinates."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from objtui.figures.charts.axes import legend, log_axis, message, plain_numbers
from objtui.figures.charts.tables import inches_of
from objtui.figures.look import Look
from objtui.figures.words import apart, number, with_last_digits
from objtui.measures.scores import Score
from objtui.measures.spread import Spread, are_alike, best_place
from objtui.text.terminal import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import FigureBase

Floats = npt.NDArray[np.float64]

MIN_LOG_SPAN = 3.0
"""Scores that fall by powers of ten are on a log scale from such a ratio of most to least on."""

MAX_VALUE_LETTERS = 14
NUMBER_INCHES = 0.42
"""Across, of a number in a field of a heat map; without that room there are colours alone."""

BAR_INCHES = 0.45
"""Across, of the bar of colours beside a heat map with its numbers."""

_TITLE_LETTERS, _CAPTION_LETTERS = 12, 19  # of an inch
_FIELD_INCHES = 0.3
_LINES_INCHES = 2.2


@dataclass(frozen=True, slots=True)
class Axis:
    """A factor.

    Attributes:
        values: as people wrote them.
        places: of each value on an axis from 0 to 1.
        kind: of that axis; nothing lies between "even" values, which are no numbers.
    """

    name: str
    values: tuple[str, ...]
    places: tuple[float, ...]
    kind: Literal["log", "linear", "even"]


@dataclass(frozen=True, slots=True)
class CellScore:
    """A cell: the place of its value among those of each factor, and its score over seeds.

    Attributes:
        early: whether it was stopped early.
    """

    at: tuple[int, ...]
    spread: Spread
    early: bool = False


@dataclass(frozen=True, slots=True)
class HeadOverCells:
    """A score of one head over the cells of a sweep.

    Attributes:
        position: of the head in the scenario.
    """

    head: str
    position: int
    cells: tuple[CellScore, ...]


@dataclass(frozen=True, slots=True)
class SweepSubject:
    """What a figure of a sweep is of.

    Attributes:
        caption: what is said below it.
    """

    title: str
    score: Score
    axes: tuple[Axis, ...]
    heads: tuple[HeadOverCells, ...]
    look: Look
    caption: str = ""


def draw_sweep(figure: FigureBase, subject: SweepSubject) -> None:
    """One factor: a strip of all heads; two: a heat map a head; more: parallel coordinates."""
    width = inches_of(figure)
    title = "\n".join(_title_lines(subject, width))
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    if subject.caption:
        caption = "\n".join(_caption_lines(subject, width))
        figure.supxlabel(caption, x=0.01, ha="left", fontsize="small")
    if len(subject.axes) == 1:
        _draw_strip(figure.subplots(), subject)
        return
    grid: Any = figure.subplots(len(subject.heads), 1, squeeze=False)
    draw = _draw_map if len(subject.axes) == 2 else _draw_lines
    for axes, head in zip(grid[:, 0], subject.heads, strict=True):
        draw(axes, subject, head)


def sweep_inches(subject: SweepSubject, width: float) -> float:
    """The natural height at a width, both in inches."""
    titles, captions = len(_title_lines(subject, width)), len(_caption_lines(subject, width))
    around = 0.2 + 0.15 * (titles + captions)
    if len(subject.axes) == 1:
        return around + 0.65 * width
    if len(subject.axes) == 2:
        a_head = 0.6 + _FIELD_INCHES * len(subject.axes[0].values)
        return around + a_head * len(subject.heads)
    return around + _LINES_INCHES * len(subject.heads)


def sweep_width(subject: SweepSubject, column: float, page: float) -> float:
    """The natural width: a column, or what fields and axes need, up to a page."""
    if len(subject.axes) == 1:
        return column
    if len(subject.axes) == 2:
        return min(page, max(column, 1.2 + BAR_INCHES + 0.55 * len(subject.axes[1].values)))
    return min(page, max(column, 1.1 * (len(subject.axes) + 1)))


def _title_lines(subject: SweepSubject, width: float) -> list[str]:
    return textwrap.wrap(printable(subject.title), round(width * _TITLE_LETTERS))


def _caption_lines(subject: SweepSubject, width: float) -> list[str]:
    letters = round(width * _CAPTION_LETTERS)
    lines = subject.caption.split("\n")
    return [part for line in lines for part in textwrap.wrap(line, letters)]


def _draw_strip(axes: Axes, subject: SweepSubject) -> None:
    axis = subject.axes[0]
    every: list[Floats] = []
    for head in subject.heads:
        look = subject.look.head(head.position)
        order = sorted(
            (cell for cell in head.cells if math.isfinite(cell.spread.mean)),
            key=lambda cell: axis.places[cell.at[0]],
        )
        places = np.array([axis.places[cell.at[0]] for cell in order])
        means = np.array([cell.spread.mean for cell in order])
        sds = np.nan_to_num(np.array([cell.spread.sd for cell in order]))
        every += [means, means - sds, means + sds]
        marker = look.marker or "o"
        if axis.kind == "even":
            axes.errorbar(
                places, means, sds, fmt=marker, color=look.colour, markersize=3.5,
                linewidth=1.0, capsize=2.0, label=printable(head.head),
            )  # fmt: skip
        else:
            axes.plot(
                places, means, color=look.colour, linestyle=look.dash, marker=marker,
                markersize=3.5, label=printable(head.head),
            )  # fmt: skip
            axes.fill_between(places, means - sds, means + sds, color=look.colour, alpha=0.18, lw=0)
        for cell, place in zip(order, places, strict=True):
            if cell.early:
                axes.plot(
                    [place], [cell.spread.mean], marker, markersize=3.5,
                    color=subject.look.paper, markeredgecolor=look.colour,
                )  # fmt: skip
    if not any(len(values) for values in every):
        message(axes, "no cell has a score", subject.look.ink)
        return
    if not (_is_log(subject.score, every[::3]) and log_axis(axes, every)):
        plain_numbers(axes)
    axes.set(xlim=(0, 1), ylabel=printable(subject.score.name))
    axes.set_xlabel(printable(axis.name) + (" (log axis)" if axis.kind == "log" else ""))
    axes.set_xticks(axis.places, [_value(value) for value in axis.values])
    _turn_if_crowded(axes, axis)
    axes.grid(axis="y")
    legend(axes)


def _draw_map(axes: Axes, subject: SweepSubject, head: HeadOverCells) -> None:
    rows, columns = subject.axes
    means = np.full((len(rows.values), len(columns.values)), math.nan)
    for cell in head.cells:
        means[cell.at] = cell.spread.mean
    colours = _Colours(subject, means)
    fields = colours.map(colours.places(means))
    fields[~np.isfinite(means)] = 0.0  # nothing there
    axes.imshow(fields, aspect="auto", interpolation="nearest")
    axes.set_xticks(range(len(columns.values)), [_value(value) for value in columns.values])
    axes.set_yticks(range(len(rows.values)), [_value(value) for value in rows.values])
    axes.set(xlabel=printable(columns.name), ylabel=printable(rows.name))
    axes.set_title(_named(subject, head) + colours.note())
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    box: Any = axes.get_figure(root=True)
    has_numbers = (box.get_figwidth() - 1.0 - BAR_INCHES) / len(columns.values) >= NUMBER_INCHES
    colours.draw_bar(axes)
    best = _best(subject.score, head)
    for cell in head.cells:
        if not math.isfinite(cell.spread.mean):
            words = "–"
        else:
            words = _field_number(cell.spread) if has_numbers else ""
            words = f"({words})" if cell.early and has_numbers else words
            words = f"★ {words}".strip() if cell is best else words
        axes.text(
            cell.at[1], cell.at[0], words, ha="center", va="center", fontsize="small",
            color=colours.ink(cell.spread.mean),
        )  # fmt: skip


def _draw_lines(axes: Axes, subject: SweepSubject, head: HeadOverCells) -> None:
    means = np.array([cell.spread.mean for cell in head.cells])
    drawn = [cell for cell in head.cells if math.isfinite(cell.spread.mean)]
    axes.set_axis_off()
    if not drawn:
        message(axes, "no cell has a score", subject.look.ink)
        return
    colours = _Colours(subject, means)
    factors = subject.axes
    axes.set(xlim=(-0.15, len(factors) + 0.35), ylim=(-0.16, 1.12))
    axes.set_title(_named(subject, head) + colours.note())
    at = range(len(factors) + 1)
    drawn.sort(key=lambda cell: -subject.score.shortfall(cell.spread.mean))
    for cell in drawn:
        places = [_of_values(axis, cell.at[number]) for number, axis in enumerate(factors)]
        score = float(colours.places(np.array([cell.spread.mean]))[0])
        axes.plot(
            at, [*places, score], color=colours.map(score), linewidth=0.9,
            linestyle=(0, (2, 1.5)) if cell.early else "solid",
        )  # fmt: skip
    for place, axis in enumerate(factors):
        _rule(axes, place, axis.name, subject.look)
        for value in range(len(axis.values)):
            _tick(axes, place, _of_values(axis, value), _value(axis.values[value]), subject.look)
    _rule(axes, len(factors), subject.score.name, subject.look)
    for tick in colours.ticks():
        _tick(axes, len(factors), float(colours.places(np.array([tick]))[0]), number(tick),
              subject.look)  # fmt: skip


def _rule(axes: Axes, place: int, name: str, look: Look) -> None:
    axes.plot([place, place], [0, 1], color=look.ink, linewidth=0.6)
    short = printable(name)
    if len(short) > MAX_VALUE_LETTERS:  # the last words of a key tell it from others
        short = "…" + short[1 - MAX_VALUE_LETTERS :]
    axes.text(place, -0.05, short, ha="center", va="top", color=look.ink)


def _tick(axes: Axes, place: int, height: float, words: str, look: Look) -> None:
    box = {"facecolor": look.paper, "edgecolor": "none", "alpha": 0.75, "pad": 0.6}
    axes.text(place + 0.03, height, words, va="center", fontsize="small", bbox=box, color=look.ink)


class _Colours:
    """The colours of a score, from the least to the most that there is."""

    def __init__(self, subject: SweepSubject, means: Floats) -> None:
        import matplotlib

        self._ramp: Colormap = matplotlib.colormaps[subject.look.ramp]
        self._look = subject.look
        finite = means[np.isfinite(means)]
        self._log = _is_log(subject.score, [finite])
        self._alike, self._count = are_alike(finite), len(finite)
        self._low = float(finite.min()) if len(finite) else 0.0
        self._high = float(finite.max()) if len(finite) else 1.0

    def places(self, values: Floats) -> Floats:
        """Where values lie between the least, 0, and the most, 1; 0.5 where all are alike."""
        low, high = self._low, self._high
        with np.errstate(all="ignore"):
            if self._alike:
                return np.where(np.isfinite(values), 0.5, math.nan)
            if self._log:
                values, low, high = np.log(values), np.log(low), np.log(high)
            places: Floats = (values - low) / (high - low)
        return places

    def map(self, places: Any) -> Any:
        """The colours of places; the ends of the ramp, which are near the ground, are left out."""
        return self._ramp(0.08 + 0.84 * np.nan_to_num(places))

    def ink(self, mean: float) -> str:
        """What is read on the field of a mean."""
        if not math.isfinite(mean):
            return self._look.ink
        red, green, blue, _ = self.map(float(self.places(np.array([mean]))[0]))
        # Relative luminance of WCAG 2.2, by its rough form without gamma.
        return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.45 else "#ffffff"

    def draw_bar(self, axes: Axes) -> None:
        """What the colours mean, beside a chart; nothing where all values are alike."""
        if self._alike:
            return
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import ListedColormap, LogNorm, Normalize

        ramp = ListedColormap(self.map(np.linspace(0, 1, 256)))
        scale = LogNorm if self._log else Normalize
        colours = ScalarMappable(scale(self._low, self._high), ramp)
        bar = axes.figure.colorbar(colours, ax=axes, fraction=0.05, pad=0.02, aspect=18)
        bar.ax.minorticks_off()
        bar.set_ticks([self._low, self._high], labels=apart(self._low, self._high))
        bar.ax.tick_params(labelsize="small", length=0)
        bar.outline.set_visible(False)

    def note(self) -> str:
        """Said behind the title where all values are alike, and one colour is theirs."""
        return f": all alike, {number(self._low)}" if self._alike and self._count > 1 else ""

    def ticks(self) -> list[float]:
        """A few values, the ends among them."""
        low, high = self._low, self._high
        if self._alike:
            return [low]
        if self._log:
            return [float(value) for value in np.geomspace(low, high, 5)]
        return [float(value) for value in np.linspace(low, high, 5)]


def _of_values(axis: Axis, value: int) -> float:
    return value / max(1, len(axis.values) - 1)


def _is_log(score: Score, means: Sequence[Floats]) -> bool:
    values = np.concatenate([np.ravel(each) for each in means]) if means else np.empty(0)
    values = values[np.isfinite(values)]
    return bool(
        score.log and len(values) and values.min() > 0
        and values.max() > MIN_LOG_SPAN * values.min()
    )  # fmt: skip


def _best(score: Score, head: HeadOverCells) -> CellScore | None:
    """The cell with the best mean of those that came to their ends; None without a direction, or
    where all are alike.
    """
    means = [math.nan if cell.early else cell.spread.mean for cell in head.cells]
    place = None if score.direction is None else best_place(score, means)
    return None if place is None else head.cells[place]


def _named(subject: SweepSubject, head: HeadOverCells) -> str:
    return f"{printable(head.head)}.{printable(subject.score.name)}"


def _field_number(entry: Spread) -> str:
    return with_last_digits(entry) if math.isfinite(entry.sd) else number(entry.mean, 4)


def _value(text: str) -> str:
    text = printable(text)
    return text if len(text) <= MAX_VALUE_LETTERS else text[: MAX_VALUE_LETTERS - 1] + "…"


def _turn_if_crowded(axes: Axes, axis: Axis) -> None:
    letters = sum(len(_value(value)) + 2 for value in axis.values)
    box: Any = axes.get_figure(root=True)
    if letters > 14 * box.get_figwidth():
        axes.tick_params(axis="x", labelrotation=45)
