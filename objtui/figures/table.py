"""Every figure by its name: what draws it and how high it is.

A figure of your own is a function in `charts/` and an entry here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from objtui.errors import UsageError
from objtui.export.axes import AXES
from objtui.export.panels import PANEL_NAMES, panels_of
from objtui.figures.charts.curves import draw_curves
from objtui.figures.charts.difference import difference_inches, draw_differences
from objtui.figures.charts.gradient import draw_gradient, gradient_charts
from objtui.figures.charts.histograms import draw_histograms, draw_overlay
from objtui.figures.charts.history import draw_bands, draw_history
from objtui.figures.charts.mistakes import draw_mistakes, mistakes_inches
from objtui.figures.charts.pictures import draw_pictures, pictures_inches
from objtui.figures.charts.precision_recall import draw_precision_recall
from objtui.figures.charts.reliability import draw_reliability
from objtui.figures.charts.tables import (
    CLAIM_INCHES,
    ROW_INCHES,
    claim_letters,
    claim_lines,
    draw_claims,
    draw_scores,
    score_rows,
    scores_width,
    table_rows,
)
from objtui.figures.charts.threshold import draw_best_f1, draw_threshold
from objtui.figures.charts.whole import HEAD_INCHES, draw_whole, whole_inches
from objtui.figures.look import COLUMN_INCHES, PAGE_INCHES
from objtui.figures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase


def _a_column(subject: Subject) -> float:
    return COLUMN_INCHES


_P = frozenset({"probability"})
_LOG = frozenset({"log_step"})

_LEGEND_INCHES = 0.15
_AXIS_INCHES = 0.45  # of numbers and name below a chart


@dataclass(frozen=True, slots=True)
class Chart:
    """A kind of figure.

    Attributes:
        name: on the command line.
        draw: draws it into an empty figure.
        inches: its natural height at a width, both in inches.
        keys: short names of it, beside those of the panels that it shows (`PANEL_NAMES`).
        of_head: whether NAME:HEAD is that of one head.
        less_head: whether NAME:HEAD is of all heads, less that one.
        has_rest: whether something else may stand behind the colon, such as a score.
        width: its natural width in inches.
        choices: the names of those of `AXES` that it can be drawn by.
    """

    name: str
    draw: Callable[[FigureBase, Subject], None]
    inches: Callable[[Subject, float], float]
    keys: tuple[str, ...] = ()
    of_head: bool = False
    less_head: bool = False
    has_rest: bool = False
    width: Callable[[Subject], float] = _a_column
    choices: frozenset[str] = frozenset()


def _a_head(inches: float, above: float = 0.0) -> Callable[[Subject, float], float]:
    """So many inches a head, an axis, and what stands above all."""
    return lambda subject, width: inches * len(subject.heads) + _AXIS_INCHES + above


def _claims_inches(subject: Subject, width: float) -> float:
    return 0.2 + CLAIM_INCHES * max(len(claim_lines(subject, claim_letters(width))), 1)


CHARTS: tuple[Chart, ...] = (
    Chart("histograms", draw_histograms, _a_head(HEAD_INCHES), of_head=True, choices=_P),
    Chart("overlay", draw_overlay, lambda subject, width: 0.7 * width, choices=_P),
    Chart(
        "difference",
        draw_differences,
        difference_inches,
        keys=("d",),
        less_head=True,
        choices=_P,
    ),
    Chart(
        "curves",
        draw_curves,
        lambda subject, width: 0.65 * width,
        has_rest=True,
        choices=_LOG | {"wall_time"},
    ),
    Chart(
        "scores",
        draw_scores,
        lambda subject, width: 0.1 + ROW_INCHES * table_rows(subject, score_rows(subject)),
        less_head=True,
        width=scores_width,
    ),
    Chart("claims", draw_claims, _claims_inches),
    Chart("history", draw_history, _a_head(1.2), of_head=True, choices=_P | _LOG),
    Chart("bands", draw_bands, _a_head(1.2, _LEGEND_INCHES), of_head=True, choices=_P | _LOG),
    Chart("pictures", draw_pictures, pictures_inches, of_head=True, has_rest=True),
    Chart("mistakes", draw_mistakes, mistakes_inches, of_head=True),
    Chart(
        "reliability",
        draw_reliability,
        lambda subject, width: width + 0.13 * len(subject.heads),
        of_head=True,
    ),
    Chart(
        "gradient",
        draw_gradient,
        lambda subject, width: 0.9 * gradient_charts(subject) + _AXIS_INCHES,
        of_head=True,
        choices=_LOG,
    ),
    Chart(
        "threshold",
        draw_threshold,
        _a_head(1.3, _LEGEND_INCHES),
        of_head=True,
        choices=_P,
    ),
    Chart(
        "precision-recall",
        draw_precision_recall,
        lambda subject, width: 0.75 * width + 0.13 * (len(subject.heads) + 1),
        keys=("pr",),
        of_head=True,
    ),
    Chart("f1", draw_best_f1, lambda subject, width: 0.65 * width, of_head=True, choices=_P),
    Chart(
        "all",
        draw_whole,
        whole_inches,
        width=lambda subject: PAGE_INCHES,
        choices=frozenset(axis.name for axis in AXES),
    ),
)
"""In the order in which messages list them."""

WHOLE = "all"


def names_of(chart: Chart) -> frozenset[str]:
    """Short and other names of a chart."""
    return panels_of(chart.name).union(chart.keys)


def named_chart(name: str, subject: Subject) -> tuple[Chart, Subject]:
    """The figure of a name, and what it is of.

    A head's name is its histogram; NAME:HEAD is a chart of that head alone, of `difference` and
    `scores` of all heads less that one; `curves:SCORE`,
    `pictures:NUMBER` and `pictures:HEAD:NUMBER` say which curve or picture. UsageError where there
    is none of that name.
    """
    heads = {head.name: at for at, head in enumerate(subject.history.header.heads)}
    charts = {chart.name: chart for chart in CHARTS}
    if name in heads:
        return charts["histograms"], subject.of([heads[name]])
    kind, _, rest = name.partition(":")
    chart = charts.get(kind) or next((each for each in CHARTS if kind in names_of(each)), None)
    if chart is None or not kind:
        others = [each.name for each in PANEL_NAMES if each.name not in charts]
        names = ", ".join([*heads, *charts, *others])
        raise UsageError(
            f"there is no panel {name!r}; panels: {names}; with --size 120x40 any panel of the "
            "dashboard, as a terminal shows it"
        )
    if not rest:
        return chart, subject
    if chart.of_head and rest in heads:
        return chart, subject.of([heads[rest]])
    if chart.less_head and rest in heads:
        return chart, subject.of(subject.heads, rest)
    head, _, number = rest.rpartition(":")
    if chart.of_head and chart.has_rest and head in heads:
        return chart, subject.of([heads[head]], number)
    if chart.has_rest:
        return chart, subject.of(subject.heads, rest)
    if chart.of_head or chart.less_head:
        raise UsageError(f"there is no head {rest!r}; heads: {', '.join(heads)}")
    raise UsageError(f"{chart.name} is of all heads; leave out {':' + rest!r}")
