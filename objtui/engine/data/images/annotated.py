"""Pictures of annotated images: what the sources `coco` and `yolo` share."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from objtui.engine.data.images.anchors import Boxes
from objtui.engine.data.images.annotation_box import Box
from objtui.engine.data.images.box_frames import AnnotatedImage, Annotations
from objtui.engine.data.images.categories import require_boxes, several_notice
from objtui.engine.data.images.images import image_pixels
from objtui.engine.data.images.pictures import Picture, Pictures, Pixels


def annotated_pictures(train: Annotations, val: Annotations | None) -> Pictures:
    """The images of a data set; those without boxes are background.

    Where some images are colour, grey ones become colour: the same value thrice. Raises
    DataError where the chosen category has no training box.
    """
    notices = [*train.notices, *(val.notices if val is not None else ())]
    if train.chosen is not None:
        require_boxes(train.chosen, train.counts, train.where)
    elif several := several_notice(train.counts):
        notices.append(several)
    every = (*train.images, *(val.images if val is not None else ()))
    channels = max(image.shape.channels for image in every)
    return Pictures(
        [_picture(image, channels) for image in train.images],
        None if val is None else [_picture(image, channels) for image in val.images],
        tuple(notices),
        train.category if val is None else val.category,
    )


def _picture(image: AnnotatedImage, channels: int) -> Picture:
    return Picture(
        width=image.shape.width,
        height=image.shape.height,
        channels=channels,
        boxes=_array(image.boxes),
        crowds=_array(image.crowds),
        pixels=partial(_pixels, image.path, channels),
        name=image.name,
        identity=image.identity,
    )


def _pixels(path: Path, channels: int, dtype: np.dtype[Any]) -> Pixels:
    """The pixels of an image in so many channels, those of a grey one repeated."""
    pixels = image_pixels(path, dtype)
    return pixels if pixels.shape[2] == channels else np.repeat(pixels, channels, axis=2)


def _array(boxes: list[Box]) -> Boxes:
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)
