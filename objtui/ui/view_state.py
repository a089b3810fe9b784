"""What a person has chosen to see: plain values, changed by keys, read by panels."""

from __future__ import annotations

from dataclasses import dataclass, replace

SMOOTHINGS = (0.0, 0.6, 0.9)
"""Weights of the debiased moving average that `s` goes through."""

CURVE_SCORES = (
    "nll",
    "loss",
    "brier",
    "ap",
    "auc",
    "ece",
    "temperature",
    "saturated",
    "saturated_pos",
    "saturated_neg",
    "p_pos",
    "p_neg",
    "z_pos",
    "z_neg",
    "excess",
    "grad_pos",
    "grad_neg",
    "grad_share_neg",
    "weight_norm",
    "grad_norm",
    "f1",
    "best_threshold",
    "recall",
    "gap",
    "disagree",
)
"""Scores in the order in which `m` goes through them."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """The choices of one dashboard.

    Attributes:
        heads: number of heads of the run.
        hidden: positions of heads that are not shown.
        focus: position of the head in focus.
        overlay: every shown head on one axis, instead of a panel each.
        difference: histograms as the difference from the reference head.
        reference: position of that head.
        probability: the horizontal axis is p, instead of z.
        log_counts: histogram heights are log(1 + count).
        log_value, log_step: the curve panel's axes.
        score: the score in the curve panel.
        smoothing: weight of the moving average there; 0 for none.
    """

    heads: int
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

    @property
    def shown(self) -> list[int]:
        """Positions of the shown heads, ascending."""
        return [head for head in range(self.heads) if head not in self.hidden]

    def toggle_head(self, head: int) -> ViewState:
        """Show or hide a head; a position that is no head changes nothing, nor the last one."""
        if head >= self.heads or self.shown == [head]:
            return self
        return replace(self, hidden=self.hidden ^ {head})

    def next_score(self, by: int) -> ViewState:
        """Another score for the curve panel."""
        at = CURVE_SCORES.index(self.score) + by
        return replace(self, score=CURVE_SCORES[at % len(CURVE_SCORES)])

    def next_smoothing(self) -> ViewState:
        """The next strength of smoothing."""
        at = SMOOTHINGS.index(self.smoothing) + 1
        return replace(self, smoothing=SMOOTHINGS[at % len(SMOOTHINGS)])

    def next_reference(self) -> ViewState:
        """The next head as reference."""
        return replace(self, reference=(self.reference + 1) % self.heads)
