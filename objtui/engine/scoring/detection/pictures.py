"""Detections on sample pictures, as frames keep them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from objtui.engine.data.images.image_set import DetectorImages
from objtui.engine.scoring.detection.detections import Detections
from objtui.measures.detections import MAX_SHOWN, PictureDetections
from objtui.runfile.records import MAX_PICTURES, SamplePicture


@dataclass(frozen=True, eq=False, slots=True)
class DetectionResults:
    """What is detected on the evaluation images.

    Attributes:
        scores: by name, (members,) each.
        pictures: the best detections on the first of them.
    """

    scores: dict[str, Tensor]
    pictures: PictureDetections


def sample_pictures(images: DetectorImages) -> tuple[SamplePicture, ...]:
    """Name and size of the first evaluation images."""
    return tuple(
        SamplePicture(each.name.encode(errors="replace").decode(), each.size[1], each.size[0])
        for each in images.evaluation[:MAX_PICTURES]
    )


def picture_detections(images: Sequence[Detections], order: Sequence[int]) -> PictureDetections:
    """The best detections of the first seed on each of these images.

    Args:
        images: detections of members, which are heads of the first seed, then of others.
        order: for each head as members count them its position in the scenario.
    """
    shape = len(order), len(images), MAX_SHOWN
    boxes = np.zeros((*shape, 4), np.int16)
    logits = np.full(shape, np.nan, np.float32)
    hits = np.zeros(shape, np.bool_)
    for number, image in enumerate(images):
        best = slice(min(MAX_SHOWN, image.logits.shape[1]))
        for member, head in enumerate(order):
            corners, z = image.boxes[member, best], image.logits[member, best]
            rounded = np.rint(corners).clip(0, np.iinfo(np.int16).max)
            boxes[head, number, best, :2] = rounded[:, :2]
            boxes[head, number, best, 2:] = rounded[:, 2:] - rounded[:, :2]
            logits[head, number, best] = np.where(np.isfinite(z), z, np.nan)
            hits[head, number, best] = image.matches.hit[0, member, best]
    return PictureDetections(boxes, logits, hits)
