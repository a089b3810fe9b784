"""How far logits have gone, whether they go on, and what has stopped them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from objtui.advice.evidence import Floats, HeadEvidence, RunEvidence, once_a_head
from objtui.advice.reason import Reason, exactly, short
from objtui.losses import NUMBER_FORMATS
from objtui.measures.frames import POSITIVE
from objtui.measures.intervals import Estimate, estimate, estimate_share
from objtui.measures.vanishing import vanished_share

MIN_SATURATED = 0.1
"""The share of a class from which on its saturation is spoken of."""

WINDOW = 4
"""Growth is measured over the frames from a fourth of the steps on."""

MIN_FRAMES = 5

MIN_SLOPE = 0.1
"""A mean logit that changes by less for each unit of ln step stands still."""

MIN_LOGIT = 1.0
"""Nearer to 0 a mean logit has not gone anywhere that it could be stopped at."""


def background_saturated(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Background of which much has p < .01 or p > .99."""
    return _saturated(head, "saturated_neg", "saturated_pos")


def objects_saturated(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Objects of which much has."""
    reason = _saturated(head, "saturated_pos", "saturated_neg")
    p = head.estimate("p_pos")
    if reason is not None and p.mean < 0.5:
        reason["p_pos"] = p
        reason["but"] = f"most of them lie on the wrong side, at a mean p of {short(p.mean)}"
    return reason


def _saturated(head: HeadEvidence, name: str, of_others: str) -> Reason | None:
    share = head.estimate(name)
    if not share.mean >= MIN_SATURATED:
        return None
    but = "extreme is wrong only where it is overconfident"
    return {"share": share, "others": head.estimate(of_others), "but": but}


def background_gradient(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Background that gives most of the gradient, and is most of the rows."""
    share, base = head.estimate("grad_share_neg"), head.mean("base_rate")
    if not (share.mean >= 0.8 and base < 0.5):
        return None
    return {"share": share, "rows_share": exactly(1 - base)}


@dataclass(frozen=True, slots=True)
class Growth:
    """How fast the mean logit of a class goes away from 0, for each unit of ln step.

    Attributes:
        slope: over the last frames; of one seed without an interval.
        error: of one seed, the standard error of the fit; else 0.
        logit: the mean logit now.
    """

    slope: Estimate
    error: float
    logit: Estimate

    @property
    def goes_on(self) -> bool:
        return self.slope.mean > MIN_SLOPE and self.slope.above > 2 * self.error

    @property
    def stands(self) -> bool:
        outer = max(abs(self.slope.above), abs(self.slope.below))
        return outer + 2 * self.error < MIN_SLOPE and abs(self.logit.mean) > MIN_LOGIT


@once_a_head
def growth(head: HeadEvidence, name: str, sign: float) -> Growth | None:
    """Of the mean logits of a class, whose side of 0 has this sign; None for too few frames."""
    steps = head.steps
    first = int(np.searchsorted(steps, steps[-1] / WINDOW)) if steps[-1] > 0 else len(steps)
    if len(steps) - first < MIN_FRAMES or not head.seeds:
        return None
    x = np.log(steps[first:])
    z = sign * head.curve(name)[first:]  # (frames, seeds)
    if not np.isfinite(z).all():
        return None
    centred = x - x.mean()
    slopes: Floats = centred @ z / (centred @ centred)
    error = 0.0
    if head.seeds == 1:
        left = z[:, 0] - z[:, 0].mean() - slopes[0] * centred
        error = math.sqrt(float(left @ left) / (len(x) - 2) / float(centred @ centred))
    return Growth(estimate(slopes), error, estimate(sign * z[-1]))


def still_growing(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Mean logits of a class that still go outwards with ln step."""
    grown = {
        "objects": growth(head, "z_pos", 1.0),
        "background": growth(head, "z_neg", -1.0),
    }
    going = {name: each for name, each in grown.items() if each is not None and each.goes_on}
    going = {name: each for name, each in going.items() if each.logit.mean * _side(name) > 0}
    if not going:
        return None
    fastest = max(going, key=lambda name: going[name].slope.mean)
    reason: Reason = {"whose": f"mean logit of {fastest}", "slope": going[fastest].slope}
    reason["doubling"] = estimate([math.log(2) * going[fastest].slope.mean])
    reason["logit"] = going[fastest].logit
    return reason


def _side(name: str) -> int:
    return 1 if name == "objects" else -1


def stopped_by(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Mean logits that stand still far from 0, and what has stopped them."""
    return _number_format(head) or _still(head)


def _number_format(head: HeadEvidence) -> Reason | None:
    """Objects whose gradient is exactly 0, as p is rounded to 1."""
    numbers = NUMBER_FORMATS.get(head.header.dtype)
    shares = vanished_share(head.counts, head.formula, head.header.dtype)[:, POSITIVE]
    share = estimate_share(shares)
    objects = growth(head, "z_pos", 1.0)
    if numbers is None or not share.mean >= 0.5 or (objects is not None and objects.goes_on):
        return None
    dtype = head.header.dtype
    return {
        "what": f"the number format: from z = {short(numbers.sigmoid_is_1)} on {dtype} rounds "
        "their p to 1, and their gradient is exactly 0",
        "whose": "objects stand",
        "logit": head.estimate("z_pos"),
        "share": share,
    }


def _still(head: HeadEvidence) -> Reason | None:
    both = growth(head, "z_pos", 1.0), growth(head, "z_neg", -1.0)
    standing = [each for each in both if each is not None and each.stands]
    moving = [each for each in both if each is not None and each.goes_on]
    if not standing or moving:
        return None
    what = _why_still(head)
    if not what:
        return None
    farthest = max(standing, key=lambda each: abs(each.logit.mean))
    objects = farthest is both[0]
    return {
        "what": what,
        "whose": "objects stand" if objects else "background stands",
        "logit": farthest.logit,
        "slope": farthest.slope,
    }


def _why_still(head: HeadEvidence) -> str:
    """What holds logits where they stand; empty where nothing that was measured does."""
    settings = head.settings
    if settings.smoothing > 0:
        wall = math.log(2 / settings.smoothing - 1)
        return (
            f"label smoothing: with {short(settings.smoothing)} the best logit of any row is "
            f"{short(wall)} at most"
        )
    if head.soft_targets:
        floor = short(head.mean("loss_floor"))
        return f"its targets, which lie between 0 and 1 themselves: no loss is below {floor}"
    if settings.falling_rate and head.header.steps is not None and head.step >= head.header.steps:
        return "the learning rate, which has fallen to 0"
    held = settings.pull * head.step
    apart = head.mean("ap") >= 1 - 1e-9
    if held >= 1 and apart:
        return (
            f"weight decay: it takes {short(settings.pull)} of every weight a step, {short(held)} "
            "times over by now"
        )
    both = min(head.mean("grad_pos"), head.mean("grad_neg"))
    if not apart and both > 1e-3:
        share = short(head.mean("grad_share_neg"))
        return (
            f"its labels: rows that look alike have both, and pull either way ({share} of the "
            "gradient is background's)"
        )
    return ""
