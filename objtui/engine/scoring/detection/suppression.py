"""Greedy non-maximum suppression, of all members of a population at once.

Boxes are ranked where they are. Picking goes box after box with small operations, which are
called fastest in numpy, so the candidates alone go there.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from torch import Tensor

from objtui.engine.scoring.detection.matching import Flags, Floats
from objtui.scenario.schema import Detect

Places = npt.NDArray[np.int64]

MIN_UNION = 1e-12
"""Two boxes that were clipped to nothing do not overlap: their IoU is 0, not 0 / 0."""

_BLOCK = 512
"""Candidates among which boxes are picked at once: most detections are among the first."""


def suppress(boxes: Tensor, logits: Tensor, detect: Detect) -> Places:
    """The detections of an image: of the boxes left, the best stays, and what it overlaps goes.

    Boxes go by falling logit, equal ones in their order; only the first `detect.candidates` are
    looked at. A box goes where its IoU with one that stays is above `detect.nms_iou`.

    Args:
        boxes: left, top, right, bottom, (sets · members, anchors, 4): members may have several
            sets of boxes, one set of all members after the other.
        logits: (members, anchors).
    Returns:
        Places among the anchors, best first, (sets · members, detections): as many as the fullest
        has, at most `detect.most`; −1 behind the last of one that has fewer.
    """
    order = logits.sort(dim=-1, descending=True, stable=True).indices[:, : detect.candidates]
    order = order.repeat(len(boxes) // len(logits), 1)
    candidates = boxes.gather(1, order[..., None].expand(-1, -1, 4)).movedim(-1, 0)
    picks = _pick(np.ascontiguousarray(candidates.cpu().double().numpy()), detect)
    places: Places = np.take_along_axis(order.cpu().numpy(), picks.clip(0), axis=1)
    return np.where(picks >= 0, places, -1)


def _pick(corners: Floats, detect: Detect) -> Places:
    """Places among candidates, (4, members, candidates), best first: as of `suppress`."""
    _, members, candidates = corners.shape
    picks: Places = np.full((members, detect.most), -1)
    counts = np.zeros(members, np.int64)
    for start in range(0, candidates, _BLOCK):
        going_on = np.flatnonzero(counts < detect.most)
        if not len(going_on):
            break
        block = corners[:, going_on, start : start + _BLOCK]
        stay = corners[:, going_on[:, None], picks[going_on, : counts[going_on].max()]]
        picked = np.arange(stay.shape[2]) < counts[going_on, None]
        left: Flags = ~_overlapped(block, stay, picked, detect)
        rows = np.arange(len(going_on))
        while True:
            best = left.argmax(-1)  # the first that is left
            some = left[rows, best].nonzero()[0]
            if not len(some):
                break
            members_of = going_on[some]
            picks[members_of, counts[members_of]] = best[some] + start
            counts[members_of] += 1
            left &= _iou(block, block[:, rows, best, None]) <= detect.nms_iou
            left[rows, best] = False
            left[counts[going_on] >= detect.most] = False
    return picks[:, : counts.max(initial=0)]


def _overlapped(block: Floats, stay: Floats, picked: Flags, detect: Detect) -> Flags:
    """Which candidates (4, members, candidates) go for those that stay (4, members, picks)."""
    shares = _iou(stay[..., None], block[:, :, None])  # (members, picks, candidates)
    overlapped: Flags = np.any((shares > detect.nms_iou) & picked[..., None], axis=1)
    return overlapped


def _iou(boxes: Floats, others: Floats) -> Floats:
    """IoU of boxes with others, (4, …) each, which broadcast."""
    left, top = (np.maximum(boxes[side], others[side]) for side in (0, 1))
    right, bottom = (np.minimum(boxes[side], others[side]) for side in (2, 3))
    shared = np.maximum(right - left, 0) * np.maximum(bottom - top, 0)
    union = _areas(boxes) + _areas(others) - shared
    shares: Floats = shared / np.maximum(union, MIN_UNION)
    return shares


def _areas(boxes: Floats) -> Floats:
    areas: Floats = (boxes[2] - boxes[0]) * (boxes[3] - boxes[1])
    return areas
