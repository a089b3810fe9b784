"""Which anchor sizes would reach the boxes of a data set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from objtui.engine.data.images.anchors import Boxes, anchor_grids, anchor_sides, label_grid
from objtui.scenario.schema import Anchors

_SIZES = 3  # as many as the default has
_MAX_IMAGES = 50  # that are gone through: it is advice, which is not worth waiting for
_NO_CROWDS = np.empty((0, 4))

Scene = tuple[int, int, Boxes]
"""Width and height of an image in pixels, and its boxes."""


def reached(scenes: Sequence[Scene], anchors: Anchors) -> int:
    """Boxes that some anchor overlaps by `positive_iou`."""
    count = 0
    for width, height, boxes in scenes:
        matched = np.zeros(len(boxes), np.bool_)
        for grid in anchor_grids(width, height, anchors):
            if grid.count:
                matched |= label_grid(grid, boxes, _NO_CROWDS, anchors).matched
        count += int(matched.sum())
    return count


def advice(scenes: Sequence[Scene], anchors: Anchors) -> str:
    """Which keys to set to what, and how many boxes would have an anchor then."""
    some = [scene for scene in scenes if len(scene[2])][:_MAX_IMAGES]
    total = sum(len(boxes) for _, _, boxes in some)
    sizes = _fitted_sizes(some)
    best = (0, anchors)
    for stride in dict.fromkeys((anchors.stride, max(1, anchors.stride // 2), 4, 2, 1)):
        if stride > anchors.stride:
            continue
        tried = anchors.model_copy(update={"sizes": sizes, "stride": stride})
        best = max(best, (reached(some, tried), tried), key=lambda each: each[0])
        if best[0] >= 0.9 * total:
            break
    count, chosen = best
    if not count:
        return (
            f"boxes of {_sides_text(_sides(some))} pixels in images of "
            f"{some[0][0]} × {some[0][1]} are out of reach of any size that lies whole inside an "
            f"image; lower data.anchors.positive_iou, now {anchors.positive_iou:g}, or use larger "
            "images"
        )
    listed = ", ".join(f"[{w:g}, {h:g}]" if w != h else f"{w:g}" for w, h in anchor_sides(chosen))
    stride_too = f" and data.anchors.stride = {chosen.stride}" * (chosen.stride != anchors.stride)
    part = "" if len(some) == sum(bool(len(scene[2])) for scene in scenes) else "the first "
    return f"data.anchors.sizes = [{listed}]{stride_too} would reach {count} of {part}{total} boxes"


def _sides(scenes: Sequence[Scene]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Width and height of every box: `(boxes, 2)`."""
    boxes = np.concatenate([boxes for _, _, boxes in scenes])
    sides: np.ndarray[tuple[int, int], np.dtype[np.float64]] = boxes[:, 2:] - boxes[:, :2]
    return sides


def _sides_text(sides: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> str:
    low, high = sides.min(axis=0), sides.max(axis=0)
    return f"{low[0]:.4g} × {low[1]:.4g} to {high[0]:.4g} × {high[1]:.4g}"


def sides_text(scenes: Sequence[Scene]) -> str:
    """The smallest and the largest width and height of the boxes, in pixels."""
    return _sides_text(_sides([scene for scene in scenes if len(scene[2])]))


def _fitted_sizes(scenes: Sequence[Scene]) -> tuple[tuple[float, float] | float, ...]:
    """The middle width and height of the small, the middling and the large boxes."""
    sides = _sides(scenes)
    sides = sides[np.argsort(sides.prod(axis=1), kind="stable")]
    largest = max(width for width, _, _ in scenes), max(height for _, height, _ in scenes)
    sizes: list[tuple[float, float] | float] = []
    for group in np.array_split(sides, min(_SIZES, len(sides))):
        w, h = np.median(group, axis=0).tolist()
        if max(w, h) <= 1.25 * min(w, h):
            w = h = (w * h) ** 0.5
        width, height = (
            float(min(max(1, round(side)), limit))
            for side, limit in zip((w, h), largest, strict=True)
        )
        size = width if width == height else (width, height)
        if size not in sizes:
            sizes.append(size)
    return tuple(sizes)
