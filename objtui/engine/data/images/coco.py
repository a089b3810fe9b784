"""Source `coco`: images with COCO boxes, turned into dense anchors."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images.anchor_rows import AnchorRules, Picture, Pixels, build_anchor_rows
from objtui.engine.data.images.anchors import Boxes
from objtui.engine.data.images.coco_json import AnnotatedImage, Box, read_annotations
from objtui.engine.data.images.images import image_pixels, quiet_pillow
from objtui.scenario.schema import CocoData, ImageSet
from objtui.session import ProgressListener


def build(
    data: CocoData, base: Path, precision: torch.dtype, progress: ProgressListener
) -> Dataset:
    """A row for every anchor of every image; images without boxes are all negatives.

    Where some images are colour, grey ones become colour: the same value thrice.
    Every file is checked before any image is decoded. Raises DataError where an
    annotation file or an image is missing, damaged or contradicts another.
    """
    with quiet_pillow():
        return _build(data, base, precision, progress)


def _build(
    data: CocoData, base: Path, precision: torch.dtype, progress: ProgressListener
) -> Dataset:
    train = _annotated(data.train, base, data.category)
    val = None if data.val is None else _annotated(data.val, base, data.category)
    channels = max(image.shape.channels for image in (*train, *(val or ())))
    rules = AnchorRules(data.anchors, data.objectness, data.crop)
    train_pictures = [_picture(image, channels) for image in train]
    val_pictures = None if val is None else [_picture(image, channels) for image in val]
    return build_anchor_rows(train_pictures, val_pictures, rules, precision, progress)


def _annotated(images: ImageSet, base: Path, category: str | None) -> list[AnnotatedImage]:
    return read_annotations(base / images.annotations, base / images.images, category)


def _picture(image: AnnotatedImage, channels: int) -> Picture:
    return Picture(
        width=image.shape.width,
        height=image.shape.height,
        channels=channels,
        boxes=_array(image.boxes),
        crowds=_array(image.crowds),
        pixels=partial(_pixels, image.path, channels),
    )


def _pixels(path: Path, channels: int, dtype: np.dtype[Any]) -> Pixels:
    """The pixels of an image in so many channels, those of a grey one repeated."""
    pixels = image_pixels(path, dtype)
    return pixels if pixels.shape[2] == channels else np.repeat(pixels, channels, axis=2)


def _array(boxes: list[Box]) -> Boxes:
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)
