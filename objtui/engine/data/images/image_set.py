"""Whole images as a detector is given them, and where the anchors of one lie among its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.engine.data.images.anchors import Axis, Boxes, Grid
from objtui.measures.all_detections import OBJECT, Category
from objtui.scenario.schema import Anchors

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False, slots=True)
class AnchorImage:
    """An image in memory with its boxes.

    Attributes:
        pixels: (channels, height, width), 8-bit.
        boxes, crowds: (boxes, 4), objects and regions whose negatives are left out.
        rows: places among its dense anchors of those that are rows, in the order of the rows.
        name: of its file, or its number where it is painted.
        identity: what its annotations call it; None where they number no images.
    """

    pixels: Bytes
    boxes: Boxes
    crowds: Boxes
    rows: npt.NDArray[np.int64]
    name: str = ""
    identity: int | str | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[1], self.pixels.shape[2]


@dataclass(frozen=True, eq=False, slots=True)
class DetectorImages:
    """The images of a data set.

    Attributes:
        anchors: what is laid over every image.
        iou_power: the power of its overlap that is the target of a positive anchor; None where
            that is 1.
        mean, sd: of the training pixels by channel, 0 to 255; sd is inf where all are alike.
        train, val: the images; val is None where training images are evaluated.
        category: what the boxes are of.
    """

    anchors: Anchors
    iou_power: float | None
    mean: npt.NDArray[np.float64]
    sd: npt.NDArray[np.float64]
    train: tuple[AnchorImage, ...]
    val: tuple[AnchorImage, ...] | None
    category: Category = OBJECT

    @property
    def evaluation(self) -> tuple[AnchorImage, ...]:
        """The images that scores are measured on."""
        return self.train if self.val is None else self.val

    @property
    def channels(self) -> int:
        """Channels of every image."""
        return len(self.mean)

    @property
    def sizes(self) -> int:
        """Anchors of a cell."""
        return len(self.anchors.sizes)

    def standard_values(self, dtype: np.dtype[np.floating]) -> npt.NDArray[np.floating]:
        """By channel what each 8-bit value is to a detector: (channels, 256); the mean is 0."""
        values: npt.NDArray[np.float64] = np.arange(256) - self.mean[:, None]
        return (values / self.sd[:, None]).astype(dtype)


def cells_of(length: int, stride: int) -> int:
    """Cells along a side of so many pixels; the last may reach out of the image."""
    return -(-length // stride)


def first_cell(axis: Axis) -> int:
    """The cell on whose middle the first anchor of an axis has its centre."""
    return round((axis.first + axis.offset + axis.size / 2) / axis.stride - 0.5)


def grid_window(grid: Grid) -> tuple[slice, slice]:
    """Rows and columns of cells that a grid's anchors lie on."""
    row, column = first_cell(grid.y), first_cell(grid.x)
    return slice(row, row + grid.y.count), slice(column, column + grid.x.count)
