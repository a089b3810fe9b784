"""Source `coco`: images with COCO boxes, turned into dense anchors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from objtui.engine.data.images.annotated import annotated_pictures
from objtui.engine.data.images.box_frames import Annotations
from objtui.engine.data.images.coco_json import read_annotations
from objtui.engine.data.images.images import quiet_pillow
from objtui.engine.data.images.pictures import Pictures
from objtui.engine.data.images.used_images import used_images
from objtui.scenario.schema import CocoData, ImageSet


def read_pictures(data: CocoData, base: Path) -> Pictures:
    """The images with their boxes.

    Every file is checked before any image is decoded. Raises DataError where an
    annotation file or an image is missing, damaged or contradicts another.
    """
    with quiet_pillow():
        return annotated_pictures(*read_parts(data, base))


def read_parts(data: CocoData, base: Path) -> tuple[Annotations, Annotations | None]:
    """The images that are used, with their boxes; DataError as `build`."""
    train = _annotations(data.train, base, data.category, "train")
    val = None if data.val is None else _annotations(data.val, base, data.category, "val")
    parts = used_images(train.images, None if val is None else val.images, data)
    notices = (*train.notices, *parts.notices)
    held_out = val or replace(train, notices=())
    return replace(train, images=parts.train, notices=notices), (
        None if parts.val is None else replace(held_out, images=parts.val)
    )


def _annotations(
    images: ImageSet, base: Path, category: str | int | None, part: str
) -> Annotations:
    return read_annotations(base / images.annotations, base / images.images, category, part)
