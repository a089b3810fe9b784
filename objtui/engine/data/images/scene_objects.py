"""Where the objects of a synthetic scene are."""

from __future__ import annotations

import numpy as np

from objtui.engine.data.images.anchors import Boxes
from objtui.errors import DataError

_TRIES = 200  # places tried for an object before it is said not to fit
_SIZE_SPREAD = 0.2  # sd of the log of an object's size over that of its anchor
_ASPECT_SPREAD = 0.08  # the same for its width, its height going the other way
_CORE = 0.7  # inner part of a box, a side, that no other object's inner part may touch


def place_objects(
    rng: np.random.Generator, size: int, count: int, sides: list[tuple[float, float]]
) -> Boxes:
    """Boxes of `count` objects in an image of size × size pixels: `(count, 4)`.

    Their sizes lie around those of the anchors, `sides`, all inside the image;
    their inner parts do not overlap. Raises DataError where they do not fit.
    """
    smallest = min(w * h for w, h in sides) * _CORE**2 / 4
    boxes = np.empty((count if count * smallest <= size * size else 0, 4))
    if len(boxes) < count:
        raise _no_room(size, count)
    taken = np.zeros((size, size), np.bool_)
    for box in boxes:
        for _ in range(_TRIES):
            box[:] = _random_box(rng, size, sides)
            core = _core(box)
            if not taken[core].any():
                taken[core] = True
                break
        else:
            raise _no_room(size, count)
    return boxes


def _random_box(
    rng: np.random.Generator, size: int, sides: list[tuple[float, float]]
) -> tuple[float, float, float, float]:
    anchor = sides[rng.integers(len(sides))]
    scale, aspect = np.exp(rng.standard_normal(2) * (_SIZE_SPREAD, _ASPECT_SPREAD))
    width = min(anchor[0] * scale * aspect, size * 0.95)
    height = min(anchor[1] * scale / aspect, size * 0.95)
    left, top = rng.random(2) * (size - width, size - height)
    return left, top, left + width, top + height


def _core(box: Boxes) -> tuple[slice, slice]:
    """The pixels of the inner part of a box, at least one."""
    low, high = box[:2], box[2:]
    middle, half = (low + high) / 2, (high - low) / 2 * _CORE
    start = np.floor(middle - half).astype(int)
    stop = np.maximum(start + 1, np.ceil(middle + half).astype(int))
    return slice(start[1], stop[1]), slice(start[0], stop[0])


def _no_room(size: int, count: int) -> DataError:
    return DataError(
        f"{count} objects do not fit in a scene of {size} × {size} pixels without overlapping; "
        "use fewer or a larger data.size",
        ("data", "objects"),
    )
