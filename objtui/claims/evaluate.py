"""The verdict of a run on its claims: a test's tree over the scores of its frames.

Values are arrays over seeds, `(seeds,)`, or, within `first`, over frames and
seeds, `(frames, seeds)`; what does not depend on the frame broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from objtui.claims.parse import parse_claim
from objtui.claims.reach import reach_note
from objtui.claims.tree import (
    Arithmetic,
    Comparison,
    Constant,
    First,
    Function,
    Joined,
    Negative,
    Not,
    Number,
    Order,
    ScoreOf,
    Sign,
    Slope,
    Truth,
    measured_operands,
)
from objtui.claims.verdict import Verdict, outcome_of
from objtui.measures.frames import Frame
from objtui.measures.scores import EVERY_SCORE_NAME, joined_names
from objtui.runfile.records import RunHeader

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_SIGNS: dict[Sign, Callable[[Values, Values], Values]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}
_ORDERS: dict[Order, Callable[[Values, Values], Flags]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class ScoreSeries(Protocol):
    """Scores over the scheduled frames of a run, which ascend by step."""

    @property
    def steps(self) -> Values:
        """Their steps: `(frames,)`."""

    @property
    def seeds(self) -> int:
        """Number of seeds."""

    def score(self, head: int, name: str) -> Values:
        """A score of the head at a position: `(frames, seeds)`, NaN where the run lacks it."""


def evaluate_claims(header: RunHeader, frames: Sequence[Frame]) -> list[Verdict]:
    """The verdict on every claim of a run, in order, by its frames so far.

    `frames` ascend by step; those that are not scheduled are passed over. With
    no frame every claim fails, and so does a claim over a score that the run does not have.
    Raises ClaimError where the header holds a test that `check_claim` would refuse.
    """
    return evaluate_series(header, _FrameSeries(frames, len(header.seeds)))


def evaluate_series(header: RunHeader, series: ScoreSeries) -> list[Verdict]:
    """As `evaluate_claims`, by scores that have been taken out of their frames."""
    head_names = tuple(head.name for head in header.heads)
    score_names = joined_names([EVERY_SCORE_NAME, header.score_names])
    return [
        _verdict(text, parse_claim(test, head_names, score_names), test, series, header.steps)
        for text, test in header.claims
    ]


def evaluate_claim(
    test: str, head_names: Sequence[str], frames: Sequence[Frame], *, text: str = "", seeds: int = 0
) -> Verdict:
    """The verdict on one test; `seeds` is their number, used only where there is no frame.

    Otherwise as `evaluate_claims`.
    """
    score_names = joined_names([EVERY_SCORE_NAME, *(frame.score_names for frame in frames[:1])])
    truth = parse_claim(test, tuple(head_names), score_names)
    return _verdict(text, truth, test, _FrameSeries(frames, seeds))


class _FrameSeries:
    """Scores over the scheduled frames of a run, taken out of the frames where asked for."""

    def __init__(self, frames: Sequence[Frame], seeds: int) -> None:
        self._frames = [frame for frame in frames if frame.scheduled]
        self._columns: dict[tuple[int, str], Values] = {}
        self.steps: Values = np.array([frame.step for frame in self._frames], dtype=np.float64)
        self.seeds = self._frames[0].scores.shape[1] if self._frames else seeds

    def score(self, head: int, name: str) -> Values:
        """A score of a head over frames: `(frames, seeds)`."""
        key = (head, name)
        if key not in self._columns:
            rows = [frame.score(name)[head] for frame in self._frames]
            self._columns[key] = np.array(rows, dtype=np.float64).reshape(len(rows), self.seeds)
        return self._columns[key]


def _undefined(series: ScoreSeries) -> Values:
    """NaN for every seed: `(seeds,)`."""
    return np.full(series.seeds, np.nan)


def _verdict(
    text: str,
    truth: Truth,
    test: str,
    series: ScoreSeries,
    steps: int | None = None,
) -> Verdict:
    """The verdict on a parsed test; `steps` are those of the whole run, if they are known."""

    def value(number: Number) -> Values:
        return _number(number, series, within_first=False)

    operands = measured_operands(truth)
    with np.errstate(all="ignore"):
        confirmed, unknown = _truth(truth, series, within_first=False)
        measured = [value(operand.number) for operand in operands]
        reached = series.steps.size > 0
        note = reach_note(truth, value, float(series.steps[-1]), steps) if reached else ""
    holds_in = np.broadcast_to(confirmed & ~unknown, series.seeds)
    # without a frame not even a test of plain numbers says anything about the run
    holds = int(holds_in.sum()) if series.steps.size else 0
    columns = [np.broadcast_to(values, series.seeds).tolist() for values in measured]
    return Verdict(
        text=text,
        test=test,
        verdict=outcome_of(holds, series.seeds),
        holds=holds,
        of=series.seeds,
        operands=tuple(operand.text for operand in operands),
        values=tuple(columns[0])
        if len(columns) == 1
        else tuple(tuple(column[seed] for column in columns) for seed in range(series.seeds)),
        note=note,
    )


def _truth(truth: Truth, series: ScoreSeries, *, within_first: bool) -> tuple[Flags, Flags]:
    """Whether it holds, and whether any comparison in it met a NaN."""
    match truth:
        case Comparison(operands=operands, orders=orders):
            values = [_number(side.number, series, within_first=within_first) for side in operands]
            pairs = zip(orders, values[:-1], values[1:], strict=True)
            holds = _all([_ORDERS[order](left, right) for order, left, right in pairs])
            return holds, _any([np.isnan(value) for value in values])
        case Joined(word=word, parts=parts):
            sides = [_truth(part, series, within_first=within_first) for part in parts]
            join = _all if word == "and" else _any
            return join([holds for holds, _ in sides]), _any([unknown for _, unknown in sides])
        case Not(part=part):
            holds, unknown = _truth(part, series, within_first=within_first)
            return ~holds, unknown


def _number(number: Number, series: ScoreSeries, *, within_first: bool) -> Values:
    def value(part: Number) -> Values:
        return _number(part, series, within_first=within_first)

    match number:
        case Constant(value=constant):
            return np.array(constant)
        case ScoreOf(at="here") if within_first:
            return series.score(number.head, number.score)
        case ScoreOf():
            return _score_at(number, series)
        case Negative(operand=operand):
            return np.negative(value(operand))
        case Arithmetic(sign=sign, left=left, right=right):
            return _SIGNS[sign](value(left), value(right))
        case Function(name="abs", arguments=(argument,)):
            return np.abs(value(argument))
        case Function(name="log", arguments=(argument,)):
            return np.log(value(argument))
        case Function(name=name, arguments=arguments):
            pick = np.minimum if name == "min" else np.maximum  # both keep NaN
            result = value(arguments[0])
            for argument in arguments[1:]:
                result = pick(result, value(argument))
            return result
        case First(condition=condition):
            return _first(condition, series)
        case Slope():
            return _slope(number, series)


def _score_at(number: ScoreOf, series: ScoreSeries) -> Values:
    """A score at one frame of the run: `(seeds,)`, NaN where there is no such frame."""
    match number.at:
        case "here":
            frame = series.steps.size - 1
        case "start":
            frame = 0 if series.steps.size else -1
        case step:
            frame = int(np.searchsorted(series.steps, step, side="right")) - 1
    if frame < 0:
        return _undefined(series)
    values: Values = series.score(number.head, number.score)[frame]
    return values


def _first(condition: Truth, series: ScoreSeries) -> Values:
    """The first step whose frame satisfies the condition: `(seeds,)`.

    inf if none does; NaN if none does and the last frame cannot tell, since a
    seed that diverged has not shown that it never would.
    """
    if not series.steps.size:
        return _undefined(series)
    shape = (series.steps.size, series.seeds)
    holds, unknown = _truth(condition, series, within_first=True)
    unknown = np.broadcast_to(unknown, shape)
    satisfied = np.broadcast_to(holds, shape) & ~unknown  # (frames, seeds)
    never = np.where(unknown[-1], np.nan, np.inf)
    return np.where(satisfied.any(axis=0), series.steps[satisfied.argmax(axis=0)], never)


def _slope(number: Slope, series: ScoreSeries) -> Values:
    """Least squares of a score on ln(step): `(seeds,)`, NaN with fewer than two frames."""
    within = (series.steps >= max(number.low, 1.0)) & (series.steps <= number.high)
    x = np.log(series.steps[within])
    if x.size < 2:
        return _undefined(series)
    x = x - x.mean()
    y = series.score(number.head, number.score)[within]  # (frames, seeds)
    slope: Values = x @ (y - y.mean(axis=0)) / (x @ x)
    return slope


def _all(flags: list[Flags]) -> Flags:
    result = flags[0]
    for other in flags[1:]:
        result = result & other
    return result


def _any(flags: list[Flags]) -> Flags:
    result = flags[0]
    for other in flags[1:]:
        result = result | other
    return result
