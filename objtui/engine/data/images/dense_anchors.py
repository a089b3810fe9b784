"""The anchors that a detector gives a logit each, and their labels, all of a tile at once.

Dense anchors are one of every size at every cell of `stride` pixels, row by row, also those that
reach out of the image: (sizes, rows, columns).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from objtui.engine.data.images.anchors import Boxes, Flags, anchor_grids, anchor_sides
from objtui.engine.data.images.image_set import cells_of, grid_window
from objtui.scenario.schema import Anchors

Floats = npt.NDArray[np.float64]

_BLOCK_VALUES = 1 << 18
"""Overlaps of anchors and boxes that are worked out at once; of one box at least."""


@dataclass(frozen=True, eq=False, slots=True)
class DenseAnchors:
    """Those of an image, or a tile of one.

    Attributes:
        inside: which lie whole inside it, (sizes, rows, columns).
        x, y: centres of columns and rows, (columns,) and (rows,).
        sides: width and height of every size, (sizes, 2).
    """

    inside: Flags
    x: Floats
    y: Floats
    sides: Floats

    def boxes(self, chosen: Flags | None = None) -> Floats:
        """Centre x and y, width and height of the anchors that are chosen, else of all, in turn:
        (anchors, 4)."""
        some = np.ones_like(self.inside) if chosen is None else chosen
        size, row, column = some.nonzero()
        boxes: Floats = np.column_stack([self.x[column], self.y[row], self.sides[size]])
        return boxes

    def within(self, left: float, top: float, right: float, bottom: float) -> Flags:
        """Which lie whole inside a box: (sizes, rows, columns)."""
        half = self.sides / 2
        across = (self.x - half[:, :1] >= left) & (self.x + half[:, :1] <= right)
        down = (self.y - half[:, 1:] >= top) & (self.y + half[:, 1:] <= bottom)
        inside: Flags = down[:, :, None] & across[:, None, :]
        return inside


@lru_cache(maxsize=16)
def dense_anchors(height: int, width: int, anchors: Anchors) -> DenseAnchors:
    """The dense anchors of height × width pixels."""
    rows, columns = (cells_of(length, anchors.stride) for length in (height, width))
    inside = np.zeros((len(anchors.sizes), rows, columns), np.bool_)
    for size, grid in enumerate(anchor_grids(width, height, anchors)):
        inside[(size, *grid_window(grid))] = True
    y = (np.arange(rows, dtype=np.float64) + 0.5) * anchors.stride
    x = (np.arange(columns, dtype=np.float64) + 0.5) * anchors.stride
    return DenseAnchors(inside, x, y, np.array(anchor_sides(anchors), np.float64))


@dataclass(frozen=True, eq=False, slots=True)
class DenseLabels:
    """The labels of dense anchors, (sizes, rows, columns) each, and the boxes of positives.

    Attributes:
        iou: with the best box.
        positive, kept: which are objects; which count at all.
        offsets: of the best boxes from the positive ones, row by row: dx / w, dy / h, ln w, ln h,
            (positives, 4).
    """

    iou: Floats
    positive: Flags
    kept: Flags
    offsets: Floats


def label_dense(
    dense: DenseAnchors, counted: Flags, boxes: Boxes, crowds: Boxes, anchors: Anchors
) -> DenseLabels:
    """The labels of dense anchors, as `label_grids` gives those of the anchors of an image.

    With `per_object` an object that lies whole in the cells chooses among those that count, one
    that is cut among all, of which the best may then not count; one whose middle lies beyond the
    cells chooses none, since those that meet it best lie there too.

    Args:
        counted: which may count, (sizes, rows, columns); boxes may reach out of the image.
    """
    iou, best = np.zeros(counted.shape), np.zeros(counted.shape, np.int64)
    areas = dense.sides.prod(-1)[:, None, None]
    chosen_iou = np.zeros(counted.shape)
    for start, part, shared in _shared_areas(dense, boxes):
        of_boxes = (part[:, 2:] - part[:, :2]).prod(-1)[:, None, None, None]
        overlap = shared / (areas + of_boxes - shared)  # (boxes, sizes, rows, columns)
        better = overlap.max(0) > iou
        best[better] = start + overlap.argmax(0)[better]
        np.maximum(iou, overlap.max(0), out=iou)
        if anchors.per_object is not None:
            for box, whole in _choosing(dense, part, anchors.stride):
                of_box = np.where(counted, overlap[box], 0) if whole else overlap[box]
                places = _best_places(of_box, anchors.per_object)
                more = of_box[places] > chosen_iou[places]
                best[tuple(axis[more] for axis in places)] = start + box
                chosen_iou[places] = np.maximum(chosen_iou[places], of_box[places])
    crowded = np.zeros(counted.shape, np.bool_)
    for _, _, shared in _shared_areas(dense, crowds):
        crowded |= (shared >= areas / 2).any(0)
    if anchors.per_object is None:
        chosen, negative = iou >= anchors.positive_iou, iou < anchors.negative_iou
    else:
        chosen, negative = chosen_iou > 0, chosen_iou == 0
    positive = chosen & counted
    kept = positive | (negative & ~crowded & counted)
    own = dense.boxes(positive)
    goals = boxes[best[positive]] if len(boxes) else np.empty((0, 4))
    return DenseLabels(iou, positive, kept, _offsets(own, goals))


def _choosing(dense: DenseAnchors, boxes: Boxes, stride: int) -> Iterator[tuple[int, bool]]:
    """Which of (boxes, 4) have their middle in a cell, and whether they lie whole in the cells."""
    ends = np.array([len(dense.x) * stride, len(dense.y) * stride])
    for at, box in enumerate(boxes):
        middle = (box[:2] + box[2:]) / 2
        if (middle >= 0).all() and (middle < ends).all():
            yield at, bool((box[:2] >= 0).all() and (box[2:] <= ends).all())


def _best_places(overlap: Floats, most: int) -> tuple[npt.NDArray[np.int64], ...]:
    """Where the anchors are that overlap a box most, as far as they meet it at all; of equal ones
    the first: sizes, rows and columns of at most so many."""
    order = np.argsort(-overlap, axis=None, kind="stable")[:most]
    order = order[overlap.ravel()[order] > 0]
    return tuple(np.unravel_index(order, overlap.shape))


def _shared_areas(dense: DenseAnchors, boxes: Boxes) -> Iterator[tuple[int, Boxes, Floats]]:
    """The area that anchors share with boxes, some boxes at a time: the number of the first, the
    boxes, (boxes, sizes, rows, columns). Boxes that no anchor can meet are passed over."""
    step = max(1, _BLOCK_VALUES // dense.inside.size)
    half = dense.sides[:, :, None] / 2  # (sizes, 2, 1)
    for start in range(0, len(boxes), step):
        part = boxes[start : start + step]
        left, top, right, bottom = part.T[:, :, None, None]  # (boxes, 1, 1)
        across = np.minimum(dense.x + half[:, 0], right) - np.maximum(dense.x - half[:, 0], left)
        down = np.minimum(dense.y + half[:, 1], bottom) - np.maximum(dense.y - half[:, 1], top)
        across, down = np.maximum(across, 0), np.maximum(down, 0)
        yield start, part, down[..., :, None] * across[..., None, :]


def _offsets(own: Floats, boxes: Boxes) -> Floats:
    """From anchors (centre, sides) to a box each: (anchors, 4)."""
    sides = boxes[:, 2:] - boxes[:, :2]
    middles = boxes[:, :2] + sides / 2
    return np.hstack([(middles - own[:, :2]) / own[:, 2:], np.log(sides / own[:, 2:])])
