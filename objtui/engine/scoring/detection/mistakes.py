"""The worst mistakes of every head over all evaluation images, with crops that show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from objtui.engine.data.images.anchors import Boxes
from objtui.engine.data.images.image_set import AnchorImage
from objtui.engine.scoring.detection.detections import THRESHOLDS, Detections
from objtui.engine.scoring.detection.matching import Floats, overlaps
from objtui.measures.mistakes import CROP_SIDE, MAX_MISTAKES, Mistake, MistakeKind, Mistakes

AROUND = 2.0
"""A crop is so many times as wide as the longer side of its box, so that one sees where it is."""

MIN_REGION = 16
"""Pixels of the picture that a crop shows at least, across and down."""

_PLACES = np.iinfo(np.int16)

_Ranked = tuple[float, float, AnchorImage, Floats]
"""A logit, a number that decides between equal ones, and a box of an image; the worst is least."""


def worst_mistakes(
    images: Sequence[AnchorImage], detections: Sequence[Detections], order: Sequence[int]
) -> Mistakes:
    """Of the first seed.

    Args:
        detections: on each of the images, of members, which are heads of the first seed, then of
            others.
        order: for each head as members count them its position in the scenario.
    """
    heads: list[list[Mistake]] = [[] for _ in order]
    for member, head in enumerate(order):
        alarms: list[_Ranked] = []
        missed: list[_Ranked] = []
        for image, each in zip(images, detections, strict=True):
            alarms = _worst([*alarms, *_false_alarms(image, each, member)])
            missed = _worst([*missed, *_missed(image, each, member)])
        heads[head] = [
            *(_mistake("false alarm", image, box, -rank) for rank, _, image, box in alarms),
            *(_mistake("missed", image, box, rank) for rank, _, image, box in missed),
        ]
    return Mistakes.of(heads)


def _worst(ranked: list[_Ranked]) -> list[_Ranked]:
    return sorted(ranked, key=lambda each: each[:2])[:MAX_MISTAKES]


def _false_alarms(image: AnchorImage, found: Detections, member: int) -> Iterator[_Ranked]:
    """Detections at p ≥ 0.5 that hit nothing, outside of crowds; duplicates are among them."""
    matches = found.matches
    wrong = found.likely[member] & ~matches.hit[0, member] & ~matches.ignored[0, member]
    for at in np.flatnonzero(wrong)[:MAX_MISTAKES]:
        yield -float(found.logits[member, at]), 0.0, image, found.boxes[member, at]


def _missed(image: AnchorImage, found: Detections, member: int) -> Iterator[_Ranked]:
    """Objects that no detection at p ≥ 0.5 hits; without any detection the largest are first."""
    best = best_logits(found.boxes[member], found.logits[member], image.boxes)
    sides = image.boxes[:, 2:] - image.boxes[:, :2]
    for at in np.flatnonzero(best < 0):
        yield float(best[at]), -float(sides[at].prod()), image, image.boxes[at]


def best_logits(boxes: Floats, logits: Floats, objects: Boxes) -> Floats:
    """The logit of the detection that takes each object, by the matching of `match`.

    Args:
        boxes: best first, (detections, 4).
        logits: (detections,).
    Returns:
        (objects,): −inf where none takes it.
    """
    best = np.full(len(objects), -np.inf)
    if not len(objects):
        return best
    shares = overlaps(boxes, objects)  # (detections, objects)
    for share, logit in zip(shares, logits, strict=True):
        open_ones = np.where(np.isneginf(best) & (share >= THRESHOLDS[0]), share, 0.0)
        at = len(objects) - 1 - int(open_ones[::-1].argmax())  # the last of equal ones
        if open_ones[at] > 0:
            best[at] = logit
    return best


def _mistake(kind: MistakeKind, image: AnchorImage, corners: Floats, logit: float) -> Mistake:
    left, top, right, bottom = corners.tolist()
    side = max(AROUND * max(right - left, bottom - top), MIN_REGION)
    region = round((left + right - side) / 2), round((top + bottom - side) / 2), round(side)
    column, row, side = region
    return Mistake(
        kind,
        image.name,
        _rounded(left, top, right - left, bottom - top),
        logit if np.isfinite(logit) else np.nan,
        _rounded(column, row, side, side),
        _crop(image, column, row, side),
    )


def _crop(image: AnchorImage, column: int, row: int, side: int) -> npt.NDArray[np.uint8]:
    """A square of an image, black beyond its edges: (CROP_SIDE, CROP_SIDE, 3)."""
    pixels = image.pixels
    if len(pixels) not in (1, 3):
        pixels = pixels.mean(axis=0, keepdims=True).astype(np.uint8)
    size = CROP_SIDE, CROP_SIDE
    planes = [
        np.asarray(
            Image.fromarray(plane)
            .crop((column, row, column + side, row + side))
            .resize(size, Image.Resampling.BILINEAR)
        )
        for plane in pixels
    ]
    return np.broadcast_to(np.stack(planes, axis=-1), (*size, 3))


def _rounded(*values: float) -> tuple[int, int, int, int]:
    left, top, width, height = (
        min(max(round(value), int(_PLACES.min)), int(_PLACES.max)) for value in values
    )
    return left, top, width, height
