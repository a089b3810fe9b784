"""Which detections of an image hit an object: the matching of COCO's evaluation.

As in pycocotools.cocoeval: detections go by falling score, and each takes the object not yet taken
that it overlaps most, the last of equal ones, where their IoU reaches the threshold. One that takes
none and lies in a crowd, by the share of its own area, is ignored: neither right nor wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.engine.data.images.anchors import Boxes

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Matches:
    """What became of detections, (thresholds, members, detections) each.

    Attributes:
        hit: took an object.
        ignored: took none, but lies in a crowd.
        duplicate: neither, and reaches an object that was taken before.
        taken: the number of the object that a hit took; −1 of others.
    """

    hit: Flags
    ignored: Flags
    duplicate: Flags
    taken: npt.NDArray[np.int32]


def match(detections: Floats, objects: Boxes, crowds: Boxes, thresholds: Floats) -> Matches:
    """Match the detections of every member on an image.

    Args:
        detections: left, top, right, bottom, best first, (members, detections, 4).
        objects, crowds: (objects, 4) and (crowds, 4).
        thresholds: IoU from which on a detection hits, above 0: (thresholds,).
    """
    members, count = detections.shape[:2]
    least = thresholds[:, None, None]
    overlap = overlaps(detections, objects)  # (members, detections, objects)
    hit = np.zeros((len(thresholds), members, count), np.bool_)
    objects_taken = np.full(hit.shape, -1, np.int32)
    if len(objects):
        # Objects backwards: the first of the largest is the last in their order.
        reached = np.where(overlap >= least[..., None], overlap, 0)[..., ::-1]
        reached = reached.reshape(len(thresholds) * members, count, len(objects))
        rows = np.arange(len(reached))  # of a threshold and a member each
        free = np.ones((len(rows), len(objects)), np.bool_)
        numbers = objects_taken.reshape(len(rows), count)
        for place, taken in enumerate(hit.reshape(len(reached), count).T):
            shares = reached[:, place] * free
            best = shares.argmax(-1)
            np.greater(shares[rows, best], 0, out=taken)
            free[rows[taken], best[taken]] = False
            numbers[taken, place] = len(objects) - 1 - best[taken]
    within = overlaps(detections, crowds, of_crowds=True).max(-1, initial=0)
    ignored = ~hit & (within >= least)
    reaching = overlap.max(-1, initial=0) >= least
    return Matches(hit, ignored, ~hit & ~ignored & reaching, objects_taken)


def overlaps(boxes: Floats, others: Boxes, *, of_crowds: bool = False) -> Floats:
    """IoU of every box with every other one, (…, boxes, 4) and (others, 4) → (…, boxes, others);
    where others are (boxes, others, 4), each box has its own.

    `of_crowds`: the share of the box that lies in the other one, in the place of IoU.
    """
    own = boxes[..., None, :]
    sides = np.minimum(own[..., 2:], others[..., 2:]) - np.maximum(own[..., :2], others[..., :2])
    shared = np.maximum(sides[..., 0], 0) * np.maximum(sides[..., 1], 0)
    whole = np.broadcast_to(_areas(boxes)[..., None], shared.shape)
    if not of_crowds:
        whole = whole + _areas(others) - shared
    shares: Floats = np.divide(shared, whole, out=np.zeros_like(shared), where=shared > 0)
    return shares


def _areas(boxes: Floats) -> Floats:
    areas: Floats = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    return areas
