"""From the pictures of a source to its data set: crops of anchors as rows, or whole images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images.anchor_images import build_anchor_images
from objtui.engine.data.images.anchor_rows import AnchorRules, build_anchor_rows
from objtui.engine.data.images.pictures import PART_NAMES, Picture, Pictures
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
) -> Dataset:
    """The rows of the anchors of all pictures; with `whole` without features, beside the images.

    Raises DataError as `read_pictures`, and where there are no rows or memory is too small.
    """
    pictures = limited(read_pictures(data, base), data.image_limit, data.seed)
    rules = AnchorRules(data.anchors, data.objectness, data.crop, data.seed)
    build = build_anchor_images if whole else build_anchor_rows
    return build(pictures, rules, precision, progress)


def limited(pictures: Pictures, most: int | None, seed: int) -> Pictures:
    """At most so many of the pictures of each part, by chance, in their order."""
    if most is None:
        return pictures
    parts: list[Sequence[Picture]] = []
    notices = list(pictures.notices)
    for part, name, of_part in zip(
        pictures.parts, PART_NAMES, np.random.SeedSequence(seed).spawn(2), strict=False
    ):
        parts.append(part)
        if len(part) > most:
            chosen = np.random.default_rng(of_part).permutation(len(part))[:most]
            parts[-1] = [part[at] for at in sorted(chosen.tolist())]
            notices.append(f"{most} of {len(part)} {name} images are used, drawn by data.seed")
    return Pictures(parts[0], parts[1] if len(parts) > 1 else None, tuple(notices))
