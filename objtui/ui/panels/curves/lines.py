"""What the curve panel draws of a run: the line of every head, its band, and what has no place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.measures.frames import Flags
from objtui.measures.scores import OF_TRAINING, TRAINING_LOSS
from objtui.runs.columns import LossColumns, ScoreColumns
from objtui.runs.history import HeadHistory
from objtui.runs.logged_names import LOGGED
from objtui.ui.charts.step_columns import LARGEST, SMALLEST, Floats, Ints
from objtui.ui.view_state import ViewState


@dataclass(frozen=True, eq=False, slots=True)
class HeadCurve:
    """One head's curve; arrays are (moments,), NaN where there is nothing to draw.

    Attributes:
        head: its position.
        at: steps, or seconds, of the moments.
        mean, low, high: over the seeds that have not diverged, smoothed.
        raw: the mean as it was, where it is smoothed; else None.
        not_finite: moments in which the value of a seed is not finite.
        off_scale: moments that a log axis has no place for.
    """

    head: int
    at: Floats
    mean: Floats
    low: Floats
    high: Floats
    raw: Floats | None
    not_finite: Ints
    off_scale: Ints


def head_curves(history: HeadHistory, state: ViewState) -> list[HeadCurve]:
    """The curve of every shown head of which a moment is known, and whose run has the score."""
    curves: dict[int, HeadCurve] = {}
    for head in state.shown:
        columns, _ = history.columns_of(head)
        if state.score.startswith(LOGGED):
            curves |= _logged_curve(history, head, state)
            continue
        if head in curves or not len(columns):
            continue
        if state.score == TRAINING_LOSS.name:
            recorded = _losses(columns, history.losses_of(head)[0], state)
        elif state.score in columns.score_names and not _is_of_training(history, head, state.score):
            recorded = _scores(columns, state)
        else:
            continue
        of_run = [  # which share all work
            (other, position)
            for other in state.shown
            for others, position in [history.columns_of(other)]
            if others is columns
        ]
        if len(recorded.at):
            curves.update(_run_curves(recorded, of_run, state))
    return [curves[head] for head in state.shown if head in curves]


def _is_of_training(history: HeadHistory, head: int, score: str) -> bool:
    """Whether the head's logits were given, and do not tell this score."""
    return score in OF_TRAINING and history.run_of(head)[0].header.measured


@dataclass(frozen=True, eq=False, slots=True)
class _Recorded:
    """What a run has recorded of all its members.

    Attributes:
        at: (moments,), steps or seconds.
        values, diverged: (moments, heads, seeds).
        measured: (moments, heads); a curve goes through no moment without its head.
    """

    at: Floats
    values: Floats
    diverged: Flags
    measured: Flags


def _scores(columns: ScoreColumns, state: ViewState) -> _Recorded:
    at = columns.elapsed_s if state.wall_time else columns.steps.astype(np.float64)
    return _Recorded(at, columns.score(state.score), columns.diverged, columns.measured)


def _logged_curve(history: HeadHistory, head: int, state: ViewState) -> dict[int, HeadCurve]:
    """The curve of a number of the user's own, which is that of the run's first shown head."""
    run, _ = history.run_of(head)
    first = next(other for other in state.shown if history.run_of(other)[0] is run)
    steps, values = run.numbers.curve(state.score.removeprefix(LOGGED))
    if head != first or not len(steps):
        return {}
    at = steps.astype(np.float64)
    if state.wall_time:
        at = np.interp(at, run.columns.steps, run.columns.elapsed_s) if len(run.columns) else at
    there = np.ones((len(at), 1), np.bool_)
    recorded = _Recorded(at, values[:, None, None], ~there[:, None], there)
    return _run_curves(recorded, [(head, 0)], state)


def _losses(columns: ScoreColumns, losses: LossColumns, state: ViewState) -> _Recorded:
    """The training loss, each stretch at its end; `columns` tell when that was, and of members
    that have diverged by then.
    """
    at = losses.steps.astype(np.float64)
    never = np.iinfo(np.int64).max
    diverged_at = np.where(  # (heads, seeds)
        columns.diverged.any(axis=0), columns.steps[columns.diverged.argmax(axis=0)], never
    )
    diverged = losses.steps[:, None, None] >= diverged_at
    if state.wall_time:
        # Times are recorded with frames alone; between two of them it is near enough.
        at = np.interp(at, columns.steps, columns.elapsed_s)
    return _Recorded(at, losses.means, diverged, np.ones(losses.means.shape[:2], np.bool_))


def _run_curves(
    recorded: _Recorded, heads: list[tuple[int, int]], state: ViewState
) -> dict[int, HeadCurve]:
    """The curves of heads of one run, by position; `heads` holds (position, place in columns)."""
    at, values = recorded.at, recorded.values
    sound = ~recorded.diverged & (np.abs(values) <= LARGEST)  # which NaN is not
    values = np.where(sound, values, np.nan)
    smooth = debiased_average(values, state.smoothing) if state.smoothing else values
    values, smooth = (np.where(np.abs(line) < SMALLEST, 0.0, line) for line in (values, smooth))
    smoothed, log = state.smoothing > 0, state.log_value
    return {
        head: _head_curve(head, at[on], smooth[on, place], values[on, place], smoothed, log)
        for head, place in heads
        if (on := recorded.measured[:, place]).any()
    }


def _head_curve(
    head: int, at: Floats, smooth: Floats, values: Floats, smoothed: bool, log: bool
) -> HeadCurve:
    """The curve of (moments, seeds) values."""
    defined = ~np.isnan(smooth)
    count = defined.sum(axis=1)
    some = count > 0
    mean = _mean(smooth, some)
    low = np.where(some, np.where(defined, smooth, np.inf).min(axis=1), np.nan)
    high = np.where(some, np.where(defined, smooth, -np.inf).max(axis=1), np.nan)
    raw = _mean(values, some) if smoothed else None
    not_finite = np.flatnonzero(count < smooth.shape[1])
    off_scale = np.flatnonzero(mean <= 0) if log else np.empty(0, dtype=np.int64)
    if log:
        mean, low, high = (np.where(line > 0, line, np.nan) for line in (mean, low, high))
        raw = None if raw is None else np.where(raw > 0, raw, np.nan)
    return HeadCurve(head, at, mean, low, high, raw, not_finite, off_scale)


def _mean(values: Floats, some: npt.NDArray[np.bool_]) -> Floats:
    sums, counts = np.nansum(values, axis=1), (~np.isnan(values)).sum(axis=1)
    means: Floats = np.divide(sums, counts, out=np.full(len(values), np.nan), where=some)
    return means


def debiased_average(values: Floats, weight: float) -> Floats:
    """Exponential moving average along the first axis, without the pull of its start at 0.

    Entry t is sum_i w^(t-i) x_i / sum_i w^(t-i), over the finite x_i with i <= t: the bias
    correction of Adam (Kingma and Ba 2015, section 3). NaN where x_t is not finite.

    Args:
        values: (moments, ...).
        weight: w, at least 0 and below 1; 0 leaves the values as they are.
    """
    finite = np.isfinite(values)
    averages = np.full(values.shape, np.nan)
    total, weights = np.zeros(values.shape[1:]), np.zeros(values.shape[1:])
    for t, defined in enumerate(finite):
        total = weight * total + np.where(defined, values[t], 0.0)
        weights = weight * weights + defined
        averages[t] = np.where(defined, total / np.maximum(weights, 1e-300), np.nan)
    return averages
