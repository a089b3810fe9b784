"""Whether p means what it says: calibrated, too far out or not far enough, and what mends it."""

from __future__ import annotations

from typing import Literal

import numpy as np

from objtui.advice.calibration import MIN_T
from objtui.advice.evidence import HeadCalibration, HeadEvidence, RunEvidence, once_a_head
from objtui.advice.reason import Reason, exactly, short
from objtui.advice.reasons.ranking import other_half
from objtui.losses import gives_logits
from objtui.measures.calibrators import parameters_of
from objtui.measures.intervals import Estimate, estimate, estimate_share
from objtui.measures.reliability import reliability_bins

MIN_GAIN = 0.01
"""The share of the log loss that a temperature must save to be worth its while."""

MIN_ROSE = 0.02
"""The share by which the log loss must have risen since it was best."""

SECOND_SIGMOID = (0.1, 0.9, 0.05)
"""A head whose output went through a sigmoid already has logits below the first and above the
second, and none beyond 0 and 1 by more than the third, about a bin of a histogram."""

Finding = Literal["over", "under", "calibrated", "neither", "unsure", "unknown"]


def double_sigmoid(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Logits that are themselves the values of a sigmoid, over most of its range."""
    if not _fills_a_sigmoid(head):
        return None
    low, high = head.span
    in_brief = "goes through a sigmoid twice: leave one out"
    cause = "a sigmoid is applied twice. Give the loss the output before the sigmoid"
    if run.header.measured:
        in_brief = "goes through a sigmoid twice, or is p: then say --probabilities"
        cause = (
            "a sigmoid is applied twice, or these are probabilities, which objtui measure takes "
            "with --probabilities"
        )
    elif run.header.recorded:
        in_brief = "goes through a sigmoid twice, or p was recorded as logits"
        cause = (
            "a sigmoid is applied twice, or probabilities were handed to the recorder as logits. "
            "Give the loss and the recorder the output before the sigmoid"
        )
    return {
        "in_brief": in_brief,
        "cause": cause,
        "lowest": exactly(1 / (1 + np.exp(-max(low, 0.0)))),
        "highest": exactly(1 / (1 + np.exp(-min(high, 1.0)))),
    }


def _fills_a_sigmoid(head: HeadEvidence) -> bool:
    low, high = head.span
    left, right, bin_width = SECOND_SIGMOID
    fills = -bin_width < low < left and right < high < 1 + bin_width
    return head.seeds > 0 and fills and gives_logits(head.info.loss)


def overconfident(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """A T above 1 that saves log loss on the other half."""
    return _mended(head) if finding(head) == "over" else None


def underconfident(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """A T below 1 that does."""
    return _mended(head) if finding(head) == "under" else None


def calibrated(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """A calibration error that chance may give."""
    if finding(head) != "calibrated":
        return None
    return {"ece": head.estimate("ece"), "chance": exactly(_chance(head))}


def calibration_unsure(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """A calibration error beyond chance on average, of seeds too far apart to be sure of it."""
    if finding(head) != "unsure":
        return None
    return {"ece": head.estimate("ece"), "chance": exactly(_chance(head))}


def miscalibrated(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """A calibration error whose interval lies beyond chance, and that no temperature mends."""
    if finding(head) != "neither":
        return None
    values = head.recalibration
    gain, error = estimate(values.pooled.gain), float(values.pooled.error.mean())
    helps = gain.above > 0 and gain.mean > 2 * error
    after, rows = estimate_share(values.pooled_ece), other_half(head)
    before = estimate(values.ece)
    words = "isotonic regression does not lower NLL there either"
    if helps:
        words = f"isotonic regression takes ECE from {short(before.mean)} to {short(after.mean)}"
    return {
        "ece": head.estimate("ece"),
        "chance": exactly(_chance(head)),
        "ece_isotonic": after,
        "isotonic": words,
        "rows": rows,
    }


def calibrated_after(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """A calibration that was fitted after training, and what it does on the other half."""
    fitted = head.calibration
    if fitted is None or not head.seeds or None in fitted.members:
        return None
    return {
        "how": _by_parameters(fitted),
        "rows": other_half(head),
        "nll": head.estimate("nll_held"),
        "nll_calibrated": head.estimate("nll_calibrated"),
        "ece": head.estimate("ece_held"),
        "ece_calibrated": head.estimate("ece_calibrated"),
        "ap": head.estimate("ap_held"),
        "ap_calibrated": head.estimate("ap_calibrated"),
    }


def _by_parameters(fitted: HeadCalibration) -> str:
    """What was fitted, in words; parameters are means over seeds."""
    members = [each for each in fitted.members if each is not None]
    parameters = [parameters_of(each) or {} for each in members]
    if fitted.method == "isotonic":
        steps = [len(each["p"]) for each in parameters]
        return f"isotonic regression of {short(float(np.mean(steps)))} steps"
    means = {name: np.mean([each[name] for each in parameters]) for name in parameters[0]}
    named = ", ".join(f"{name} = {short(float(mean))}" for name, mean in means.items())
    return named if fitted.method == "temperature" else f"{fitted.method} with {named}"


@once_a_head
def finding(head: HeadEvidence) -> Finding:
    """What the calibration error and the log loss on the other half say of a head."""
    if not head.has_both_classes or head.soft_targets or _fills_a_sigmoid(head):
        return "unknown"
    ece = head.mean("ece")
    if np.isnan(ece):
        return "unknown"
    if ece <= _chance(head):
        return "calibrated"
    values = head.recalibration
    gain, t = estimate(values.scaled.gain), estimate(values.temperature)
    error = float(values.scaled.error.mean())
    saves = gain.above > 0 and gain.mean > 2 * error
    worth = gain.mean > MIN_GAIN * float(values.scaled.before.mean())
    if saves and worth and t.above > 1:
        return "over"
    if saves and worth and t.below < 1:
        return "under"
    return "neither" if head.estimate("ece").above > _chance(head) else "unsure"


@once_a_head
def _chance(head: HeadEvidence) -> float:
    """What the calibration error of a calibrated head stays below 19 times in 20."""
    return float(reliability_bins(head.counts).chance_ece[1].mean())


def _mended(head: HeadEvidence) -> Reason:
    values = head.recalibration
    gain: Estimate = estimate(values.scaled.gain)
    t = estimate(values.temperature)
    or_less = " or less, as it makes no error," if t.mean <= 1.01 * MIN_T else ""
    return {
        "temperature": t,
        "or_less": or_less,
        "nll": estimate(values.scaled.before),
        "nll_scaled": estimate(values.scaled.after),
        "gain": gain,
        "ece": head.estimate("ece"),
        "chance": exactly(_chance(head)),
        "ece_scaled": estimate_share(values.scaled_ece),
        "ece_isotonic": estimate_share(values.pooled_ece),
        "rows": other_half(head),
    }


def validation_rose(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """A log loss of validation rows that was lower at an earlier frame, beyond noise."""
    if head.of_training or not head.seeds or len(head.steps) < 3:
        return None
    nll = head.curve("nll")  # (frames, seeds)
    means = nll.mean(axis=-1)
    if not np.isfinite(means).any():
        return None
    best = int(np.nanargmin(means))
    rise = estimate(nll[-1] - nll[best])
    if rise.seeds == 1:
        # Half of what it goes up and down by between neighbouring frames behind the best.
        jumps = np.abs(np.diff(nll[best:, 0]))
        noise = 3 * float(np.median(jumps)) if len(jumps) else np.inf
        sure = rise.mean > noise
    else:
        sure = rise.above > 0
    if not sure or not rise.mean > MIN_ROSE * means[best]:
        return None
    remedy = "stop near there, or train a smaller network, or with more rows or decay"
    if finding(head) == "under":
        remedy = "its scores have drawn back towards p = .5, which the T above mends"
    return {
        "remedy": remedy,
        "best_step": exactly(float(head.steps[best])),
        "best_nll": estimate(nll[best]),
        "nll": estimate(nll[-1]),
        "rise": rise,
    }
