"""Average precision of detections as COCO defines it, at one IoU, over all sizes of objects."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from objtui.engine.scoring.detection.matching import Flags, Floats

RECALLS: Floats = np.linspace(0, 1, 101)
"""Recalls that precision is averaged over."""


def average_precision(hit: Flags, ignored: Flags, logits: Floats, objects: int) -> Floats:
    """The mean, over RECALLS, of the best precision at that recall or a higher one.

    To the last digit that of pycocotools.cocoeval, whose formulas stand here: a recall takes the
    precision of the first detection that reaches it, 0 where none does. Detections of all images
    are ranked by logit, equal ones in their order.

    Args:
        hit, ignored: (…, members, detections), those of all images in turn. Ignored ones, which
            are no hits, change nothing.
        logits: (members, detections).
        objects: of all images.
    Returns:
        (…, members): NaN without objects, 0 without detections.
    """
    if not objects:
        return np.full(hit.shape[:-1], np.nan)
    order = np.broadcast_to(np.argsort(-logits, axis=-1, kind="stable"), hit.shape)
    right = np.take_along_axis(hit, order, -1).cumsum(-1, dtype=np.float64)
    wrong = np.take_along_axis(~hit & ~ignored, order, -1).cumsum(-1, dtype=np.float64)
    precision = right / (wrong + right + np.spacing(1))
    best = np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]
    best = np.concatenate([best, np.zeros((*best.shape[:-1], 1))], axis=-1)
    at = _first_reaching(right / objects)
    mean: Floats = np.take_along_axis(best, at, -1).mean(-1)
    return mean


def _first_reaching(recall: Floats) -> npt.NDArray[np.int64]:
    """For each of RECALLS the first detection that reaches it; their number where none does."""
    rows = recall.reshape(math.prod(recall.shape[:-1]), recall.shape[-1])
    places = np.array([row.searchsorted(RECALLS) for row in rows], np.int64)
    return places.reshape(*recall.shape[:-1], len(RECALLS))
