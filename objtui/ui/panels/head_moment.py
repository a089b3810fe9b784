"""One head at one moment, as diagrams of its histograms need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.text import Text

from objtui.measures.frames import Flags, Scores, score_in
from objtui.measures.scores import SCORE_NAMES
from objtui.measures.spread import Spread, spread
from objtui.runs.history import Moment
from objtui.ui.charts.numbers import compact
from objtui.ui.charts.words import legible
from objtui.ui.theme import BAD, STRONG, HeadStyle, Theme

MIN_WIDTH = 24
"""Cells that a diagram of one head needs."""


@dataclass(frozen=True, eq=False, slots=True)
class HeadMoment:
    """One head at one moment.

    Attributes:
        name: what it is called here, with its run where there are several.
        of: its colour and mark.
        focused: whether it has the focus among several.
        counts: (2, CELLS), summed over seeds, negatives first.
        scores: (seeds, scores), in the order of `score_names`.
        diverged: (seeds,).
    """

    name: str
    of: HeadStyle
    focused: bool
    counts: npt.NDArray[np.int32]
    scores: Scores
    diverged: Flags
    score_names: tuple[str, ...] = SCORE_NAMES

    @classmethod
    def at(
        cls, moment: Moment, head: int, name: str, of: HeadStyle, focused: bool = False
    ) -> HeadMoment:
        """A head of a run's moment."""
        return cls(
            name,
            of,
            focused,
            moment.counts[head],
            moment.scores[head],
            moment.diverged[head],
            moment.score_names,
        )

    def score(self, name: str) -> Spread:
        """A score over the seeds that have not diverged; NaN where the run does not have it."""
        return spread(score_in(self.scores, self.score_names, name)[~self.diverged])

    def title(self, theme: Theme) -> Text:
        """Its mark and its name."""
        style = f"{self.of.style} {STRONG} {'reverse' if self.focused else ''}".strip()
        return Text.assemble(
            (f"{self.of.mark} ", self.of.style), (legible(self.name, theme), style)
        )

    def lost(self, theme: Theme) -> tuple[str, str]:
        """That seeds have diverged, and the style of saying so; empty where none has."""
        lost, seeds = int(self.diverged.sum()), len(self.diverged)
        words = "diverged" if lost == seeds else f"{lost}/{seeds} diverged"
        return (words if lost else "", theme.hue(BAD))

    def written(self, score: str, theme: Theme) -> str:
        """A score with its deviation over seeds in few letters."""
        return compact(self.score(score), 9, theme)


def fitting(heads: Sequence[HeadMoment], width: int) -> list[HeadMoment]:
    """As many heads as fit side by side, those about the focus."""
    most = max(1, width // MIN_WIDTH)
    focus = next((i for i, head in enumerate(heads) if head.focused), 0)
    first = max(0, min(focus - most // 2, len(heads) - most))
    return list(heads[first : first + most])


def legend(heads: Sequence[HeadMoment], theme: Theme) -> Text:
    """Marks and names of heads that share a diagram."""
    words = Text()
    for head in heads:
        words.append("  " if words else "")
        words.append(f"{head.of.mark} {legible(head.name, theme)}", head.of.style)
    return words
