"""One head at one moment, as diagrams of its histograms need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from objtui.measures.frames import Flags, Scores, score_in
from objtui.measures.histogram import Counts
from objtui.measures.scores import SCORE_NAMES
from objtui.measures.spread import Spread, spread
from objtui.ui.charts.legend import legend
from objtui.ui.charts.numbers import compact
from objtui.ui.charts.words import legible
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import BAD, STRONG, HeadStyle, Theme

MIN_WIDTH = 24
"""Cells that a diagram of one head needs."""


@dataclass(frozen=True, eq=False, slots=True)
class HeadMoment:
    """One head at one moment.

    Attributes:
        name: what it is called here, with its run where there are several.
        style: its colour and mark.
        focused: whether it has the focus among several.
        counts: (2, CELLS), summed over seeds, negatives first.
        scores: (seeds, scores), in the order of `score_names`.
        diverged: (seeds,).
        calibrated: (2, CELLS), of calibrated logits on rows that were not fitted on, summed over
            seeds; None without a calibration.
    """

    name: str
    style: HeadStyle
    focused: bool
    counts: Counts
    scores: Scores
    diverged: Flags
    score_names: tuple[str, ...] = SCORE_NAMES
    calibrated: Counts | None = None

    def score(self, name: str) -> Spread:
        """A score over the seeds that have not diverged; NaN where the run does not have it."""
        return spread(score_in(self.scores, self.score_names, name)[~self.diverged])

    def title(self, theme: Theme) -> Text:
        """Its mark and its name."""
        return head_label(self.name, self.style, theme, focused=self.focused)

    def diverged_note(self, theme: Theme) -> tuple[str, str]:
        """That seeds have diverged, and the style of saying so; empty where none has."""
        diverged, seeds = int(self.diverged.sum()), len(self.diverged)
        words = "diverged" if diverged == seeds else f"{diverged}/{seeds} diverged"
        return (words if diverged else "", theme.hue(BAD))

    def written(self, score: str, theme: Theme) -> str:
        """A score with its deviation over seeds in few letters."""
        return compact(self.score(score), 9, theme)


def shown_heads(scene: Scene) -> list[HeadMoment]:
    """The shown heads at the moment of a scene; none before the first frame."""
    moment = scene.moment
    if moment is None:
        return []
    return [
        HeadMoment(
            name=scene.head_name(head),
            style=scene.head_style(head),
            focused=scene.is_focused(head),
            counts=moment.counts[head],
            scores=moment.scores[head, : moment.seeds(head)],
            diverged=moment.diverged_of(head),
            score_names=moment.score_names,
            calibrated=None if moment.calibrated is None else moment.calibrated[head],
        )
        for head in scene.state.shown
    ]


def fitting(heads: Sequence[HeadMoment], width: int) -> list[HeadMoment]:
    """As many heads as fit side by side, those about the focus."""
    most = max(1, width // MIN_WIDTH)
    focus = next((i for i, head in enumerate(heads) if head.focused), 0)
    first = max(0, min(focus - most // 2, len(heads) - most))
    return list(heads[first : first + most])


def legend_title(words: str, heads: Sequence[HeadMoment], width: int, theme: Theme) -> Text:
    """The title of a panel in which heads share a diagram: what it is of, and the legend."""
    title = Text(words, STRONG)
    names = [head.style.named(legible(head.name, theme)) for head in heads]
    if said := legend(names, width - 4 - title.cell_len - 2, theme):
        title = Text.assemble(title, "  ", said)
    return title


def head_label(name: str, style: HeadStyle, theme: Theme, *, focused: bool) -> Text:
    """A head's mark and name, which stand out where it has the focus."""
    return style.named(legible(name, theme), f"{STRONG} reverse" if focused else STRONG)
