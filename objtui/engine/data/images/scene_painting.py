"""Painting a synthetic scene: a grey image of objects on clutter.

An object is a soft bright disc or ellipse with a brighter ring. The clutter has
its brightness and its sizes, in other shapes: lines, soft squares, plain blobs
without a ring. So brightness alone does not tell them apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from objtui.engine.data.images.anchors import Boxes

Grey = npt.NDArray[np.float64]
"""`(height, width)`, about 0 to 1."""

_Shape = Callable[[Grey, Grey, float], Grey]

PAINT_BYTES = 48
"""Bytes a pixel that painting takes at its peak."""

_CLUTTER_PER_AREA = 1 / 4000  # pieces of each kind a pixel
_MARGIN = 3  # pixels painted beyond a shape, for its soft edge


def paint_scene(rng: np.random.Generator, size: int, boxes: Boxes, noise: float) -> Grey:
    """An image `(size, size)` of values from 0 to 1 in steps of 1/255.

    `boxes` are painted with an object each; `noise` is the sd of the pixel noise.
    """
    image = _background(rng, size)
    pieces = max(2, round(size * size * _CLUTTER_PER_AREA))
    for _ in range(pieces):
        _paint_line(rng, image)
    for kind in (_square, _blob):
        for _ in range(pieces):
            side = rng.uniform(8, min(40, size / 2))
            left, top = rng.uniform(-side / 2, size - side / 2, 2)
            box = np.array([left, top, left + side, top + side * rng.uniform(0.7, 1.4)])
            _paint(image, box, kind, rng.uniform(0.15, 0.5))
    for box in boxes:
        _paint(image, box, _ringed_disc, rng.uniform(0.25, 0.5))
    image += noise * rng.standard_normal(image.shape)
    return np.rint(np.clip(image, 0, 1) * 255) / 255


def _background(rng: np.random.Generator, size: int) -> Grey:
    """A grey level with a gradient and a slow wave across it."""
    at = np.linspace(-0.5, 0.5, size)
    across, down = rng.uniform(-0.2, 0.2, 2)
    waves, phase = rng.uniform(1, 3, 2), rng.uniform(0, 2 * np.pi, 2)
    level = rng.uniform(0.2, 0.35)
    image: Grey = np.outer(
        np.sin(2 * np.pi * waves[0] * at + phase[0]), np.sin(2 * np.pi * waves[1] * at + phase[1])
    )
    image *= 0.05
    image += level + across * at + down * at[:, None]
    return image


def _paint_line(rng: np.random.Generator, image: Grey) -> None:
    """Add a soft straight line from one random point to another."""
    size = len(image)
    start = rng.uniform(0, size, 2)
    angle, length = rng.uniform(0, np.pi), rng.uniform(10, min(120, size))
    along = np.array([np.cos(angle), np.sin(angle)])
    brightness, width = rng.uniform(0.15, 0.5), rng.uniform(0.8, 2)
    ends = np.stack([start, start + length * along])  # (2, xy)
    window, x, y = _window(size, ends.min(axis=0).tolist(), ends.max(axis=0).tolist())
    x, y = x + 0.5 - start[0], y + 0.5 - start[1]
    on = np.clip(x * along[0] + y * along[1], 0, length)  # nearest point of the line
    distance = np.hypot(x - on * along[0], y - on * along[1])
    image[window] += brightness * np.exp(-((distance / width) ** 2))


def _paint(image: Grey, box: Boxes, shape: _Shape, brightness: float) -> None:
    """Add a shape that fills a box."""
    window, x, y = _window(len(image), box[:2].tolist(), box[2:].tolist())
    half = (box[2:] - box[:2]) / 2
    u = (x + 0.5 - (box[0] + box[2]) / 2) / half[0]  # −1 and 1 at the edges of the box
    v = (y + 0.5 - (box[1] + box[3]) / 2) / half[1]
    image[window] += brightness * shape(u, v, 1 / float(half.min()))


def _window(
    size: int, low: list[float], high: list[float]
) -> tuple[tuple[slice, slice], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where to paint from `low` to `high` (x, y) within the image.

    Its rows and columns, and the numbers of its columns `(1, columns)` and rows `(rows, 1)`.
    """
    columns, rows = (
        slice(
            min(max(math.floor(first) - _MARGIN, 0), size),
            min(max(math.ceil(last) + _MARGIN, 0), size),
        )
        for first, last in zip(low, high, strict=True)
    )
    x = np.arange(columns.start, columns.stop)[None]
    return (rows, columns), x, np.arange(rows.start, rows.stop)[:, None]


def _edge(inside: Grey, pixel: float) -> Grey:
    """1 well inside and 0 well outside; `inside` is the distance to the edge, inwards."""
    return np.clip(inside / pixel + 0.5, 0, 1)


def _ringed_disc(u: Grey, v: Grey, pixel: float) -> Grey:
    radius = np.hypot(u, v)
    ring = np.exp(-(((radius - 0.85) / 0.12) ** 2))
    return _edge(1 - radius, pixel) * (0.5 + 0.5 * ring)


def _square(u: Grey, v: Grey, pixel: float) -> Grey:
    return 0.6 * _edge(1 - np.maximum(np.abs(u), np.abs(v)), pixel)


def _blob(u: Grey, v: Grey, pixel: float) -> Grey:
    return np.exp(-2 * (u**2 + v**2))
