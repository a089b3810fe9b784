"""What a person has chosen to see: plain values, changed by keys, read by panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from objtui.measures.scores import (
    SCORE_NAMES,
    TRAINING_LOSS,
    column_names,
    curve_names,
    score_of,
)
from objtui.runs.logged_names import curves_of

SMOOTHINGS = (0.0, 0.6, 0.9)
"""Weights of the debiased moving average that `s` goes through."""

ViewPlace = Literal["histograms", "curves"]
"""Where a view may stand in the place of what is there by itself."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """The choices of one dashboard.

    Attributes:
        heads: number of heads of the run, or of all runs.
        score_names: the scores that the run has, or any of the runs.
        hidden: positions of heads that are not shown.
        focus: position of the head in focus.
        overlay: every shown head on one axis, instead of a panel each.
        difference: histograms as the difference from the reference head.
        reference: position of that head.
        probability: the horizontal axis is p, instead of z.
        log_counts: histogram heights are log(1 + count).
        log_value, log_step: the curve panel's axes.
        score: the score in the curve panel, or the training loss.
        smoothing: weight of the moving average there; 0 for none.
        wall_time: curves are over seconds, instead of steps.
        words: what names of heads are filtered by.
        unmatched: positions of heads that the filter leaves out.
        sort: the score that the table is sorted by; empty for the order of the heads.
        cursor: the step up to which everything is shown; None while it is live.
        picture: number of the sample picture that is shown, from 0 on.
        histogram_view, curve_view: the view in the place of the histograms, and of the curves;
            empty where these themselves are shown.
    """

    heads: int
    score_names: tuple[str, ...] = SCORE_NAMES
    hidden: frozenset[int] = frozenset()
    focus: int = 0
    overlay: bool = False
    difference: bool = False
    reference: int = 0
    probability: bool = False
    log_counts: bool = True
    log_value: bool = False
    log_step: bool = False
    score: str = "nll"
    smoothing: float = 0.0
    wall_time: bool = False
    words: str = ""
    unmatched: frozenset[int] = frozenset()
    sort: str = ""
    cursor: int | None = None
    picture: int = 0
    histogram_view: str = ""
    curve_view: str = ""

    @classmethod
    def opened(cls, heads: int, score_names: tuple[str, ...]) -> ViewState:
        """What is seen of a run at first: the curve of its first score."""
        score = score_of(curve_names(score_names)[0])
        return cls(heads, score_names, score=score.name, log_value=score.log)

    @property
    def left_out(self) -> frozenset[int]:
        """Positions of the heads that are hidden or do not match the filter."""
        return self.hidden | self.unmatched

    @property
    def shown(self) -> list[int]:
        """Positions of the shown heads, ascending; at least one."""
        return [head for head in range(self.heads) if head not in self.left_out]

    @property
    def shows_training_loss(self) -> bool:
        """Whether the curves are those of the training loss."""
        return not self.curve_view and self.score == TRAINING_LOSS.name

    def toggle_head(self, head: int) -> ViewState:
        """Show or hide a head; a position that is no head changes nothing, nor the last one."""
        if head >= self.heads or self.shown == [head] or head in self.unmatched:
            return self
        return replace(self, hidden=self.hidden ^ {head})

    def filtered(self, words: str, names: Sequence[str]) -> ViewState:
        """Show the heads whose name holds every one of the words, in upper or lower case.

        Where none does, all are shown; where every match is hidden, none is hidden any more.
        """
        wanted = words.casefold().split()
        unmatched = frozenset(
            head
            for head, name in enumerate(names)
            if not all(word in name.casefold() for word in wanted)
        )
        if len(unmatched) == self.heads:
            unmatched = frozenset()
        hidden = self.hidden if len(self.hidden | unmatched) < self.heads else frozenset()
        return replace(self, words=words, unmatched=unmatched, hidden=hidden)

    def next_sort(self) -> ViewState:
        """The next column to sort the scores by; after the last one the order of the heads."""
        turn = ("", *column_names(self.score_names))
        return replace(self, sort=turn[(turn.index(self.sort) + 1) % len(turn)])

    def view_at(self, place: ViewPlace) -> str:
        """The view that stands in a place; empty for what is there by itself."""
        return self.histogram_view if place == "histograms" else self.curve_view

    def with_view(self, place: ViewPlace, view: str) -> ViewState:
        """Draw a view in a place, or with an empty one what is there by itself."""
        if place == "histograms":
            return replace(self, histogram_view=view)
        return replace(self, curve_view=view)

    def next_view(self, place: ViewPlace, views: Sequence[str]) -> ViewState:
        """The next of some views in a place; after the last one what is there by itself."""
        turn = [*views, ""]
        shown = self.view_at(place)
        return self.with_view(place, turn[turn.index(shown) + 1] if shown in views else turn[0])

    def next_score(self, by: int, logged: Sequence[str] = ()) -> ViewState:
        """Another score for the curve panel, on the axis that suits it.

        `logged`: names of the user's own numbers, whose curves come last.
        """
        turn = (*curve_names(self.score_names), *curves_of(logged))
        at = turn.index(self.score) if self.score in turn else 0
        score = score_of(turn[(at + by) % len(turn)])
        return replace(self, score=score.name, log_value=score.log)

    def next_picture(self, by: int, pictures: int) -> ViewState:
        """Another of so many sample pictures."""
        return replace(self, picture=(self.picture + by) % max(pictures, 1))

    def next_smoothing(self) -> ViewState:
        """The next strength of smoothing."""
        at = SMOOTHINGS.index(self.smoothing) + 1
        return replace(self, smoothing=SMOOTHINGS[at % len(SMOOTHINGS)])

    def next_reference(self) -> ViewState:
        """The next head as reference."""
        return replace(self, reference=(self.reference + 1) % self.heads)
