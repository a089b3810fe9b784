"""From the pictures of a source to its data set: crops of anchors as rows, or whole images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images.anchor_images import build_anchor_images
from objtui.engine.data.images.anchor_rows import AnchorRules, build_anchor_rows
from objtui.engine.data.images.pictures import Pictures
from objtui.engine.data.missing import pictures_with_missing, with_background
from objtui.scenario.schema import ImagesTable, ScenesData
from objtui.session import ProgressListener


def build_from_pictures(
    read_pictures: Callable[[Any, Path], Pictures],
    data: ImagesTable,
    base: Path,
    precision: torch.dtype,
    progress: ProgressListener,
    *,
    whole: bool,
    evaluated_bytes: int,
) -> Dataset:
    """The rows of the anchors of all pictures; with `whole` without features, beside the images.

    `evaluated_bytes` is what a training keeps of each evaluation row beside its features.

    Raises DataError as `read_pictures`, and where there are no rows or memory is too small.
    """
    power = (data.iou_power or 1.0) if data.objectness == "iou" else None
    rules = AnchorRules(data.anchors, power, data.crop, data.seed, evaluated_bytes)
    pictures = read_pictures(data, base)
    if not isinstance(data, ScenesData):  # which has painted just as many
        pictures = with_background(pictures, data.background_images, data.seed)
    pictures = pictures_with_missing(pictures, data.missing, data.seed)
    build = build_anchor_images if whole else build_anchor_rows
    return build(pictures, rules, precision, progress)
