"""Which images of a data set are used: a share held out, and as many as a scenario takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from objtui.errors import DataError
from objtui.scenario.schema import CocoData, YoloData
from objtui.text.numbers import grouped

Image = TypeVar("Image")


@dataclass(frozen=True, slots=True)
class UsedImages(Generic[Image]):
    """The images of both parts, in their order; `val` is None where there is no such part."""

    train: list[Image]
    val: list[Image] | None
    notices: tuple[str, ...]


def used_images(
    train: Sequence[Image], val: Sequence[Image] | None, data: CocoData | YoloData
) -> UsedImages[Image]:
    """As `val_share` and `max_images` have it, drawn by `seed`.

    Raises DataError where a share is to be held out of images that have validation images
    already, or of a single one.
    """
    key = ("data", "val_share")
    generator = np.random.default_rng(data.seed)
    if data.val_share is not None:
        if val is not None:
            raise DataError("there are validation images already; leave out val_share", key)
        if len(train) < 2:
            raise DataError("there is one training image alone, and none to hold out", key)
        held_out = min(max(1, round(data.val_share * len(train))), len(train) - 1)
        order = generator.permutation(len(train))
        val = [train[i] for i in sorted(order[:held_out].tolist())]
        train = [train[i] for i in sorted(order[held_out:].tolist())]
    notices: list[str] = []
    most = data.max_images
    used_train = _at_most(train, most, generator, "training", notices)
    used_val = None if val is None else _at_most(val, most, generator, "validation", notices)
    return UsedImages(used_train, used_val, tuple(notices))


def _at_most(
    images: Sequence[Image],
    most: int | None,
    generator: np.random.Generator,
    part: str,
    notices: list[str],
) -> list[Image]:
    if most is None or most >= len(images):
        return list(images)
    chosen = generator.choice(len(images), most, replace=False)
    notices.append(
        f"{grouped(most)} of {grouped(len(images))} {part} images are used (data.max_images)"
    )
    return [images[i] for i in sorted(chosen.tolist())]
