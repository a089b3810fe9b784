"""The scores of a head: every name, what it means and how it is shown.

The one list behind frames, tables, curves, claims and exports. What is computed
from logits is in `objtui.engine.logit_scores`, the rest in `objtui.engine.evaluate`.
"""

from __future__ import annotations

from dataclasses import dataclass

SATURATED_P = 0.01
"""A score is saturated where p < SATURATED_P or p > 1 − SATURATED_P."""

SATURATED_LOGIT = 4.59511985013459
"""|z| from which p is saturated: ln 99."""

ECE_BINS = 15
"""Equal bins of p of the expected calibration error."""


@dataclass(frozen=True, slots=True)
class Score:
    """A score's name and what it says, in one line for people."""

    name: str
    meaning: str


SCORES: tuple[Score, ...] = (
    Score("loss", "the head's own training loss, on the evaluation rows"),
    Score("loss_floor", "the least that loss could be, given soft or smoothed targets"),
    Score("excess", "loss above its floor"),
    Score("nll", "log loss of p, the same measure for every head"),
    Score("brier", "mean squared error of p"),
    Score("auc", "area under the ROC curve, ranked by logits"),
    Score("ap", "average precision, ranked by logits"),
    Score("base_rate", "share of positive rows: the AP of a random ranking"),
    Score("ece", "expected calibration error of p, 15 equal bins"),
    Score("temperature", "the T that minimises the log loss of z / T"),
    Score("saturated", "share of rows with p < 0.01 or p > 0.99"),
    Score("saturated_pos", "the same among positives"),
    Score("saturated_neg", "the same among negatives"),
    Score("p_pos", "mean p of positives"),
    Score("p_neg", "mean p of negatives"),
    Score("z_pos", "mean logit of positives"),
    Score("z_neg", "mean logit of negatives"),
    Score("grad_pos", "mean size of dL/dz of positives"),
    Score("grad_neg", "mean size of dL/dz of negatives"),
    Score("grad_share_neg", "the negatives' share of the summed size of dL/dz"),
    Score("weight_norm", "norm of the last layer's weights of z, bias left out"),
    Score("grad_norm", "norm of the last step's gradient over all parameters"),
    Score("best_threshold", "threshold on p with the best F1"),
    Score("f1", "F1 at that threshold"),
    Score("recall", "recall at p = 0.5"),
    Score("gap", "largest difference of z from the reference head"),
    Score("disagree", "share of rows on the other side of 0.5 than the reference head"),
)

SCORE_NAMES: tuple[str, ...] = tuple(score.name for score in SCORES)
