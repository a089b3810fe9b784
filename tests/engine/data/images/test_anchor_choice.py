"""Choosing stride and sizes for boxes."""

from __future__ import annotations

import numpy as np
import pytest

from objtui.engine.data.images.anchor_choice import ENOUGH, choose_anchors, rows_of
from objtui.engine.data.images.anchor_reach import Scene, reached
from objtui.engine.data.images.anchors import anchor_grids
from objtui.errors import DataError
from objtui.scenario.schema import Anchors


def scenes(side: float, count: int = 8, length: int = 256) -> list[Scene]:
    """Images with boxes of about a side, anywhere in them."""
    generator = np.random.default_rng(0)
    made = []
    for _ in range(count):
        sides = side * generator.uniform(0.8, 1.25, (6, 2))
        corners = generator.uniform(0, length - sides)
        made.append((length, length, np.hstack([corners, corners + sides])))
    return made


@pytest.mark.parametrize("side", [9.0, 24.0, 90.0])
def test_the_chosen_grid_reaches_enough_and_one_of_twice_the_stride_does_not(side: float) -> None:
    boxes = scenes(side)
    chosen, share = choose_anchors(boxes, Anchors(), float("inf"))
    total = sum(len(each) for _, _, each in boxes)
    assert share == reached(boxes, chosen) / total >= ENOUGH
    coarser = chosen.model_copy(update={"stride": 4 * chosen.stride})
    assert reached(boxes, coarser) < ENOUGH * total


def test_larger_boxes_have_a_coarser_grid() -> None:
    strides = [choose_anchors(scenes(side), Anchors(), 1e9)[0].stride for side in (9, 24, 90)]
    assert strides == sorted(strides)
    assert len(set(strides)) > 1


def test_where_not_all_images_fit_a_coarser_grid_will_do() -> None:
    fine, _ = choose_anchors(scenes(24), Anchors(), float("inf"))
    coarse, share = choose_anchors(scenes(24), Anchors(), 10.0)
    assert rows_of(scenes(24), coarse)[0] <= rows_of(scenes(24), fine)[0]
    assert share >= 0.9


def test_rows_of_an_image_are_its_anchors_that_are_not_left_out() -> None:
    anchors = Anchors(stride=8, sizes=(16.0,), positive_iou=0.5, negative_iou=0.5)
    empty: list[Scene] = [(64, 48, np.empty((0, 4)))]
    rows, positive = rows_of(empty, anchors)
    assert rows == sum(grid.count for grid in anchor_grids(64, 48, anchors))
    assert positive == 0


def test_without_boxes_there_is_nothing_to_choose_by() -> None:
    with pytest.raises(DataError, match="no training box"):
        choose_anchors([(64, 64, np.empty((0, 4)))], Anchors(), 1e9)
