"""What the evaluation images truly hold, worked out once: objects, and the boxes of positives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from objtui.engine.data.images.anchors import Boxes
from objtui.engine.data.images.dense_anchors import dense_anchors, label_dense
from objtui.engine.data.images.image_set import AnchorImage
from objtui.engine.scoring.detection.matching import Floats
from objtui.scenario.schema import Anchors


@dataclass(frozen=True, eq=False, slots=True)
class ImageTruth:
    """Of one image, by its dense anchors.

    Attributes:
        objects, crowds: (objects, 4) and (crowds, 4).
        stride: pixels of a side of a cell.
        nearby: the objects that touch each cell, −1 behind the last, (rows + 1, columns + 1, most).
        inside: places of the anchors that lie whole inside the image, (anchors,).
        own: boxes of these as they are, (anchors, 4).
        positive: places of positive ones among `inside`, (positives,).
        goals, goal_boxes: their offsets, and the boxes that these lead to, (positives, 4).
    """

    objects: Boxes
    crowds: Boxes
    stride: int
    nearby: npt.NDArray[np.int64]
    inside: Tensor
    own: Tensor
    positive: Tensor
    goals: Tensor
    goal_boxes: Floats

    @classmethod
    def of(cls, image: AnchorImage, anchors: Anchors) -> ImageTruth:
        """That of an image with such anchors."""
        dense = dense_anchors(*image.size, anchors)
        labels = label_dense(dense, dense.inside, image.boxes, image.crowds, anchors)
        inside = dense.boxes(dense.inside)
        centre, sides = inside[:, :2], inside[:, 2:]
        positive = np.flatnonzero(labels.positive[dense.inside])
        middle = centre[positive] + labels.offsets[:, :2] * sides[positive]
        goal_sides = sides[positive] * np.exp(labels.offsets[:, 2:])
        return cls(
            image.boxes,
            image.crowds,
            anchors.stride,
            _nearby(image, anchors.stride),
            torch.from_numpy(np.flatnonzero(dense.inside)),
            torch.from_numpy(_corners(centre, sides)),
            torch.from_numpy(positive),
            torch.from_numpy(labels.offsets),
            _corners(middle, goal_sides),
        )


def _corners(centre: Floats, sides: Floats) -> Floats:
    return np.hstack([centre - sides / 2, centre + sides / 2])


def _nearby(image: AnchorImage, stride: int) -> npt.NDArray[np.int64]:
    """By squares of so many pixels, the far edges in one more, the objects that touch them."""
    rows, columns = (length // stride + 1 for length in image.size)
    touching: list[list[list[int]]] = [[[] for _ in range(columns)] for _ in range(rows)]
    squares = np.clip(image.boxes // stride, 0, [columns - 1, rows - 1] * 2).astype(np.int64)
    for number, (left, top, right, bottom) in enumerate(squares):
        for row in touching[top : bottom + 1]:
            for square in row[left : right + 1]:
                square.append(number)
    most = max(len(square) for row in touching for square in row)
    nearby = np.full((rows, columns, most), -1)
    for y, row in enumerate(touching):
        for x, square in enumerate(row):
            nearby[y, x, : len(square)] = square
    return nearby
