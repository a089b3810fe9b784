"""Source `coco`: images with COCO boxes, turned into dense anchors."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import torch

from objtui.engine.data.anchor_rows import AnchorRules, Picture, build_anchor_rows
from objtui.engine.data.anchors import Boxes
from objtui.engine.data.coco_json import AnnotatedImage, Box, read_annotations
from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images import image_pixels
from objtui.errors import DataError
from objtui.scenario.schema import CocoData, ImageSet


def build(data: CocoData, base: Path, precision: torch.dtype) -> Dataset:
    """A row for every anchor of every image; images without boxes are all negatives.

    Every file is checked before any image is decoded. Raises DataError where an
    annotation file or an image is missing, damaged or contradicts another.
    """
    train = _pictures(data.train, base, data.category)
    val = None if data.val is None else _pictures(data.val, base, data.category)
    if val is not None and val[0].channels != train[0].channels:
        raise DataError(
            f"training images have {train[0].channels} and validation images {val[0].channels} "
            "channels; all must be grey, or all colour"
        )
    rules = AnchorRules(data.anchors, data.objectness, data.crop)
    return build_anchor_rows(train, val, rules, precision)


def _pictures(images: ImageSet, base: Path, category: str | None) -> list[Picture]:
    annotated = read_annotations(base / images.annotations, base / images.images, category)
    return [_picture(each) for each in annotated]


def _picture(image: AnnotatedImage) -> Picture:
    return Picture(
        width=image.shape.width,
        height=image.shape.height,
        channels=image.shape.channels,
        boxes=_array(image.boxes),
        crowds=_array(image.crowds),
        pixels=partial(image_pixels, image.path),
    )


def _array(boxes: list[Box]) -> Boxes:
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)
