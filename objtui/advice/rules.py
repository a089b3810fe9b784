"""Every rule: when it speaks, what it says, and the bundled scenario that shows it.

A rule of your own is a function that measures its reason, and an entry of RULES. No rule speaks
without a measured reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from objtui.advice.evidence import HeadEvidence, RunEvidence
from objtui.advice.reason import Reason
from objtui.advice.reasons import boxes, honesty, learning, logits, pairs, ranking, starts

Level = Literal["mend", "know", "fine"]

LEVELS: tuple[Level, ...] = ("mend", "know", "fine")
"""What needs doing, what is good to know, and what is as it should be."""

Measure = Callable[[RunEvidence, HeadEvidence], Reason | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        name: its name in JSON lines.
        level: how much it matters.
        measure: what was measured that makes it speak; None where it is silent.
        brief: what to do, or what there is, in a few words, with the same numbers as its sentence.
        sentence: what it says, with the numbers of its reason by name (`reason.sentence`).
        scenario: a bundled one that shows it.
        of_run: whether it is about the whole run: it is asked once, with the first head.
        alone: whether nothing else is said of a head of which it speaks.
        of_lost: whether it is also asked about a head all of whose seeds have diverged.
    """

    name: str
    level: Level
    measure: Measure
    brief: str
    sentence: str
    scenario: str
    of_run: bool = False
    alone: bool = False
    of_lost: bool = False


RULES: tuple[Rule, ...] = (
    Rule(
        "diverged",
        "mend",
        ranking.diverged,
        "{diverged:count} of {seeds:count} seeds of {head} have diverged",
        "{diverged:count} of {seeds:count} seeds of {head} have diverged and are left out of all "
        "that is said here; a smaller train.lr or a train.clip_norm may help.",
        "raw-mse",
        of_lost=True,
    ),
    Rule(
        "chance-ranking",
        "mend",
        ranking.chance_ranking,
        "{head} ranks no better than chance",
        "{head} ranks objects no better than chance, as far as its rows can tell: AP is {ap}, and "
        "a random order comes up to {chance} at a base rate of {base_rate:mean}. Look at its data, "
        "targets and learning rate first; nothing else is advised of it.",
        "wrong-side",
        alone=True,
    ),
    Rule(
        "double-sigmoid",
        "mend",
        honesty.double_sigmoid,
        "{head} {in_brief}",
        "All scores of {head} lie between {lowest} and {highest}: {cause}.",
        "double-sigmoid",
    ),
    Rule(
        "stuck",
        "mend",
        starts.stuck,
        "{head} is stuck at its start",
        "{head} is stuck at its start, p = {start:mean}: objects have p = {p_pos} and recall at .5 "
        "is 0, though AP is {ap:mean}. There squared error pulls an object with a slope of "
        "{slope:mean}; start it at p = .5, or use bce with this prior.",
        "imbalance",
    ),
    Rule(
        "still-learning",
        "mend",
        learning.still_learning,
        "train {head} longer: nll still fell {fell:percent mean} since step {since:count}",
        "{head} still learns: NLL fell {fell:percent} since step {since:count}, to {nll:mean}; "
        "train longer before mending anything else.",
        "learning-rate",
    ),
    Rule(
        "overconfident",
        "mend",
        honesty.overconfident,
        "{head} is overconfident: divide its logits by {temperature:mean}",
        "{head} is overconfident: dividing its logits by T = {temperature}{or_less} lowers NLL "
        "from {nll:mean} to {nll_scaled} on {rows}; ranking stays. ECE is {ece:mean}, where chance "
        "gives {chance} at most; T makes it {ece_scaled:mean}, isotonic regression "
        "{ece_isotonic:mean}.",
        "memorised-noise",
    ),
    Rule(
        "underconfident",
        "mend",
        honesty.underconfident,
        "{head} is underconfident: divide its logits by {temperature:mean}",
        "{head} is underconfident: dividing its logits by T = {temperature}{or_less} lowers NLL "
        "from {nll:mean} to {nll_scaled} on {rows}; ranking stays. ECE is {ece:mean}, where chance "
        "gives {chance} at most; T makes it {ece_scaled:mean}, isotonic regression "
        "{ece_isotonic:mean}.",
        "focal",
    ),
    Rule(
        "validation-rose",
        "mend",
        honesty.validation_rose,
        "stop {head} at step {best_step:count}, where its NLL was best",
        "Validation NLL of {head} was best at step {best_step:count}, {best_nll:mean}, and has "
        "risen by {rise} to {nll:mean}: {remedy}.",
        "memorised-noise",
    ),
    Rule(
        "threshold",
        "mend",
        ranking.threshold,
        "cut {head} at p = {threshold:mean}, not at .5",
        "{head} is cut better at p = {threshold} than at .5: F1 on {rows} is {f1:mean} instead of "
        "{f1_at_half:mean}, {gain} more.",
        "iou-targets",
    ),
    Rule(
        "unreached-boxes",
        "mend",
        boxes.unreached_boxes,
        "add anchor sizes: {lost:count} of {boxes:count} boxes have no anchor",
        "{what} have no positive anchor: no row stands for them, {ceiling}. Other "
        "data.anchors.sizes, or a smaller stride, reach them.",
        "nuclei",
        of_run=True,
    ),
    Rule(
        "worst-mistakes",
        "know",
        boxes.worst_mistakes,
        "the worst mistakes of {head} on pictures",
        "The surest false alarms of {head}, of seed {seed:count}: {alarms}. Missed most: {missed}. "
        "The key v, twice, shows them in the dashboard, and so does objtui export RUN --format png "
        "--panel mistakes:{head}.",
        "nuclei-detector",
    ),
    Rule(
        "miscalibrated",
        "know",
        honesty.miscalibrated,
        "{head} is miscalibrated (ECE {ece:mean}), which no temperature mends",
        "ECE of {head} is {ece}, where chance gives {chance} at most, and no temperature lowers "
        "its NLL by more than noise; on {rows}, {isotonic}.",
        "vice-versa",
    ),
    Rule(
        "calibrated-after",
        "know",
        honesty.calibrated_after,
        "calibration takes NLL of {head} from {nll:mean} to {nll_calibrated:mean}",
        "Calibration after training, by {how}, takes NLL of {head} from {nll:mean} to "
        "{nll_calibrated} on {rows}, ECE from {ece:mean} to {ece_calibrated:mean}, AP from "
        "{ap:mean} to {ap_calibrated:mean}; `objtui export RUN --format calibration` writes the "
        "numbers of every seed.",
        "calibrate-after",
    ),
    Rule(
        "calibration-unsure",
        "know",
        honesty.calibration_unsure,
        "{head} may be calibrated or not",
        "Whether {head} is calibrated its seeds do not tell: ECE is {ece}, and chance gives up to "
        "{chance}. More seeds, or more rows, would.",
        "calibrated-extremes",
    ),
    Rule(
        "stopped-by",
        "know",
        logits.stopped_by,
        "the logits of {head} have stopped growing",
        "The logits of {head} have stopped growing: {whose} at a mean z of {logit}. What stops "
        "them is {what}.",
        "label-smoothing",
    ),
    Rule(
        "still-growing",
        "know",
        logits.still_growing,
        "the logits of {head} still grow",
        "The logits of {head} still grow: the {whose} is {logit:mean} and moves outwards by "
        "{slope} with each unit of ln step, {doubling:mean} for twice the steps. On rows that can "
        "be told apart they never stop.",
        "log-growth",
    ),
    Rule(
        "background-saturated",
        "know",
        logits.background_saturated,
        "{share:mean} of {head}'s background is saturated",
        "{share} of the background of {head} is saturated (p < .01 or > .99), of the objects "
        "{others:mean}: easy background makes a histogram look binary, and does no harm by itself.",
        "nuclei",
    ),
    Rule(
        "objects-saturated",
        "know",
        logits.objects_saturated,
        "{share:mean} of {head}'s objects are saturated",
        "{share} of the objects of {head} are saturated (p < .01 or > .99), of the background "
        "{others:mean}: {but}.",
        "calibrated-extremes",
    ),
    Rule(
        "background-gradient",
        "know",
        logits.background_gradient,
        "background gives {share:mean} of {head}'s gradient",
        "Background gives {share} of the gradient of {head}, with {rows_share:mean} of the rows.",
        "imbalance",
    ),
    Rule(
        "prior",
        "know",
        starts.prior,
        "{head} starts far above the base rate",
        "{head} starts at p = {start:mean} with objects {base_rate:mean} of {rows}: background "
        "gave {share:mean} of its first gradient. With prior = {base_rate:mean} NLL{measured} "
        "would have begun at {nll_prior:mean}, not {nll:mean}.{but}",
        "imbalance",
    ),
    Rule(
        "heads-differ",
        "know",
        pairs.heads_differ,
        "{head} differs from {reference}",
        "{head} differs from {reference} by more than seeds explain: {how}.",
        "nuclei",
    ),
    Rule(
        "heads-alike",
        "fine",
        pairs.heads_alike,
        "{head} and {reference} do not differ",
        "{head} is {how}.",
        "twins",
    ),
    Rule(
        "calibrated",
        "fine",
        honesty.calibrated,
        "{head} is calibrated",
        "{head} is calibrated, as far as its rows can tell: ECE is {ece}, within the {chance} that "
        "chance gives.",
        "calibrated-extremes",
    ),
)
"""In the order in which they are said; the first that needs mending is the most important."""

NOTHING = Rule(
    "nothing-to-mend",
    "fine",
    lambda run, head: {},
    "nothing needs mending",
    "Nothing here needs mending{but}.",
    "calibrated-extremes",
    of_run=True,
)
"""Speaks where no rule of level mend does."""
