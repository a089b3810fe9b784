"""What the cells of a sweep have come to, read from their run files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from objtui.errors import UsageError
from objtui.measures.frames import Scores, score_in
from objtui.measures.scores import score_of
from objtui.measures.spread import Spread, best_place, spread
from objtui.runfile.find import RunListing, Watches, list_runs
from objtui.runfile.records import ENDED, RunHeader
from objtui.runs.follow import RunEnd
from objtui.sweep.halving import STOPPED_EARLY, EarlyStop, StopRule
from objtui.sweep.plan import Cell, Factor
from objtui.sweep.record import SweepRecord

WAITING = "waiting"
FAILED = ("failed", "crashed", "unreadable")
"""States of cells that failed. One whose heads have all diverged has not: that is its result."""

DONE = ("finished", "diverged")
"""States of cells that have come to the end of their training."""

SETTLED = (*DONE, STOPPED_EARLY)
"""States of cells of which nothing is left to be trained."""


@dataclass(frozen=True, slots=True, eq=False)
class CellResult:
    """A cell as it stands.

    Attributes:
        state: that of its run, "stopped early" of one that the sweep itself has ended; "waiting"
            without a run.
        message: its last words, where it failed; why it was stopped early.
        step: steps taken.
        header: None without a run.
        scores: (heads, seeds, scores) of its last scheduled frame; None before the first.
    """

    cell: Cell
    state: str = WAITING
    message: str = ""
    step: int = 0
    header: RunHeader | None = None
    scores: Scores | None = None

    @property
    def failed(self) -> bool:
        """Whether it ended, and not well."""
        return self.state in FAILED

    @property
    def in_training(self) -> bool:
        """Whether a trainer is at work on it, whoever may have begun it."""
        return self.header is not None and self.state not in (*ENDED, STOPPED_EARLY)

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of its heads; none without a run."""
        return () if self.header is None else tuple(head.name for head in self.header.heads)

    def values(self, head: str, score: str) -> Sequence[float]:
        """A score of a head by seed; empty where it was not measured."""
        if self.header is None or self.scores is None or head not in self.heads:
            return ()
        of_head = self.scores[self.heads.index(head)]  # (seeds, scores)
        if score not in self.header.score_names:
            return ()
        values: list[float] = score_in(of_head, self.header.score_names, score).tolist()
        return values

    def spread(self, head: str, score: str) -> Spread:
        """A score of a head over seeds; NaN where it was not measured."""
        return spread(self.values(head, score))


def result_of(cell: Cell, end: RunEnd, stop: EarlyStop | None = None) -> CellResult:
    """A cell whose run has ended; `stop`: why it was to be stopped early."""
    status, last = end.status, end.last
    scores = None if last is None else last.scores
    state, message = _judged(status.state, status.message, stop)
    return CellResult(cell, state, message, status.step, end.header, scores)


def read_cells(
    folder: Path, record: SweepRecord, watches: Watches | None = None
) -> list[CellResult]:
    """Every cell as its run file has it, in the order of the grid."""
    runs = {run.name: run for run in list_runs(folder, watches, detailed=True)}
    return [listed_result(cell, runs.get(cell.id), record) for cell in record.cells]


def listed_result(cell: Cell, run: RunListing | None, record: SweepRecord) -> CellResult:
    """A cell as its run stands, which was listed with its details."""
    if run is None:
        failure = record.failures.get(cell.id)
        return CellResult(cell) if failure is None else CellResult(cell, "failed", failure)
    if run.status is None or run.header is None:
        return CellResult(cell, run.state, run.reason)
    if misplaced := misplacement(cell, run):
        return CellResult(cell, "unreadable", misplaced)
    scores = None if run.details is None else run.details.scores
    state, message = _judged(run.state, run.status.message, record.stopped.get(cell.id))
    return CellResult(cell, state, message, run.status.step, run.header, scores)


def misplacement(cell: Cell, run: RunListing) -> str:
    """What is said of a run file that was trained with another cell's settings; empty where it is
    this cell's.
    """
    keys = {text.partition("=")[0] for text in cell.overrides}
    recorded = () if run.details is None else run.details.overrides
    theirs = [text for text in recorded if text.partition("=")[0] in keys]
    missing = {text.partition("=")[0] for text in cell.overrides if text not in theirs}
    other = " ".join(text for text in theirs if text.partition("=")[0] in missing)
    if not other:
        return ""
    return f"{run.path.name} is of another cell ({other}); give it back its name, or remove it"


def _judged(state: str, message: str, stop: EarlyStop | None) -> tuple[str, str]:
    """State and last words of a run as those of its cell.

    One that came to its end before it could be stopped, or was resumed by itself, has finished.
    """
    if stop is not None and state == "stopped":
        return STOPPED_EARLY, stop.words
    return state, message


def sort_key(text: str, heads: Sequence[str], scores: Sequence[str]) -> tuple[str, str]:
    """Head and score of `--sort HEAD.SCORE`; UsageError where there is none such."""
    head, dot, score = text.partition(".")
    if not dot or head not in heads or score not in scores:
        raise UsageError(
            f"--sort takes HEAD.SCORE, such as {heads[0]}.ap; got {text!r} "
            f"(heads: {', '.join(heads)})"
        )
    return head, score


def default_sort(heads: Sequence[str], factors: Sequence[Factor], stop: StopRule | None) -> str:
    """The HEAD.SCORE that cells are ordered by where nobody says: one that the factors move.

    That by which cells are ended early; else ap of the head whose keys all factors are; else of
    the first head.
    """
    if stop is not None:
        return f"{stop.head}.{stop.score}"
    of_one = [
        head for head in heads if all(each.key.startswith(f"heads.{head}.") for each in factors)
    ]
    head = of_one[0] if factors and of_one else heads[0]
    return f"{head}.ap"


def ranked(results: Sequence[CellResult], sort: str) -> list[CellResult]:
    """The cells, the best first by a HEAD.SCORE; behind them those without a value."""
    head, _, score = sort.partition(".")
    direction = score_of(score).direction

    def place(result: CellResult) -> tuple[bool, float]:
        mean = result.spread(head, score).mean
        if direction == "nearest 1":
            mean = abs(mean - 1)
        elif direction != "lower":
            mean = -mean
        return math.isnan(mean), 0.0 if math.isnan(mean) else mean

    return sorted(results, key=place)


def best_cell(results: Sequence[CellResult], head: str, score: str) -> CellResult | None:
    """The cell with the best mean, the most where no value is better; None where all are alike.

    One that was stopped early is not: it is not as far as the others.
    """
    means = [
        math.nan if result.state == STOPPED_EARLY else result.spread(head, score).mean
        for result in results
    ]
    place = best_place(score_of(score), means)
    return None if place is None else results[place]
