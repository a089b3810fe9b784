"""Detections on sample pictures, as frames keep them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from torch import Tensor

from objtui.engine.data.images.anchors import Boxes
from objtui.engine.data.images.image_set import AnchorImage, Bytes, DetectorImages
from objtui.engine.scoring.detection.detections import Detections
from objtui.measures.all_detections import AllDetections
from objtui.measures.detections import MAX_OBJECTS, MAX_SHOWN, PictureDetections
from objtui.measures.mistakes import Mistakes
from objtui.measures.pictures import MAX_BOXES, MAX_SIDE, PictureContent
from objtui.measures.pictures import Boxes as KeptBoxes
from objtui.runfile.records import MAX_PICTURES, SamplePicture


@dataclass(frozen=True, eq=False, slots=True)
class DetectionResults:
    """What is detected on the evaluation images.

    Attributes:
        scores: by name, (members,) each.
        pictures: the best detections on the first of them.
        mistakes: the worst on all of them, where they were asked for.
        every: all on all of them, likewise.
    """

    scores: dict[str, Tensor]
    pictures: PictureDetections
    mistakes: Mistakes | None = None
    every: AllDetections | None = None


def sample_pictures(images: DetectorImages) -> tuple[SamplePicture, ...]:
    """Name and size of the first evaluation images."""
    return tuple(
        SamplePicture(each.name.encode(errors="replace").decode(), each.size[1], each.size[0])
        for each in images.evaluation[:MAX_PICTURES]
    )


def picture_contents(images: DetectorImages) -> tuple[PictureContent, ...]:
    """What the first evaluation images show, small."""
    return tuple(_content(each) for each in images.evaluation[:MAX_PICTURES])


def _content(image: AnchorImage) -> PictureContent:
    boxes, crowds = (_kept(corners[:MAX_BOXES]) for corners in (image.boxes, image.crowds))
    return PictureContent(_small(image.pixels), boxes, crowds)


def _kept(corners: Boxes) -> KeptBoxes:
    """Left, top, width and height."""
    return np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]]).astype(np.float32)


def _small(pixels: Bytes) -> Bytes:
    """An image (channels, height, width) as (rows, columns, 1 or 3), within MAX_SIDE."""
    if len(pixels) not in (1, 3):
        pixels = pixels.mean(axis=0, keepdims=True).astype(np.uint8)
    _, height, width = pixels.shape
    scale = min(1.0, MAX_SIDE / max(height, width))
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    planes = [
        np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX)) for plane in pixels
    ]
    return np.stack(planes, axis=-1)


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
    totals = np.zeros((*shape[:2], 2), np.int32)
    objects = np.zeros((*shape[:2], MAX_OBJECTS), np.bool_)
    for number, image in enumerate(images):
        best = slice(min(MAX_SHOWN, image.logits.shape[1]))
        for member, head in enumerate(order):
            corners, z = image.boxes[member, best], image.logits[member, best]
            rounded = np.rint(corners).clip(0, np.iinfo(np.int16).max)
            boxes[head, number, best, :2] = rounded[:, :2]
            boxes[head, number, best, 2:] = rounded[:, 2:] - rounded[:, :2]
            logits[head, number, best] = np.where(np.isfinite(z), z, np.nan)
            hit, ignored = image.matches.hit[0, member], image.matches.ignored[0, member]
            hits[head, number, best] = hit[best]
            likely = image.likely[member]
            totals[head, number] = (likely & hit).sum(), (likely & ~hit & ~ignored).sum()
            taken = image.matches.taken[0, member][likely & hit]
            objects[head, number, taken[taken < MAX_OBJECTS]] = True
    return PictureDetections(boxes, logits, hits, totals, objects)
