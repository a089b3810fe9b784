"""Anchors fitted to the boxes of images, and the boxes that anchors reach."""

from __future__ import annotations

import numpy as np
import pytest

from objtui.engine.data.images.anchor_reach import fit_anchors, reached, share_text
from objtui.engine.data.images.anchors import anchor_grids
from objtui.errors import DataError
from objtui.scenario.schema import Anchors

AUTO = Anchors(sizes="auto")


def scene(width: int, height: int, *boxes: tuple[float, float, float, float]) -> tuple:
    """An image of this size with boxes given as left, top, width, height."""
    corners = [(x, y, x + w, y + h) for x, y, w, h in boxes]
    return width, height, np.array(corners, float).reshape(-1, 4)


def test_sizes_that_are_given_stay() -> None:
    assert fit_anchors([], Anchors(), 0) == (Anchors(), "")


def test_fitted_sizes_are_those_of_the_boxes_squares_as_a_number() -> None:
    scenes = [scene(200, 100, (0, 0, 12, 12), (20, 20, 40, 20)), scene(50, 50)]
    anchors, notice = fit_anchors(scenes, AUTO, 0)
    assert anchors.sizes == (12.0, (40.0, 20.0))
    assert notice == "anchors fitted to 2 boxes: 12 × 12, 40 × 20"


def test_a_box_that_no_anchor_can_match_takes_no_size() -> None:
    scenes = [scene(200, 100, (0, 0, 12, 12), (20, 20, 0.5, 20))]
    assert fit_anchors(scenes, AUTO, 0)[0].sizes == (12.0,)


@pytest.mark.parametrize("stride", [1, 7, 8, 32])
def test_fitted_sizes_have_anchors_where_a_box_fills_its_image(stride: int) -> None:
    scenes = [scene(64, 40, (0, 0, 64, 40)), scene(30, 30, (0, 0, 30, 30))]
    anchors, notice = fit_anchors(scenes, AUTO.model_copy(update={"stride": stride}), 0)
    for width, height, _ in scenes:
        assert any(grid.count for grid in anchor_grids(width, height, anchors))
    assert ("1 box is too large for any anchor" in notice) == (stride == 32)


def test_there_is_nothing_to_fit_without_boxes_or_without_room_for_an_anchor() -> None:
    with pytest.raises(DataError, match=r"sizes: there is no training box to fit"):
        fit_anchors([scene(64, 64)], AUTO, 0)
    tiny = [scene(10, 10, (0, 0, 5, 5))]
    with pytest.raises(DataError, match=r"sizes: no anchor at stride 32"):
        fit_anchors(tiny, Anchors(sizes="auto", stride=32), 0)


def test_boxes_are_reached_from_positive_iou_on() -> None:
    scenes = [scene(64, 64, (4, 4, 16, 16), (8, 8, 16, 16), (0, 0, 60, 60))]
    assert reached(scenes, Anchors(sizes=(16.0,))) == 1
    assert reached(scenes, Anchors(sizes=(16.0,), positive_iou=0.3)) == 2
    assert reached(scenes, Anchors(sizes=(16.0,), per_object=1)) == 3


def test_a_share_is_0_or_100_per_cent_only_where_it_is() -> None:
    assert [share_text(count, 10_000) for count in (0, 1, 9712, 9999, 10_000)] == [
        "0 %",
        "0.1 %",
        "97.1 %",
        "99.9 %",
        "100 %",
    ]
