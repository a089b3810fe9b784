"""The scores of detections: average precision, and what bounds and explains it.

`objtui.measures.scores.DETECTION_SCORES` says what each means. Images are added one after the
other, since boxes of all anchors of all images would take much memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from objtui.engine.model.box_loss import offset_loss
from objtui.engine.scoring.detection.average_precision import average_precision
from objtui.engine.scoring.detection.detections import THRESHOLDS, Detections, detect_objects
from objtui.engine.scoring.detection.matching import Flags, Floats, overlaps
from objtui.engine.scoring.detection.truth import ImageTruth
from objtui.scenario.schema import Detect


@dataclass(frozen=True, eq=False, slots=True)
class ImageScores:
    """What an image adds to the scores.

    Attributes:
        detections: of decoded boxes.
        of_anchors: of the anchors as they are.
        reached: objects that any decoded box reaches, (members,).
        iou: summed over positives, (members,).
        box_loss: likewise; NaN where there are no offsets.
    """

    detections: Detections
    of_anchors: Detections
    reached: Floats
    iou: Floats
    box_loss: Floats


def score_image(
    truth: ImageTruth, logits: Tensor, boxes: Tensor, offsets: Tensor | None, detect: Detect
) -> ImageScores:
    """What members make of an image, by its anchors inside.

    Args:
        logits: (members, anchors).
        boxes: decoded, (members, anchors, 4).
        offsets: (members, anchors, 4); None without boxes, where `boxes` are the anchors.
    """
    own = truth.own.to(boxes)[None]
    members = len(logits)
    loss = np.full(members, np.nan)
    if offsets is None:
        anchors = own.expand(members, -1, -1)
        detections = of_anchors = detect_objects(anchors, logits, truth, detect)
    else:  # both at once: that is cheaper
        both = torch.cat([boxes, own.expand_as(boxes)])
        detections, of_anchors = detect_objects(both, logits, truth, detect).split(members)
        places = truth.positive.to(offsets.device)
        errors = offset_loss(offsets[:, places].cpu().double(), truth.goals.expand(members, -1, -1))
        loss = errors.sum(-1).numpy()
    decoded = (own if offsets is None else boxes).cpu().double().numpy()
    iou = overlaps(decoded[:, truth.positive.numpy()], truth.goal_boxes[:, None]).sum((-1, -2))
    reached = np.array([_reached(each, truth) for each in decoded], np.float64)
    return ImageScores(
        detections,
        of_anchors,
        np.broadcast_to(reached, members),
        np.broadcast_to(iou, members),
        loss,
    )


def detection_scores(
    truths: Sequence[ImageTruth], images: Sequence[ImageScores]
) -> dict[str, Tensor]:
    """The scores over all images, by name: (members,) each."""
    objects = sum(len(each.objects) for each in truths)
    positives = sum(len(each.positive) for each in truths)
    ours = [each.detections for each in images]
    ap50, ap75 = _average_precision(ours, objects)
    ap50_anchors, _ = _average_precision([each.of_anchors for each in images], objects)
    hits = _count(each.matches.hit[0] & each.likely for each in ours)
    duplicates = _count(each.matches.duplicate[0] & each.likely for each in ours)
    judged = _count(~each.matches.ignored[0] & each.likely for each in ours)
    values = {
        "ap50": ap50,
        "ap75": ap75,
        "ap50_anchors": ap50_anchors,
        "recall50": _share(hits, objects),
        "duplicates": duplicates / np.maximum(judged, 1) if objects else _share(judged, 0),
        "box_iou": _share(np.sum([each.iou for each in images], axis=0), positives),
        "box_loss": _share(np.sum([each.box_loss for each in images], axis=0), positives),
        "reach": _share(np.sum([each.reached for each in images], axis=0), objects),
    }
    return {name: torch.from_numpy(value) for name, value in values.items()}


def _reached(boxes: Floats, truth: ImageTruth) -> int:
    """How many objects any of these boxes, (anchors, 4), overlaps by THRESHOLDS[0]."""
    # A box that shares so much with an object has its middle in it.
    column, row = ((boxes[:, :2] + boxes[:, 2:]) / 2 // truth.stride).T.astype(np.int64)
    nearby = truth.nearby[row, column]  # (anchors, most)
    box, place = (nearby >= 0).nonzero()
    number = nearby[box, place]
    shares = overlaps(boxes[box], truth.objects[number][:, None])[:, 0]
    return len(np.unique(number[shares >= THRESHOLDS[0]]))


def _average_precision(images: Sequence[Detections], objects: int) -> Floats:
    """AP at each of THRESHOLDS, (thresholds, members)."""
    return average_precision(
        np.concatenate([each.matches.hit for each in images], axis=-1),
        np.concatenate([each.matches.ignored for each in images], axis=-1),
        np.concatenate([each.logits for each in images], axis=-1),
        objects,
    )


def _count(flags: Iterable[Flags]) -> Floats:
    """How many are set over all images, (members, detections) each: (members,)."""
    counts: Floats = np.sum([each.sum(-1) for each in flags], axis=0, dtype=np.float64)
    return counts


def _share(part: Floats, whole: int) -> Floats:
    return part / whole if whole else np.full_like(part, np.nan)
