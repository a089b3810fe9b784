"""Source `coco`: images with COCO boxes, turned into dense anchors."""

from __future__ import annotations

from pathlib import Path

import torch

from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images.anchor_reach import Scene
from objtui.engine.data.images.anchor_rows import AnchorRules
from objtui.engine.data.images.annotated import annotated_scenes, build_annotated
from objtui.engine.data.images.box_frames import Annotations
from objtui.engine.data.images.coco_json import read_annotations
from objtui.engine.data.images.images import quiet_pillow
from objtui.scenario.schema import CocoData, ImageSet
from objtui.session import ProgressListener


def build(
    data: CocoData, base: Path, precision: torch.dtype, progress: ProgressListener
) -> Dataset:
    """A row for every anchor of every image.

    Every file is checked before any image is decoded. Raises DataError where an
    annotation file or an image is missing, damaged or contradicts another.
    """
    with quiet_pillow():
        train = _annotations(data.train, base, data.category, "train")
        val = None if data.val is None else _annotations(data.val, base, data.category, "val")
        rules = AnchorRules(data.anchors, data.objectness, data.crop, data.seed)
        return build_annotated(train, val, rules, precision, progress)


def training_scenes(data: CocoData, base: Path) -> list[Scene]:
    """Size and boxes of every training image; DataError as `build`."""
    with quiet_pillow():
        return annotated_scenes(_annotations(data.train, base, data.category, "train").images)


def _annotations(
    images: ImageSet, base: Path, category: str | int | None, part: str
) -> Annotations:
    return read_annotations(base / images.annotations, base / images.images, category, part)
