"""The pixels of anchors, resized with antialiased bilinear filtering.

An anchor is cut out first and resized then, so nothing outside it bears on its
features: the same as `image.crop(box).resize((crop, crop), BILINEAR)` in Pillow.
An anchor with fractional edges is cut out with every pixel that it touches and
resized from its exact edges (Pillow's `box=`), so a pixel counts by how near
its centre is and not by the part of it that is inside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.engine.data.arrays import Features
from objtui.engine.data.images.anchors import Axis, Flags, Grid

_BLOCK_VALUES = 1 << 20  # values of the work space of a block, where a row of anchors fits in it


def resize_matrix(axis: Axis, crop: int) -> npt.NDArray[np.float64]:
    """Weights `(crop, pixels)` that resize an anchor along one axis to `crop` numbers.

    A triangle filter as wide as the reduction, at least one pixel to either
    side, normalised over the pixels of the anchor: Pillow's BILINEAR
    (src/libImaging/Resample.c).
    """
    scale = axis.size / crop
    centres = axis.offset + (np.arange(crop) + 0.5) * scale  # (crop,), in pixels
    pixels = np.arange(axis.pixels) + 0.5  # (pixels,)
    distance = np.abs(pixels - centres[:, None]) / max(1.0, scale)
    weights: npt.NDArray[np.float64] = np.maximum(0, 1 - distance)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def write_crops(
    image: npt.NDArray[np.floating[Any]], grid: Grid, crop: int, kept: Flags, out: Features
) -> None:
    """Write the resized crops of the kept anchors of a grid.

    `image` is `(height, width, channels)`, `kept` `(y.count, x.count)` and `out`
    `(kept anchors, crop · crop · channels)`, with y, x, channel in that order.
    """
    x, y = grid.x, grid.y
    channels = image.shape[2]
    across = resize_matrix(x, crop).astype(image.dtype).T  # (x.pixels, crop)
    down = resize_matrix(y, crop).astype(image.dtype).T  # (y.pixels, crop)
    step = max(1, _BLOCK_VALUES // _row_values(grid, crop, image.shape[1], channels))
    written = 0
    for start in range(0, y.count, step):
        chosen = kept[start : start + step]  # (block, x.count)
        top = y.first + start * y.stride
        strip = image[top : top + (len(chosen) - 1) * y.stride + y.pixels]  # (h, width, channels)
        cut = _windows(strip, 0, y, axis=0) @ down  # (block, width, channels, crop)
        cut = _windows(cut, x.first, x, axis=1) @ across  # (block, x.count, channels, crop, crop)
        rows = cut[chosen].transpose(0, 2, 3, 1)  # (rows, y, x, channels)
        out[written : written + len(rows)] = rows.reshape(len(rows), -1)
        written += len(rows)


def workspace_bytes(grid: Grid, crop: int, width: int, channels: int, itemsize: int) -> int:
    """Bytes that `write_crops` takes at its peak, beside its image and its result."""
    weights = 3 * 8 * crop * (grid.x.pixels + grid.y.pixels)
    block = max(_BLOCK_VALUES, _row_values(grid, crop, width, channels))
    return 4 * itemsize * block + weights


def _row_values(grid: Grid, crop: int, width: int, channels: int) -> int:
    """Values of the largest array that one row of anchors needs."""
    cut_down = width * max(grid.y.pixels, crop)
    cut_across = grid.x.count * crop * max(grid.x.pixels, crop)
    return channels * max(cut_down, cut_across)


def _windows(
    values: npt.NDArray[np.floating[Any]], first: int, along: Axis, axis: int
) -> npt.NDArray[np.floating[Any]]:
    """The pixels of every anchor along one axis, which come last: `(anchors, …, pixels)`."""
    view = np.lib.stride_tricks.sliding_window_view(values, along.pixels, axis=axis)
    chosen = [slice(None)] * view.ndim
    chosen[axis] = slice(first, first + along.stride * along.count, along.stride)
    return view[tuple(chosen)]
