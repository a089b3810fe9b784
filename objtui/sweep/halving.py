"""Which cells are ended early, where that is asked for: asynchronous successive halving.

Li et al., A System for Massively Parallel Hyperparameter Tuning (MLSys 2020), in the form that
ends trainings in the place of pausing them: a cell that comes to a rung, a number of steps, goes
on where its score is among the best 1/ETA of those that have come there so far, and is ended
elsewhere. Whoever comes first goes on. So what happens follows from the order in which cells come
to rungs and from their scores there alone; with one cell at a time it is the same every time,
wherever cells train. A cell that is resumed is not judged again where it was told to go on. Where
it came to a rung while there was no driver, it is judged once there is one again, even if it has
finished meanwhile: then what it came to behind that rung does not count for others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from objtui.errors import UsageError
from objtui.measures.bounds import is_count
from objtui.measures.frames import Frame
from objtui.measures.scores import score_of
from objtui.measures.spread import spread
from objtui.runfile.records import RunHeader

METHOD = "asha"

ETA = 4
"""Of so many cells that come to a rung one goes on; every rung has so many times the steps."""

MAX_PART = 20
"""The first rung is at a twentieth of the longest cell's steps or later."""

STOPPED_EARLY = "stopped early"
"""The state of a cell that was ended so: nothing of it is left to be trained."""


@dataclass(frozen=True, slots=True)
class StopRule:
    """By what cells are ended early.

    Attributes:
        head, score: the score, a mean over seeds.
        steps: those of the cell that has most of them.
    """

    head: str
    score: str
    steps: int

    @property
    def text(self) -> str:
        """It as `--stop` takes it."""
        return f"{METHOD}:{self.head}.{self.score}"

    @property
    def rungs_text(self) -> str:
        """The rungs in words."""
        *rungs, last = map(str, self.rungs)
        return f"steps {', '.join(rungs)} and {last}" if rungs else f"step {last}"

    @property
    def rungs(self) -> tuple[int, ...]:
        """The steps at which cells are compared, ascending; each at its first evaluation from there
        on.
        """
        steps: list[int] = []
        part = ETA
        while part <= MAX_PART:
            steps.insert(0, -(-self.steps // part))
            part *= ETA
        return tuple(dict.fromkeys(step for step in steps if step < self.steps))


@dataclass(frozen=True, slots=True)
class EarlyStop:
    """Why a cell was ended: at the rung of so many steps it was in this place of so many cells."""

    step: int
    place: int
    cells: int

    @property
    def words(self) -> str:
        """It for people."""
        return f"in place {self.place} of {self.cells} at step {self.step}"


def stop_rule(text: str, heads: Sequence[str], scores: Sequence[str], steps: int) -> StopRule:
    """The rule of `--stop asha:[HEAD.]SCORE`, by default of the first head; UsageError for none.

    Args:
        scores: what every evaluation of a cell measures.
        steps: of the cell that has most.
    """
    method, colon, key = text.partition(":")
    if method != METHOD or not colon:
        raise UsageError(f"--stop takes {METHOD}:[HEAD.]SCORE, such as {METHOD}:ap; got {text!r}")
    head, dot, score = key.rpartition(".")
    head = head if dot else heads[0]
    if head not in heads:
        raise UsageError(f"--stop {text}: there is no head {head!r} (heads: {', '.join(heads)})")
    ordered = [name for name in scores if _orders(name)]
    if score not in ordered:
        why = "is not measured at every evaluation"
        if score in scores:
            why = "has no better or worse to end cells by"
        raise UsageError(f"--stop {text}: {score!r} {why}; take one of {', '.join(ordered)}")
    rule = StopRule(head, score, steps)
    if not rule.rungs:
        raise UsageError(f"--stop {text}: {steps} steps are too few to compare cells on the way")
    return rule


def stop_warning(rule: StopRule) -> str:
    """What is said before the first cell of a sweep that ends cells early."""
    return (
        f"--stop {rule.text}: at {rule.rungs_text} a cell is ended unless its "
        f"{rule.head}.{rule.score} is among the best quarter so far. A head that stands on a "
        "plateau before it learns, as MSE does, is ended there although it would have caught up; "
        "so is every other head of its cell"
    )


class Halving:
    """Judges cells by what they tell, in the order in which they tell it."""

    def __init__(self, rule: StopRule, passed: Mapping[str, int] | None = None) -> None:
        """`passed`: by cell the last rung where it was told to go on, in steps."""
        self._rule = rule
        self._shortfalls: list[list[float]] = [[] for _ in rule.rungs]
        self._reached_rungs: dict[str, int] = {}  # how many rungs a cell has come to
        self._passed: dict[str, int] = dict(passed or {})
        self._ended: dict[str, EarlyStop] = {}
        self._headers: dict[str, RunHeader] = {}
        self._frames: dict[str, Frame] = {}

    @property
    def stopped(self) -> Mapping[str, EarlyStop]:
        """By cell why it is ended."""
        return self._ended

    @property
    def passed(self) -> Mapping[str, int]:
        """By cell the last rung where it was told to go on, in steps."""
        return self._passed

    def passed_step(self, cell: str) -> int:
        """The last rung where a cell was told to go on, in steps; 0 before the first."""
        return self._passed.get(cell, 0)

    def begins(self, cell: str, header: RunHeader) -> None:
        """The run of a cell is told from its start on."""
        self._headers[cell] = header
        self._frames.pop(cell, None)

    def judge(self, cell: str, frame: Frame) -> EarlyStop | None:
        """Why a cell is to be ended, seen this frame; None where it goes on, or was ended."""
        rungs = self._rule.rungs
        for rung in self._reached(cell, frame):
            if rungs[rung] <= self.passed_step(cell):
                continue
            there = self._shortfalls[rung]
            place = 1 + sum(other < there[-1] for other in there)
            if place > max(1, len(there) // ETA):
                self._ended[cell] = EarlyStop(rungs[rung], place, len(there))
                return self._ended[cell]
            self._passed[cell] = rungs[rung]
        return None

    def remember(self, cell: str, frame: Frame, stop: EarlyStop) -> None:
        """A frame of a cell that was ended before; `stop`: why."""
        for rung in self._reached(cell, frame):
            if self._rule.rungs[rung] >= stop.step:
                self._ended[cell] = stop
                return

    def _reached(self, cell: str, frame: Frame) -> Iterator[int]:
        """The rungs that a cell comes to with a frame, once its score is there among the others."""
        if not frame.scheduled or cell in self._ended:
            return
        frame = frame.with_earlier(self._frames.get(cell))
        self._frames[cell] = frame
        rungs = self._rule.rungs
        while (rung := self._reached_rungs.get(cell, 0)) < len(rungs) and frame.step >= rungs[rung]:
            self._reached_rungs[cell] = rung + 1
            self._shortfalls[rung].append(self._shortfall(cell, frame))
            yield rung

    def _shortfall(self, cell: str, frame: Frame) -> float:
        """How far the score is from the best, for the order alone; infinite without a value."""
        heads = [head.name for head in self._headers[cell].heads]
        if self._rule.head not in heads:
            return math.inf
        of_seeds = frame.score(self._rule.score)[heads.index(self._rule.head)]  # (seeds,)
        shortfall = score_of(self._rule.score).shortfall(spread(of_seeds).mean)
        return math.inf if math.isnan(shortfall) else shortfall


def rule_from(values: Mapping[str, object]) -> StopRule:
    """A rule from a record; KeyError, TypeError or ValueError where it is none."""
    head, score, steps = values["head"], values["score"], values["steps"]
    if not isinstance(head, str) or not isinstance(score, str):
        raise TypeError("the stop rule names no score")
    if not head or not _orders(score):
        raise ValueError(f"{score!r:.80} is no score to stop by")
    return StopRule(head, score, _count(steps))


def stop_from(values: Mapping[str, object]) -> EarlyStop:
    """An early stop from a record; KeyError or TypeError where it is none."""
    return EarlyStop(_count(values["step"]), _count(values["place"]), _count(values["cells"]))


def _orders(name: str) -> bool:
    score = score_of(name)
    return score.direction is not None and not (score.constant or score.last_only)


def _count(value: object) -> int:
    if not is_count(value, 1):
        raise TypeError(f"{value!r:.80} is no count")
    return cast(int, value)
