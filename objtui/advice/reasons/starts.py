"""Where a head starts: p at its first frame beside the share of objects."""

from __future__ import annotations

import math

from objtui.advice.evidence import Floats, HeadEvidence, RunEvidence
from objtui.advice.reason import Reason, exactly
from objtui.losses import SquaredError
from objtui.measures.intervals import estimate, estimate_share

RARE = 0.1
"""Objects are rare where they are a smaller share of the rows."""


def prior(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """A start far above the share of objects, where these are rare."""
    start, base = _start(head), head.mean("base_rate")
    if start is None:
        return None
    trained = run.header.train  # a prior is that of the rows that are trained on
    share = base if trained is None or not trained.rows else trained.positives / trained.rows
    p = estimate_share(start)
    if not (0 < share < RARE and p.mean > 5 * share):
        return None
    nll = -base * math.log(share) - (1 - base) * math.log1p(-share)
    squared = isinstance(head.formula, SquaredError)
    return {
        "start": p,
        "base_rate": exactly(share),
        "rows": "the rows" if trained is None else "the training rows",
        "nll": estimate(head.score("nll", 0)),
        "nll_prior": exactly(nll),
        "measured": "" if head.of_training or run.header.val is None else " on validation rows",
        "share": estimate_share(head.score("grad_share_neg", 0)),
        "but": " Squared error may stick there, so leave this one." if squared else "",
    }


def stuck(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Squared error from a start near 0, of which no object has come away."""
    start = _start(head)
    if start is None or not isinstance(head.formula, SquaredError) or head.step == 0:
        return None
    moved = estimate(head.score("z_pos") - head.score("z_pos", 0))
    p_pos, recall = head.estimate("p_pos"), head.mean("recall")
    if not (start.mean() < RARE and p_pos.mean < RARE and recall == 0 and abs(moved.mean) < 1):
        return None
    return {
        "start": estimate_share(start),
        "p_pos": p_pos,
        "slope": exactly(2 * p_pos.mean * (1 - p_pos.mean) ** 2),
        "ap": head.estimate("ap"),
    }


def _start(head: HeadEvidence) -> Floats | None:
    """Mean p of all rows before the first step: (seeds,); None where it was not recorded."""
    negatives, positives = head.rows
    if not head.seeds or head.steps[0] != 0 or min(negatives, positives) == 0:
        return None
    sums: Floats = negatives * head.score("p_neg", 0) + positives * head.score("p_pos", 0)
    return sums / (negatives + positives)
