"""What a source of images gives: pictures with their boxes, decoded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.engine.data.images.anchors import Boxes
from objtui.measures.all_detections import OBJECT, Category

Pixels = npt.NDArray[np.floating[Any]]
"""`(height, width, channels)` in [0, 1]."""

PART_NAMES = ("training", "validation")
PART_KEYS = {"training": "train", "validation": "val"}

Scene = tuple[int, int, Boxes]
"""Width and height of an image in pixels, and its boxes: all that anchors are fitted by."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An image with its boxes.

    Attributes:
        width, height, channels: its shape.
        boxes: `(boxes, 4)`, the objects.
        crowds: `(crowds, 4)`, regions whose negatives are left out.
        name: of its file, or its number where it is painted.
        pixels: returns the pixels in the dtype that it is given; may raise
            DataError where the image turns out to be damaged.
        identity: what its annotations call it; None where they number no images.
    """

    width: int
    height: int
    channels: int
    boxes: Boxes
    crowds: Boxes
    pixels: Callable[[np.dtype[Any]], Pixels]
    name: str
    identity: int | str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """The pictures of a data set, all of one number of channels.

    `val` is None where those of training are evaluated; `notices` are what a person should know
    of their files, a line each; `category` is what the boxes are of.
    """

    train: Sequence[Picture]
    val: Sequence[Picture] | None
    notices: tuple[str, ...] = ()
    category: Category = OBJECT

    @property
    def parts(self) -> list[Sequence[Picture]]:
        """The training pictures and, where there are any, those of validation."""
        return [self.train] if self.val is None else [self.train, self.val]

    @property
    def channels(self) -> int:
        """Channels of every picture."""
        return self.train[0].channels


def scenes_of(pictures: Sequence[Picture]) -> list[Scene]:
    """Size and boxes of every picture."""
    return [(picture.width, picture.height, picture.boxes) for picture in pictures]


def in_bytes(pixels: Pixels) -> npt.NDArray[np.uint8]:
    """Pixels in [0, 1], of any shape, in 8 bits."""
    return np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
