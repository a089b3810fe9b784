"""Whether a head still learns: by how much its NLL has changed since half of its steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from objtui.advice.evidence import HeadEvidence, RunEvidence, once_a_head
from objtui.advice.reason import Reason, exactly
from objtui.advice.reasons.honesty import validation_rose
from objtui.measures.intervals import Estimate, estimate

MIN_CHANGE = 0.05
"""The share of its NLL by which a head that still learns must change from half of the steps on."""

MIN_NLL_CHANGE = 1e-3
"""A smaller change is none, whatever its share: NLL of separable rows falls for ever."""

MIN_FALL = 0.2
"""The share from which on training longer comes before anything else."""

MIN_LEFT = 0.05
"""The share of the NLL of a constant p, the base rate, that must be left to learn."""


@dataclass(frozen=True, slots=True)
class NllChange:
    """By how much the NLL of a head has changed.

    Attributes:
        since: the step of the last frame up to half of the steps.
        share: of the mean NLL there; below 0 where it fell.
    """

    since: int
    share: Estimate


@once_a_head
def nll_change(head: HeadEvidence) -> NllChange | None:
    """The change of NLL since half of the steps; 0 for next to nothing.

    None where it was not measured by then, or was 0.
    """
    before = np.flatnonzero(head.steps <= head.steps[-1] / 2)
    if not head.seeds or head.steps[-1] <= 0 or not len(before):
        return None
    nll = head.score("nll", int(before[-1]))  # (seeds,)
    first, change = float(nll.mean()), head.score("nll") - nll
    if not (np.isfinite(first) and np.isfinite(change).all()):
        return None
    since = int(head.steps[before[-1]])
    if abs(float(change.mean())) < max(MIN_CHANGE * first, MIN_NLL_CHANGE):
        return NllChange(since, exactly(0.0))
    with np.errstate(all="ignore"):
        share = estimate(change / first)
    return NllChange(since, share) if math.isfinite(share.mean) else None


def still_learning(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """NLL that has fallen by much since half of the steps, at the end of a run.

    Not where little is left to learn, as of rows that are told apart without an error, whose NLL
    falls for ever.
    """
    change = nll_change(head) if run.at_the_end else None
    if change is None or 4 * change.since < head.step:  # that says little of the last half
        return None
    share, base = change.share, head.mean("base_rate")
    if not (share.mean <= -MIN_FALL and share.below < 0 and 0 < base < 1):
        return None
    constant = -base * math.log(base) - (1 - base) * math.log1p(-base)
    if head.mean("nll") < MIN_LEFT * constant or validation_rose(run, head) is not None:
        return None
    return {
        "fell": Estimate(-share.mean, -share.high, min(-share.low, 1.0), share.seeds),
        "since": exactly(head.step // 2),
        "nll": head.estimate("nll"),
    }
