"""The scores of a head: every name, what it means and how it is shown.

The one table behind frames, tables, curves, claims and exports. A score is an entry here
and a value where it is computed: in `objtui.engine.scoring.logit_scores` what follows from
logits and targets, in `objtui.engine.scoring.detection.scores` what follows from detections,
in `objtui.engine.scoring.evaluate` the rest.

A run file names the scores that it holds. They may be others than these: of a run that
another version recorded, or of a training loop with scores of its own. So whoever shows a run
goes by the names of the run, and asks `score_of` how to show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

SATURATED_P = 0.01
"""A score is saturated where p < SATURATED_P or p > 1 − SATURATED_P."""

SATURATED_LOGIT = 4.59511985013459
"""|z| from which p is saturated: ln 99."""

ECE_BINS = 15
"""Equal bins of p of the expected calibration error."""

Direction = Literal["higher", "lower", "nearest 1"]
"""Which value of a score is better."""

Group = Literal["quality", "calibration", "extremes", "gradients", "detection", "other"]
"""What a score is about."""

GROUPS: tuple[Group, ...] = get_args(Group)
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Score:
    """A score and how it is shown.

    Attributes:
        name: what files, claims, curves and `--json` call it.
        meaning: what it says, in one line for people.
        group: what it is about; "other" of a run's own.
        heading: what narrow columns call it, where that is another word than the name.
        direction: which value is better; None where none is.
        log: whether it falls by powers of ten, so that its curve begins on a log axis.
        constant: whether it is the same at every step, so that there is no curve of it.
        last_only: whether the last frame alone has it, so that there is none either.
        first: its place among the first columns of the dashboard's scores; None behind them.
        summary: its place in the table that ends a text report; None where it is not in it.
        decimals: digits behind the point, where a title has room for just so many.
    """

    name: str
    meaning: str
    group: Group = "other"
    heading: str = ""
    direction: Direction | None = None
    log: bool = False
    constant: bool = False
    last_only: bool = False
    first: int | None = None
    summary: int | None = None
    decimals: int = 3

    @property
    def label(self) -> str:
        """What the heads of columns call it, with the minus of ASCII."""
        return self.heading or self.name

    def shortfall(self, value: float) -> float:
        """Least for the best value: a key to sort by. Without a direction the most is first."""
        match self.direction:
            case "lower":
                return value
            case "nearest 1":
                return abs(value - 1)
            case _:
                return -value


SCORES: tuple[Score, ...] = (
    Score("loss", "the head's own training loss, on the evaluation rows", "quality", log=True),
    Score(
        "loss_floor",
        "the least that loss could be, given soft or smoothed targets",
        "quality",
        heading="floor",
        constant=True,
    ),
    Score("excess", "loss above its floor", "quality", log=True),
    Score(
        "nll",
        "log loss of p, the same measure for every head",
        "quality",
        direction="lower",
        log=True,
        first=0,
        summary=0,
    ),
    Score("brier", "mean squared error of p", "quality", direction="lower", log=True, summary=1),
    Score("auc", "area under the ROC curve, ranked by logits", "quality", direction="higher"),
    Score(
        "ap",
        "average precision, ranked by logits",
        "quality",
        direction="higher",
        first=1,
        summary=2,
    ),
    Score(
        "ap_p",
        "average precision, ranked by p in the run's number format: equal p are ties",
        "quality",
        heading="ap by p",
        direction="higher",
    ),
    Score(
        "base_rate",
        "share of positive rows: the AP of a random ranking",
        "quality",
        heading="base",
        constant=True,
    ),
    Score(
        "ece",
        "expected calibration error of p, 15 equal bins",
        "calibration",
        direction="lower",
        log=True,
        first=5,
        summary=4,
    ),
    Score(
        "temperature",
        "the T that minimises the log loss of z / T",
        "calibration",
        heading="T",
        direction="nearest 1",
        first=6,
    ),
    Score("saturated", "share of rows with p < 0.01 or p > 0.99", "extremes", heading="sat"),
    Score(
        "saturated_pos",
        "share of positives with p < 0.01 or p > 0.99",
        "extremes",
        heading="sat+",
        first=3,
        summary=5,
        decimals=2,
    ),
    Score(
        "saturated_neg",
        "share of negatives with p < 0.01 or p > 0.99",
        "extremes",
        heading="sat-",
        first=4,
        summary=6,
        decimals=2,
    ),
    Score("p_pos", "mean p of positives", "calibration", heading="p+"),
    Score("p_neg", "mean p of negatives", "calibration", heading="p-"),
    Score("z_pos", "mean logit of positives", "extremes", heading="z+"),
    Score("z_neg", "mean logit of negatives", "extremes", heading="z-"),
    Score("grad_pos", "mean size of dL/dz of positives", "gradients", heading="grad+", log=True),
    Score("grad_neg", "mean size of dL/dz of negatives", "gradients", heading="grad-", log=True),
    Score(
        "grad_share_neg",
        "the negatives' share of the summed size of dL/dz",
        "gradients",
        heading="grad- share",
    ),
    Score(
        "weight_norm",
        "norm of the last layer's weights of z, bias left out",
        "extremes",
        heading="|w|",
    ),
    Score(
        "grad_norm",
        "norm of the last step's gradient over all parameters",
        "gradients",
        heading="|grad|",
        log=True,
    ),
    Score("best_threshold", "threshold on p with the best F1", "calibration", heading="best p"),
    Score("f1", "F1 at that threshold", "quality", direction="higher"),
    Score("recall", "recall at p = 0.5", "quality", direction="higher"),
    Score("gap", "largest difference of z from the reference head", "quality", first=7, summary=7),
    Score("disagree", "share of rows on the other side of 0.5 than the reference head", "quality"),
)

SCORE_NAMES: tuple[str, ...] = tuple(score.name for score in SCORES)
"""What this version computes of every run, in the order of a frame's columns."""

DETECTION_SCORES: tuple[Score, ...] = (
    Score(
        "ap50",
        "COCO's AP of detections at an IoU of 0.5, ranked by logits",
        "detection",
        direction="higher",
        first=2,
        summary=3,
    ),
    Score("ap75", "COCO's AP of detections at an IoU of 0.75", "detection", direction="higher"),
    Score(
        "ap50_anchors",
        "AP50 of anchors as they are, their boxes undecoded",
        "detection",
        heading="ap50 anchors",
        direction="higher",
    ),
    Score(
        "recall50",
        "share of boxes that detections with p >= 0.5 hit",
        "detection",
        direction="higher",
    ),
    Score(
        "duplicates",
        "share of detections with p >= 0.5 on a box that is hit already",
        "detection",
        heading="dup",
        direction="lower",
    ),
    Score(
        "box_iou",
        "mean IoU of decoded positive anchors with their boxes",
        "detection",
        heading="box IoU",
        direction="higher",
    ),
    Score(
        "box_loss",
        "loss of the box offsets of positives",
        "detection",
        heading="box loss",
        log=True,
    ),
    Score(
        "reach",
        "share of boxes that any decoded box overlaps by 0.5: the most to be found",
        "detection",
        direction="higher",
    ),
)
"""Scores of a run whose backbone sees whole images, beside SCORES."""

DETECTION_SCORE_NAMES: tuple[str, ...] = tuple(score.name for score in DETECTION_SCORES)
"""Their names. None is defined where no evaluation image has a box."""

DETECTOR_SCORE_NAMES: tuple[str, ...] = (*SCORE_NAMES, *DETECTION_SCORE_NAMES)
"""What this version computes of a detector's run."""

CALIBRATION_SCORES: tuple[Score, ...] = (
    Score(
        "nll_held",
        "nll on the half of the rows that the calibration was not fitted on",
        heading="nll held",
        direction="lower",
        last_only=True,
        first=8,
    ),
    Score(
        "ece_held",
        "ece on that half",
        heading="ece held",
        direction="lower",
        last_only=True,
        first=8,
    ),
    Score("ap_held", "ap on that half", heading="ap held", direction="higher", last_only=True),
    Score(
        "nll_calibrated",
        "nll on that half, calibrated",
        heading="nll cal",
        direction="lower",
        last_only=True,
        first=0,
    ),
    Score(
        "ece_calibrated",
        "ece on that half, calibrated",
        heading="ece cal",
        direction="lower",
        last_only=True,
        first=5,
    ),
    Score(
        "ap_calibrated",
        "ap on that half, calibrated",
        heading="ap cal",
        direction="higher",
        last_only=True,
    ),
)
"""Scores of the last frame of a run that has a table [calibrate], beside the others."""

CALIBRATION_SCORE_NAMES: tuple[str, ...] = tuple(score.name for score in CALIBRATION_SCORES)

EVERY_SCORE_NAME: tuple[str, ...] = (*DETECTOR_SCORE_NAMES, *CALIBRATION_SCORE_NAMES)
"""Every name that there is, in the order of a frame's columns."""

OF_TRAINING = ("loss", "loss_floor", "excess", "weight_norm", "grad_norm")
"""Scores that logits and targets do not tell: NaN where logits were given."""

TRAINING_LOSS = Score("training_loss", "loss of the batches, of every step", "quality", log=True)
"""Drawn among the curves. It is recorded apart from the frames, so it is none of SCORES."""

_BY_NAME = {
    score.name: score for score in (*SCORES, *DETECTION_SCORES, *CALIBRATION_SCORES, TRAINING_LOSS)
}


def score_of(name: str) -> Score:
    """The score of a name; of one that is not in the table, a plain one without a direction."""
    return _BY_NAME.get(name) or Score(name, "a score of the run's own")


def joined_names(of_runs: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """The scores of several runs, each once: in the order of SCORES, others behind them."""
    names = list(dict.fromkeys(name for names in of_runs for name in names))
    return tuple(sorted(names, key=_position))


def column_names(names: Sequence[str]) -> tuple[str, ...]:
    """The scores of a run as the columns of the dashboard's table: `Score.first` first."""
    last = len(EVERY_SCORE_NAME)
    return tuple(sorted(names, key=lambda name: _place(score_of(name).first, last)))


def summary_names(names: Sequence[str]) -> tuple[str, ...]:
    """The scores of a run that are in the table of a text report: by `Score.summary`.

    Those that this version does not have come last: nobody has said that they matter less.
    """
    ranked = [name for name in names if score_of(name).summary is not None]
    own = [name for name in names if name not in _BY_NAME]
    return (*sorted(ranked, key=lambda name: _place(score_of(name).summary, 0)), *own)


def curve_names(names: Sequence[str]) -> tuple[str, ...]:
    """What the curve panel of a run goes through: its first column, the training loss, the rest.

    Scores that do not change over the steps, or have one value alone, are left out.
    """
    drawn = [name for name in column_names(names) if name != TRAINING_LOSS.name]
    first = drawn[:1]
    rest = [name for name in names if name in drawn[1:] and _is_curve(score_of(name))]
    return (*first, TRAINING_LOSS.name, *rest)


def _is_curve(score: Score) -> bool:
    return not (score.constant or score.last_only)


def _position(name: str) -> int:
    every = EVERY_SCORE_NAME
    return every.index(name) if name in every else len(every)


def _place(rank: int | None, otherwise: int) -> int:
    return otherwise if rank is None else rank
