"""Several runs seen as one: their heads in a row, each with the seeds of its own run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from objtui.runs.columns import LossColumns, ScoreColumns
from objtui.runs.history import Moment, RunHistory
from objtui.runs.merged_header import merged_header


class SideBySide:
    """Histories of several runs, under labels that differ."""

    def __init__(self, histories: Sequence[RunHistory], labels: Sequence[str]) -> None:
        self._histories = tuple(histories)
        self._labels = tuple(labels)
        self.header = merged_header([history.header for history in histories], labels)
        self.places = tuple(
            (run, head)
            for run, history in enumerate(histories)
            for head in range(len(history.header.heads))
        )
        """By head, its run and its position there."""

    @property
    def diverged_at(self) -> Mapping[str, int]:
        """By head, the step of the first moment in which a seed of it had diverged."""
        return {
            f"{label}:{head}": step
            for label, history in zip(self._labels, self._histories, strict=True)
            for head, step in history.diverged_at.items()
        }

    @property
    def taken(self) -> int:
        """Number of frames of all runs."""
        return sum(history.taken for history in self._histories)

    @property
    def losses_taken(self) -> int:
        """Number of stretches of the training loss taken from all runs."""
        return sum(history.losses_taken for history in self._histories)

    @property
    def logged(self) -> tuple[str, ...]:
        """Names of the users' own numbers, each once."""
        return tuple(dict.fromkeys(name for run in self._histories for name in run.logged))

    @property
    def numbers_taken(self) -> int:
        """Number of the users' own numbers taken from all runs."""
        return sum(history.numbers_taken for history in self._histories)

    @property
    def ended(self) -> bool:
        """Whether no trainer works on any of the runs."""
        return all(history.ended for history in self._histories)

    def run_of(self, head: int) -> tuple[RunHistory, int]:
        """The run of a head, and its position there."""
        run, position = self.places[head]
        return self._histories[run], position

    def columns_of(self, head: int) -> tuple[ScoreColumns, int]:
        """The columns of a head's run, and its position there."""
        run, position = self.places[head]
        return self._histories[run].columns, position

    def losses_of(self, head: int) -> tuple[LossColumns, int]:
        """The columns of the training loss of a head's run, and its position there."""
        run, position = self.places[head]
        return self._histories[run].losses, position

    def moment_up_to(self, step: int | None) -> Moment | None:
        """The last moment of every run up to a step, or of all; None where no run has one."""
        return merged_moment(
            [history.moment_up_to(step) for history in self._histories],
            [len(history.header.heads) for history in self._histories],
            self.header.score_names,
        )


def merged_moment(
    moments: Sequence[Moment | None], heads: Sequence[int], score_names: tuple[str, ...]
) -> Moment | None:
    """Moments of several runs as one, whose step and time are the latest of theirs.

    Args:
        moments: None for a run without a frame; its heads have no seeds then.
        heads: number of heads of every run.
        score_names: the scores of all runs, also of those without a frame.
    """
    recorded = [moment for moment in moments if moment is not None]
    if not recorded:
        return None
    most = max(moment.diverged.shape[1] for moment in recorded)
    total = sum(heads)
    diverged = np.zeros((total, most), dtype=bool)
    scores = np.full((total, most, len(score_names)), np.nan)
    counts = np.zeros((total, *recorded[0].counts.shape[1:]), dtype=np.int64)
    nan_counts = np.zeros((total, 2), dtype=np.int64)
    of_head: list[int] = []
    for moment, count in zip(moments, heads, strict=True):
        rows = slice(len(of_head), len(of_head) + count)
        seeds = 0 if moment is None else moment.diverged.shape[1]
        of_head += [seeds] * count
        if moment is not None:
            diverged[rows, :seeds] = moment.diverged
            columns = [score_names.index(name) for name in moment.score_names]
            scores[rows, :seeds, columns] = moment.scores
            counts[rows] = moment.counts
            nan_counts[rows] = 0 if moment.nan_counts is None else moment.nan_counts
    return Moment(
        step=max(moment.step for moment in recorded),
        elapsed_s=max(moment.elapsed_s for moment in recorded),
        scheduled=all(moment.scheduled for moment in recorded),
        diverged=diverged,
        scores=scores,
        counts=counts,
        of_head=tuple(of_head),
        score_names=score_names,
        nan_counts=nan_counts,
        of_training=recorded[0].of_training,
    )
