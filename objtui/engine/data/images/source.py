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
from objtui.scenario.schema import ImagesTable
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
    rules = AnchorRules(data.anchors, data.objectness, data.crop, data.seed, evaluated_bytes)
    build = build_anchor_images if whole else build_anchor_rows
    return build(read_pictures(data, base), rules, precision, progress)
