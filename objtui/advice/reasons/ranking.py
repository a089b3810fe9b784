"""How well a head ranks, and where to cut."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from objtui.advice.evidence import HeadEvidence, RunEvidence
from objtui.advice.reason import Reason, exactly
from objtui.measures.intervals import estimate, estimate_share
from objtui.text.numbers import grouped

_DRAWS, _MOST_POSITIVES = 400, 1000

MIN_F1_GAIN = 0.01
"""A smaller gain in F1 is not worth another threshold."""


def diverged(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Seeds of which a logit or parameter is no longer finite."""
    all_seeds = len(head.header.seeds)
    if head.seeds == all_seeds:
        return None
    return {"seeds": exactly(all_seeds), "diverged": exactly(all_seeds - head.seeds)}


def chance_ranking(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """AP, and AUC with it, no better than that of a random order."""
    negatives, positives = head.rows
    ap, auc = head.estimate("ap"), head.mean("auc")
    if min(negatives, positives) == 0 or not head.seeds or math.isnan(ap.mean):
        return None
    high = chance_ap(negatives + positives, positives)
    # That of a random order has this standard deviation (Mann and Whitney, 1947).
    error = math.sqrt((negatives + positives + 1) / (12.0 * negatives * positives))
    if ap.mean > high or auc > 0.5 + 3 * error:
        return None
    return {"ap": ap, "base_rate": head.estimate("base_rate"), "chance": exactly(high)}


@lru_cache(maxsize=64)
def chance_ap(rows: int, positives: int) -> float:
    """What the average precision of a random order stays below 39 times in 40.

    By drawing orders, always the same ones. Of many positives a part is drawn, at the same share
    of the rows, and its AP varies a little more.
    """
    drawn = min(positives, _MOST_POSITIVES)
    others = round((rows - positives) * (drawn / positives))
    order = np.sort(np.random.default_rng(0).random((_DRAWS, drawn)), axis=-1)
    above = np.floor(order * (others + 1))  # negatives above every positive
    count = np.arange(1, drawn + 1)
    return float(np.quantile((count / (count + above)).mean(axis=-1), 0.975))


def threshold(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Another threshold than 0.5 that is better for F1 on rows it was not chosen on."""
    if not head.has_both_classes:
        return None
    found = head.thresholds
    gain = estimate(found.best - found.usual)
    error = float(found.error.mean())
    if not (gain.above > 0 and gain.mean > max(2 * error, MIN_F1_GAIN)):
        return None
    return {
        "threshold": estimate_share(1 / (1 + np.exp(-found.logits))),
        "f1": estimate_share(found.best),
        "f1_at_half": estimate_share(found.usual),
        "gain": gain,
        "rows": other_half(head),
    }


def other_half(head: HeadEvidence) -> str:
    """What a fit was measured on, in words."""
    rows = grouped(head.held[:1].sum()) if head.seeds else "0"
    if not head.halved:
        return "the rows it was fitted on (this run did not count halves)"
    if head.of_training:
        return f"{rows} training rows it was not fitted on"
    return f"{rows} rows it was not fitted on"
