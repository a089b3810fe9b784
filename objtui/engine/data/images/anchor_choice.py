"""Choosing a whole grid of anchors for the boxes of a data set: stride, and how many sizes.

A coarse grid has few rows and misses boxes, a fine one has many rows, nearly all of them easy
background, so that fewer images fit into a training. The coarsest is taken that reaches enough.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from objtui.engine.data.images.anchor_reach import LOW_CEILING, fit_anchors, reached
from objtui.engine.data.images.anchors import anchor_grids, label_grids
from objtui.engine.data.images.pictures import Scene
from objtui.errors import DataError
from objtui.scenario.schema import Anchors

ENOUGH = 0.95
"""Share of boxes that a grid is to reach, where all images fit; else LOW_CEILING will do."""

MAX_ROWS_OF_AN_IMAGE = 300_000

_STRIDES = (64, 32, 16, 8, 4, 2, 1)
_COUNTS = (3, 5, 8)
_MAX_SCENES = 50  # that grids are tried on
_NO_CROWDS = np.empty((0, 4))


def choose_anchors(
    scenes: Sequence[Scene], anchors: Anchors, max_rows: float
) -> tuple[Anchors, float]:
    """The coarsest grid that reaches enough boxes, else the one that reaches most, and its share.

    What is not stride and sizes is that of `anchors`; `max_rows` are those of an image with which
    all images of the data set can be used. Raises DataError where there is no box, or
    no anchor lies inside any image with one.
    """
    some = _spread([scene for scene in scenes if len(scene[2])], _MAX_SCENES)
    total = sum(len(boxes) for _, _, boxes in some)
    if not total:
        fit_anchors(scenes, anchors.model_copy(update={"sizes": "auto"}), 0)  # raises
    tried: list[tuple[float, float, Anchors]] = []
    for stride in _strides(some):
        for count in _COUNTS:
            grid = anchors.model_copy(update={"stride": stride, "count": count, "sizes": "auto"})
            try:
                fitted, _ = fit_anchors(some, grid, 0)
            except DataError:  # no anchor lies inside any image
                continue
            rows = sum(_anchor_count(scene, fitted) for scene in some) / len(some)
            if rows <= MAX_ROWS_OF_AN_IMAGE or not tried:
                tried.append((rows, reached(some, fitted) / total, grid))
    if not tried:
        grid = anchors.model_copy(update={"stride": 1, "sizes": "auto"})
        return fit_anchors(scenes, grid, 0)[0], 0.0
    tried.sort(key=lambda each: each[0])
    choices = [
        *(each for each in tried if each[1] >= ENOUGH and each[0] <= max_rows),
        *(each for each in tried if each[1] >= LOW_CEILING),
        max(tried, key=lambda each: each[1]),
    ]
    _, share, grid = choices[0]
    chosen, _ = fit_anchors(scenes, grid, 0)
    if len(some) < len(scenes):
        return chosen, share
    return chosen, reached(some, chosen) / total


def rows_of(scenes: Sequence[Scene], anchors: Anchors) -> tuple[float, float]:
    """Rows and positive rows of an image, on average over some of them."""
    some = _spread(scenes, _MAX_SCENES)
    kept = positive = 0
    for width, height, boxes in some:
        grids = [grid for grid in anchor_grids(width, height, anchors) if grid.count]
        for label in label_grids(grids, boxes, _NO_CROWDS, anchors):
            kept += int(label.kept.sum())
            positive += int(label.positive.sum())
    return kept / max(len(some), 1), positive / max(len(some), 1)


def _spread(scenes: Sequence[Scene], most: int) -> list[Scene]:
    """At most so many, from all over: a data set is often sorted."""
    step = max(1, -(-len(scenes) // most))
    return list(scenes[::step])


def _strides(scenes: Sequence[Scene]) -> list[int]:
    """Strides up to the smaller side of a usual box; a coarser grid cannot reach it."""
    boxes = np.concatenate([boxes for _, _, boxes in scenes])
    side = float(np.median((boxes[:, 2:] - boxes[:, :2]).min(axis=1)))
    return [stride for stride in _STRIDES if stride <= side] or [1]


def _anchor_count(scene: Scene, anchors: Anchors) -> int:
    return sum(grid.count for grid in anchor_grids(scene[0], scene[1], anchors))
