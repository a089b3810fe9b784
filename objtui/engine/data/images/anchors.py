"""The dense grid of anchors over an image, their IoU and which of them are rows.

Pixel j covers [j, j + 1). Boxes are (left, top, right, bottom) in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from objtui.scenario.schema import Anchors

Boxes = npt.NDArray[np.float64]
"""`(boxes, 4)`: left, top, right, bottom."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Axis:
    """The anchors of one size along one axis of an image.

    Anchor i covers [left + i · stride, left + i · stride + size) with
    left = first + offset. It touches the `pixels` pixels from
    first + i · stride on. As the stride is whole, the offset is that of every
    anchor, and one set of resizing weights serves them all.
    """

    size: float
    stride: int
    first: int
    offset: float
    pixels: int
    count: int

    def overlap(self, low: float, high: float) -> tuple[slice, npt.NDArray[np.float64]]:
        """Anchors that may meet [low, high), and the length that each shares with it."""
        left = self.first + self.offset
        start = max(0, math.floor((low - self.size - left) / self.stride))
        stop = max(start, min(self.count, math.ceil((high - left) / self.stride) + 1))
        at = left + self.stride * np.arange(start, stop, dtype=np.float64)  # (anchors,)
        shared = np.minimum(at + self.size, high) - np.maximum(at, low)
        return slice(start, stop), np.maximum(shared, 0)


@dataclass(frozen=True, slots=True)
class Grid:
    """All anchors of one size in an image, row by row."""

    x: Axis
    y: Axis

    @property
    def count(self) -> int:
        """Number of anchors."""
        return self.x.count * self.y.count


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Which anchors of a grid are rows, all `(y.count, x.count)`, and whose boxes they are.

    `crowded`: whether half of an anchor lies inside an iscrowd box.

    `matched`, `(boxes,)`: whether a box makes some anchor positive.
    """

    iou: npt.NDArray[np.float64]
    positive: Flags
    kept: Flags
    matched: Flags
    crowded: Flags


def anchor_axis(length: int, stride: int, size: float) -> Axis:
    """The anchors of a size whose centres are at (i + ½) · stride, whole inside [0, length]."""
    exact = Fraction(size)
    left = (stride - exact) / 2  # of anchor 0, exact: rounding must not move one out
    pixel = math.floor(left)
    pixels = math.ceil(left + exact) - pixel
    skipped = max(0, -(pixel // stride))  # anchors that begin left of the image
    last = (length - pixels - pixel) // stride
    return Axis(
        size=size,
        stride=stride,
        first=pixel + skipped * stride,
        offset=float(left - pixel),
        pixels=pixels,
        count=max(0, last - skipped + 1),
    )


def anchor_sides(anchors: Anchors) -> list[tuple[float, float]]:
    """Width and height of every anchor size, in pixels; ValueError while they are "auto"."""
    if isinstance(anchors.sizes, str):
        raise ValueError('anchor sizes "auto" have still to be fitted to boxes')
    return [size if isinstance(size, tuple) else (size, size) for size in anchors.sizes]


def anchor_grids(width: int, height: int, anchors: Anchors) -> list[Grid]:
    """The anchors of an image of width × height pixels, a grid for each size."""
    return [
        Grid(anchor_axis(width, anchors.stride, w), anchor_axis(height, anchors.stride, h))
        for w, h in anchor_sides(anchors)
    ]


def label_grid(grid: Grid, boxes: Boxes, crowds: Boxes, anchors: Anchors) -> Labels:
    """Which anchors are positive, negative or left out.

    An anchor's IoU is that with its best box. It is positive from
    `positive_iou` on, negative below `negative_iou`, left out between; a
    negative with at least half its own area inside one of `crowds` is left out.
    """
    shape = (grid.y.count, grid.x.count)
    area = grid.x.size * grid.y.size
    iou = np.zeros(shape)
    matched = np.zeros(len(boxes), np.bool_)
    for box, (left, top, right, bottom) in enumerate(boxes):
        window, shared = _shared_area(grid, left, top, right, bottom)
        overlap = shared / (area + (right - left) * (bottom - top) - shared)
        np.maximum(iou[window], overlap, out=iou[window])
        matched[box] = overlap.max(initial=0) >= anchors.positive_iou
    crowded = np.zeros(shape, np.bool_)
    for left, top, right, bottom in crowds:
        window, shared = _shared_area(grid, left, top, right, bottom)
        crowded[window] |= shared >= area / 2
    positive = iou >= anchors.positive_iou
    negative = (iou < anchors.negative_iou) & ~crowded
    return Labels(iou, positive, positive | negative, matched, crowded)


def label_grids(
    grids: Sequence[Grid], boxes: Boxes, crowds: Boxes, anchors: Anchors
) -> list[Labels]:
    """The labels of all anchors of an image, by IoU or, with `per_object`, by rank.

    With `per_object` = k the k anchors of most IoU with a box are positive, as far as they
    meet it at all; of equal ones the first, by size, then row by row. An anchor that several
    boxes choose counts once. All others are background, but for those inside `crowds`.
    """
    labels = [label_grid(grid, boxes, crowds, anchors) for grid in grids]
    if anchors.per_object is None:
        return labels
    positive = [np.zeros(label.iou.shape, np.bool_) for label in labels]
    matched = np.zeros((len(grids), len(boxes)), np.bool_)
    for index, box in enumerate(boxes):
        for grid, place in _best_anchors(grids, box, anchors.per_object):
            positive[grid].flat[place] = True
            matched[grid, index] = True
    return [
        Labels(label.iou, chosen, chosen | ~label.crowded, of_grid, label.crowded)
        for label, chosen, of_grid in zip(labels, positive, matched, strict=True)
    ]


def _best_anchors(
    grids: Sequence[Grid], box: npt.NDArray[np.float64], most: int
) -> list[tuple[int, int]]:
    """Grid and place in it of the anchors that overlap a box most, the best first."""
    candidates: list[tuple[float, int, int]] = []
    left, top, right, bottom = box.tolist()
    for index, grid in enumerate(grids):
        (rows, columns), shared = _shared_area(grid, left, top, right, bottom)
        union = grid.x.size * grid.y.size + (right - left) * (bottom - top) - shared
        overlap = shared / union
        best = np.argsort(-overlap, axis=None, kind="stable")[:most]
        down, across = np.unravel_index(best, overlap.shape)
        places = (down + rows.start) * grid.x.count + across + columns.start
        values = (-overlap.ravel()[best]).tolist()
        candidates += zip(values, [index] * len(best), places.tolist(), strict=True)
    return [(grid, place) for value, grid, place in sorted(candidates)[:most] if value < 0]


def _shared_area(
    grid: Grid, left: float, top: float, right: float, bottom: float
) -> tuple[tuple[slice, slice], npt.NDArray[np.float64]]:
    """A window of the grid that holds all anchors that meet a box, and the areas they share."""
    columns, across = grid.x.overlap(left, right)
    rows, down = grid.y.overlap(top, bottom)
    return (rows, columns), np.outer(down, across)
