"""Source `coco`: images with COCO boxes, turned into dense anchors."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from objtui.datafiles.files import quoted, shown
from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images.anchor_rows import AnchorRules, Picture, Pixels, build_anchor_rows
from objtui.engine.data.images.anchors import Boxes
from objtui.engine.data.images.annotation_box import Box
from objtui.engine.data.images.box_frames import AnnotatedImage
from objtui.engine.data.images.coco_json import Annotations, read_annotations
from objtui.engine.data.images.images import image_pixels, quiet_pillow
from objtui.errors import DataError
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
    of_train = _annotations(data.train, base, data.category, "train")
    of_val = None if data.val is None else _annotations(data.val, base, data.category, "val")
    train, val = of_train.images, None if of_val is None else of_val.images
    notices = [*of_train.notices, *(of_val.notices if of_val is not None else ())]
    if data.category is not None:
        _require_category(data.category, of_train.counts, base / data.train.annotations)
    channels = max(image.shape.channels for image in (*train, *(val or ())))
    rules = AnchorRules(data.anchors, data.objectness, data.crop)
    train_pictures = [_picture(image, channels) for image in train]
    val_pictures = None if val is None else [_picture(image, channels) for image in val]
    dataset = build_anchor_rows(train_pictures, val_pictures, rules, precision, progress)
    return replace(dataset, notices=(*notices, *dataset.notices))


def _annotations(images: ImageSet, base: Path, category: str | None, part: str) -> Annotations:
    return read_annotations(base / images.annotations, base / images.images, category, part)


def _require_category(category: str, counts: Counter[str], path: Path) -> None:
    """Raise DataError where the category has no boxes in the training file, but others have."""
    if counts[category] or not counts:
        return
    raise DataError(
        f"{shown(path)}: no box is of category {quoted(category)}; there are boxes of "
        f"{_with_counts(counts)}: name one of these, or leave data.category out to take all "
        "as one",
        ("data", "category"),
    )


def _with_counts(counts: Counter[str]) -> str:
    """Names with their counts, most first: `'nucleus' (25), 'cell' (3)`."""
    few = ", ".join(f"{quoted(name)} ({count})" for name, count in counts.most_common(10))
    return few + (", …" if len(counts) > 10 else "")


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
