"""From annotated images to rows: what the sources `coco` and `yolo` share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images.anchor_reach import Scene
from objtui.engine.data.images.anchor_rows import AnchorRules, Picture, Pixels, build_anchor_rows
from objtui.engine.data.images.anchors import Boxes
from objtui.engine.data.images.annotation_box import Box
from objtui.engine.data.images.box_frames import AnnotatedImage, Annotations
from objtui.engine.data.images.categories import require_boxes, several_notice
from objtui.engine.data.images.images import image_pixels
from objtui.session import ProgressListener


def build_annotated(
    train: Annotations,
    val: Annotations | None,
    rules: AnchorRules,
    precision: torch.dtype,
    progress: ProgressListener,
) -> Dataset:
    """A row for every anchor of every image; images without boxes are all negatives.

    Where some images are colour, grey ones become colour: the same value thrice. Raises
    DataError where the chosen category has no training box, or an image is damaged.
    """
    notices = [*train.notices, *(val.notices if val is not None else ())]
    if train.chosen is not None:
        require_boxes(train.chosen, train.counts, train.where)
    elif several := several_notice(train.counts):
        notices.append(several)
    channels = max(
        image.shape.channels for image in (*train.images, *(val.images if val is not None else ()))
    )
    dataset = build_anchor_rows(
        pictures_of(train.images, channels),
        None if val is None else pictures_of(val.images, channels),
        rules,
        precision,
        progress,
    )
    return replace(dataset, notices=(*notices, *dataset.notices))


def annotated_scenes(images: Sequence[AnnotatedImage]) -> list[Scene]:
    """Size and boxes of every image, which is all that anchors are fitted by."""
    return [(each.shape.width, each.shape.height, _array(each.boxes)) for each in images]


def pictures_of(images: Sequence[AnnotatedImage], channels: int) -> list[Picture]:
    """The images as pictures of so many channels."""
    return [_picture(image, channels) for image in images]


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
