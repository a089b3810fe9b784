"""A score over the steps: the mean of every head, and behind it the range of its seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from objtui.errors import UsageError
from objtui.figures.charts.axes import (
    Floats,
    legend,
    log_axis,
    message,
    plain_numbers,
    step_axis,
    time_axis,
)
from objtui.figures.subject import Subject
from objtui.measures.frames import Flags
from objtui.measures.scores import TRAINING_LOSS, curve_names, score_of
from objtui.runs.histogram_store import Ints
from objtui.runs.logged_names import LOGGED, curves_of
from objtui.text.terminal import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

BIGGEST = 1e150
"""A value beyond it counts as not finite."""

MAX_MARKERS = 8


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """A value of a head over steps, or seconds: (moments,) each; NaN where there is none.

    `low` and `high` are of the seeds that have not diverged.
    """

    head: int
    at: Floats
    mean: Floats
    low: Floats
    high: Floats


def draw_curves(figure: FigureBase, subject: Subject) -> None:
    """One score in a chart; which, `subject.rest` says, else the first that is recorded."""
    draw_curve(figure.subplots(), subject, chosen_score(subject))


def chosen_score(subject: Subject) -> str:
    """The score that is named behind a colon; UsageError where there is no curve of it."""
    header = subject.history.header
    names = [*curve_names(header.score_names), *curves_of(subject.history.logged)]
    if subject.rest and subject.rest not in names:
        raise UsageError(f"there is no curve {subject.rest!r}; curves: {', '.join(names)}")
    return subject.rest or names[0]


def draw_curve(axes: Axes, subject: Subject, score: str, *, named: bool = True) -> None:
    """The curves of a score."""
    curves = curves_of_score(subject, score)
    if not curves:
        message(axes, f"{score}: nothing recorded", subject.look.ink)
        return
    for curve in curves:
        draw_line(axes, subject, curve)
    drawn = [line for curve in curves for line in (curve.mean, curve.low, curve.high)]
    if not (score_of(score).log and log_axis(axes, drawn)):
        plain_numbers(axes)
    axes.set_ylabel(printable(score.removeprefix(LOGGED)))
    axes.grid(axis="y")
    log = subject.log_step
    if subject.wall_time:
        first = min(float(curve.at[curve.at > 0].min(initial=np.inf)) for curve in curves)
        time_axis(axes, first, max(float(curve.at[-1]) for curve in curves), log=log, named=named)
    else:
        step_axis(axes, subject.first_step, subject.moment.step, log=log, named=named)
    legend(axes)
    if named and any(np.any(curve.low < curve.high) for curve in curves):
        axes.set_xlabel(f"{axes.get_xlabel()} (bands: lowest to highest seed)")


def draw_line(axes: Axes, subject: Subject, curve: Curve, *, named: bool = True) -> None:
    """A curve with its band; dashes and, in print, markers tell heads apart that coincide."""
    look = subject.head_look(curve.head)
    axes.fill_between(curve.at, curve.low, curve.high, color=look.colour, alpha=0.18, linewidth=0)
    every = max(len(curve.at) // MAX_MARKERS, 1)
    alone = int(np.isfinite(curve.mean).sum()) == 1  # of which no line can be drawn
    turn = subject.heads.index(curve.head) if curve.head in subject.heads else 0
    axes.plot(
        curve.at,
        curve.mean,
        color=look.colour,
        linestyle=look.dash,
        marker=look.marker or ("o" if alone else None),
        clip_on=not (alone and np.nanmin(curve.mean) > 0),  # 0 has no place on a log axis
        markersize=3.2,
        markevery=(min(turn * every // max(len(subject.heads), 1), len(curve.at) - 1), every),
        label=subject.name(curve.head) if named else None,
    )


def curves_of_score(subject: Subject, score: str) -> list[Curve]:
    """The curves of the shown heads; none of heads whose run has no value of it."""
    curves = [_over_time(subject, _curve(subject, head, score)) for head in subject.heads]
    return [curve for curve in curves if np.isfinite(curve.mean).any()]


def _curve(subject: Subject, head: int, score: str) -> Curve:
    history, last = subject.history, subject.moment.step
    run, position = history.run_of(head)
    columns = run.columns
    if score.startswith(LOGGED):
        first = next(other for other in subject.heads if history.run_of(other)[0] is run)
        steps, values = run.numbers.curve(score.removeprefix(LOGGED))
        values = np.where(head == first, values, np.nan)
        return _over_seeds(head, steps, values[:, None], np.zeros((len(steps), 1), bool), last)
    if score == TRAINING_LOSS.name:
        steps = run.losses.steps
        flags = columns.diverged[:, position]  # (moments, seeds)
        never = np.iinfo(np.int64).max
        at = np.where(flags.any(axis=0), columns.steps[flags.argmax(axis=0)], never)
        values = run.losses.means[:, position]
        return _over_seeds(head, steps, values, steps[:, None] >= at, last)
    on = columns.measured[:, position]
    return _over_seeds(
        head,
        columns.steps[on],
        columns.score(score)[on, position],
        columns.diverged[on, position],
        last,
    )


def _over_time(subject: Subject, curve: Curve) -> Curve:
    """A curve over steps, or over the seconds at which its run was there."""
    columns = subject.history.run_of(curve.head)[0].columns
    if not subject.wall_time or not len(columns):
        return curve
    # Times are recorded with frames alone; between two of them it is near enough.
    return replace(curve, at=np.interp(curve.at, columns.steps, columns.elapsed_s))


def _over_seeds(head: int, steps: Ints, values: Floats, diverged: Flags, last: int) -> Curve:
    """Mean and range of (moments, seeds) values over the seeds that have not diverged."""
    kept = steps <= last
    steps, values, diverged = steps[kept], values[kept], diverged[kept]
    sound = ~diverged & (np.abs(values) <= BIGGEST)  # which NaN is not
    count = sound.sum(axis=1)
    none = count == 0
    mean = np.where(sound, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    low = np.where(sound, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(sound, values, -np.inf).max(axis=1, initial=-np.inf)
    return Curve(
        head,
        steps.astype(np.float64),
        *(np.where(none, np.nan, line) for line in (mean, low, high)),
    )
