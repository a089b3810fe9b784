"""Source `coco`: images with COCO boxes, turned into dense anchors."""

from __future__ import annotations

from pathlib import Path

from objtui.engine.data.images.annotated import annotated_pictures
from objtui.engine.data.images.box_frames import Annotations
from objtui.engine.data.images.coco_json import read_annotations
from objtui.engine.data.images.images import quiet_pillow
from objtui.engine.data.images.pictures import Pictures
from objtui.scenario.schema import CocoData, ImageSet


def read_pictures(data: CocoData, base: Path) -> Pictures:
    """The images with their boxes.

    Every file is checked before any image is decoded. Raises DataError where an
    annotation file or an image is missing, damaged or contradicts another.
    """
    with quiet_pillow():
        train = _annotations(data.train, base, data.category, "train")
        val = None if data.val is None else _annotations(data.val, base, data.category, "val")
        return annotated_pictures(train, val)


def _annotations(
    images: ImageSet, base: Path, category: str | int | None, part: str
) -> Annotations:
    return read_annotations(base / images.annotations, base / images.images, category, part)
