"""Source `scenes`: synthetic grey images of one kind of object on clutter."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from objtui.datafiles.memory import count_text, require_memory
from objtui.engine.data.images.anchors import Boxes, anchor_grids
from objtui.engine.data.images.part_labels import require_labels_fit
from objtui.engine.data.images.pictures import Picture, Pictures, Pixels
from objtui.engine.data.images.scene_objects import place_objects
from objtui.engine.data.images.scene_painting import PAINT_BYTES, paint_scene
from objtui.engine.data.rows.draws import split_seeds
from objtui.errors import DataError
from objtui.scenario.schema import Anchors, ScenesData

_IMAGE_BYTES = 2000  # of an image without its pixels: its record, seeds and grids
_BOX_BYTES = 300


def read_pictures(data: ScenesData, base: Path) -> Pictures:
    """The scenes with their boxes.

    Every image has its own two generators, spawned from the seed: of its
    objects and of everything painted, so images are made one at a time. Raises
    DataError where memory is too small, an image is smaller than every anchor,
    or the objects do not fit in an image.
    """
    images = data.train_images + data.background_images + data.val_images
    records = images * (_IMAGE_BYTES + data.objects * _BOX_BYTES)
    require_memory(
        records + data.size * data.size * PAINT_BYTES,
        f"a data set of {count_text(images)} scenes of {count_text(data.size)} pixels a side",
        partial(_smaller, data),
    )
    anchors = _anchors_of_objects(data.anchors)
    grids = anchor_grids(data.size, data.size, anchors)
    require_labels_fit(images * sum(grid.count for grid in grids), anchors)
    sides = _sides(data)
    train_seed, val_seed = split_seeds(data.seed)
    train = _scenes(data, sides, train_seed, data.train_images, data.background_images)
    val = _scenes(data, sides, val_seed, data.val_images) if data.val_images else None
    return Pictures(train, val)


def _sides(data: ScenesData) -> list[tuple[float, float]]:
    """Width and height of the anchors that lie inside a scene; DataError where none does."""
    grids = anchor_grids(data.size, data.size, _anchors_of_objects(data.anchors))
    sides = [(grid.x.size, grid.y.size) for grid in grids if grid.count]
    if not sides:
        raise DataError(
            f"no anchor lies whole inside a scene of {data.size} pixels; use a larger data.size "
            f"or data.anchors.sizes of at most {data.size}",
            ("data", "anchors", "sizes"),
        )
    return sides


def _anchors_of_objects(anchors: Anchors) -> Anchors:
    """The anchors that objects are drawn like: those to be fitted to them come later."""
    if anchors.sizes != "auto":
        return anchors
    return anchors.model_copy(update={"sizes": Anchors().sizes})


def _smaller(data: ScenesData, share: Fraction) -> str:
    """Which keys to change so that a share of the memory is enough."""
    side = max(16, data.size // (math.isqrt(math.ceil(1 / share)) + 1))
    fewer = "background_images, train_images" if data.background_images else "train_images"
    return f"use data.size = {side} or fewer {fewer} and val_images"


def _scenes(
    data: ScenesData,
    sides: list[tuple[float, float]],
    seed: np.random.SeedSequence,
    count: int,
    background: int = 0,
) -> list[Picture]:
    """So many scenes, and behind them so many of background: the first are the same for any."""
    return [
        _scene(data, sides, each, str(number), data.objects if number <= count else 0)
        for number, each in enumerate(seed.spawn(count + background), 1)
    ]


def _scene(
    data: ScenesData,
    sides: list[tuple[float, float]],
    seed: np.random.SeedSequence,
    name: str,
    objects: int,
) -> Picture:
    objects_seed, paint_seed = seed.spawn(2)
    boxes = place_objects(np.random.default_rng(objects_seed), data.size, objects, sides)
    return Picture(
        width=data.size,
        height=data.size,
        channels=1,
        boxes=boxes,
        crowds=np.empty((0, 4)),
        pixels=partial(_pixels, data.size, boxes, data.noise, paint_seed),
        name=name,
    )


def _pixels(
    size: int, boxes: Boxes, noise: float, seed: np.random.SeedSequence, dtype: np.dtype[Any]
) -> Pixels:
    return paint_scene(np.random.default_rng(seed), size, boxes, noise).astype(dtype)[..., None]
