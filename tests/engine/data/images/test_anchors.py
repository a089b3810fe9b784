"""The grid of anchors, their IoU and which of them are rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.engine.data.images.anchors import (
    Grid,
    anchor_axis,
    anchor_grids,
    label_grid,
    label_grids,
)
from objtui.scenario.schema import Anchors

NONE = np.empty((0, 4))


def corners(grid: Grid) -> list[list[tuple[float, float, float, float]]]:
    """Every anchor of a grid by its centre, one at a time."""
    lefts = [grid.x.first + grid.x.offset + i * grid.x.stride for i in range(grid.x.count)]
    tops = [grid.y.first + grid.y.offset + i * grid.y.stride for i in range(grid.y.count)]
    return [[(x, y, x + grid.x.size, y + grid.y.size) for x in lefts] for y in tops]


def brute_iou(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / (sum(area) - width * height)


@given(
    length=st.integers(1, 90),
    stride=st.integers(1, 20),
    quarters=st.integers(1, 200),
)
def test_an_axis_holds_exactly_the_anchors_that_lie_whole_inside(
    length: int, stride: int, quarters: int
) -> None:
    size = quarters / 4
    centres = [(i + 0.5) * stride for i in range(length + 1)]
    inside = [c - size / 2 for c in centres if c - size / 2 >= 0 and c + size / 2 <= length]
    axis = anchor_axis(length, stride, size)
    assert [axis.first + axis.offset + i * stride for i in range(axis.count)] == inside
    for left in inside:  # all touch the same number of pixels, at the same offset
        assert int(left) + axis.offset == left
        assert axis.pixels == int(np.ceil(left + size)) - int(left)


def test_an_anchor_of_fractional_edges_that_leaves_the_image_is_no_anchor() -> None:
    axis = anchor_axis(24, 8, 15.0)  # centre 4 begins at −3.5, 12 at 4.5, 20 ends at 27.5
    assert (axis.count, axis.first, axis.offset, axis.pixels) == (1, 4, 0.5, 16)


def test_absurd_sizes_and_strides_have_no_anchors() -> None:
    assert anchor_axis(100, 8, 1e300).count == 0
    assert anchor_axis(100, 10**400, 8.0).count == 0
    assert anchor_axis(100, 8, 1e-200).count == 12


boxes = st.lists(
    st.tuples(*[st.floats(-1, 61, width=16)] * 2, *[st.floats(0.25, 40, width=16)] * 2), max_size=6
)


@settings(deadline=None, max_examples=60)
@given(
    found=boxes,
    crowds=boxes,
    stride=st.integers(3, 12),
    size=st.sampled_from([8.0, 15.0, (10.0, 20.0), (12.5, 7.0)]),
    bounds=st.sampled_from([(0.5, 0.3), (0.3, 0.3), (0.6, 0.1), (1.0, 1.0)]),
)
def test_labels_are_those_of_a_plain_loop(
    found: list[tuple[float, ...]],
    crowds: list[tuple[float, ...]],
    stride: int,
    size: float | tuple[float, float],
    bounds: tuple[float, float],
) -> None:
    rules = Anchors(stride=stride, sizes=(size,), positive_iou=bounds[0], negative_iou=bounds[1])
    objects = [(x, y, x + w, y + h) for x, y, w, h in found]
    ignored = [(x, y, x + w, y + h) for x, y, w, h in crowds]
    (grid,) = anchor_grids(60, 50, rules)
    labels = label_grid(
        grid, np.array(objects).reshape(-1, 4), np.array(ignored).reshape(-1, 4), rules
    )
    for row, anchors in enumerate(corners(grid)):
        for column, anchor in enumerate(anchors):
            iou = max((brute_iou(anchor, each) for each in objects), default=0.0)
            assert labels.iou[row, column] == iou
            area = (anchor[2] - anchor[0]) * (anchor[3] - anchor[1])
            shared = [
                max(0, min(anchor[2], c[2]) - max(anchor[0], c[0]))
                * max(0, min(anchor[3], c[3]) - max(anchor[1], c[1]))
                for c in ignored
            ]
            crowded = any(each >= area / 2 for each in shared)
            positive = iou >= bounds[0]
            assert labels.positive[row, column] == positive
            assert labels.kept[row, column] == (positive or (iou < bounds[1] and not crowded))


def test_an_iou_of_exactly_the_bound_is_positive_and_of_the_lower_bound_left_out() -> None:
    rules = Anchors(stride=8, sizes=(8.0,), positive_iou=0.5, negative_iou=0.25)
    (grid,) = anchor_grids(24, 8, rules)
    objects = np.array([[0.0, 0, 4, 8], [8.0, 0, 10, 8]])  # half and a quarter of an anchor
    labels = label_grid(grid, objects, NONE, rules)
    assert labels.positive.tolist() == [[True, False, False]]
    assert labels.kept.tolist() == [[True, False, True]]


def test_half_an_anchor_in_one_crowd_is_left_out_but_not_two_quarters_in_two() -> None:
    rules = Anchors(stride=8, sizes=(8.0,))
    (grid,) = anchor_grids(16, 8, rules)
    half, quarter, another = [0.0, 0, 8, 4], [8.0, 0, 10, 8], [14.0, 0, 16, 8]
    labels = label_grid(grid, NONE, np.array([half, quarter, another]), rules)
    assert labels.kept.tolist() == [[False, True]]


def test_a_positive_inside_a_crowd_stays_positive() -> None:
    rules = Anchors(stride=8, sizes=(8.0,))
    (grid,) = anchor_grids(8, 8, rules)
    labels = label_grid(grid, np.array([[0.0, 0, 8, 8]]), np.array([[0.0, 0, 8, 8]]), rules)
    assert labels.kept.all()
    assert labels.positive.all()


def chosen(per_object: int, boxes: list[tuple[float, ...]], *crowds: tuple[float, ...]) -> list:
    """Size, row and column of the positive anchors of a 64 × 48 image, and the labels."""
    rules = Anchors(sizes=(16.0, 24.0), per_object=per_object)
    grids = anchor_grids(64, 48, rules)
    labels = label_grids(grids, np.array(boxes, float), np.array(crowds).reshape(-1, 4), rules)
    return [
        [
            (index, *map(int, place))
            for index, label in enumerate(labels)
            for place in np.argwhere(label.positive)
        ],
        labels,
    ]


def best_by_a_plain_loop(box: tuple[float, ...], count: int) -> list[tuple[int, int, int]]:
    left, top, right, bottom = box
    ranked = []
    for index, grid in enumerate(anchor_grids(64, 48, Anchors(sizes=(16.0, 24.0)))):
        for row in range(grid.y.count):
            for column in range(grid.x.count):
                x = grid.x.first + grid.x.offset + 8 * column
                y = grid.y.first + grid.y.offset + 8 * row
                size = grid.x.size
                shared = max(0, min(right, x + size) - max(left, x))
                shared *= max(0, min(bottom, y + size) - max(top, y))
                union = size * size + (right - left) * (bottom - top) - shared
                ranked.append((-shared / union, index, row, column))
    return sorted(each[1:] for each in sorted(ranked)[:count] if each[0] < 0)


@pytest.mark.parametrize("per_object", [1, 2, 5])
def test_the_best_anchors_of_an_object_are_positive_and_all_others_background(
    per_object: int,
) -> None:
    for box in [(1.5, 2, 6, 7.25), (20, 13, 41, 35), (0, 0, 64, 48), (12, 12, 28, 28)]:
        places, labels = chosen(per_object, [box])
        assert places == best_by_a_plain_loop(box, per_object)
        assert all(label.kept.all() for label in labels)
        assert np.any([label.matched for label in labels])


def test_an_anchor_that_is_best_of_two_objects_counts_once() -> None:
    places, labels = chosen(1, [(12, 12, 28, 28), (13, 13, 27, 27)])
    assert len(places) == 1
    assert np.any([label.matched for label in labels], axis=0).all()


def test_background_inside_a_crowd_is_left_out_also_with_the_best_of_each_object() -> None:
    places, labels = chosen(1, [(12, 12, 28, 28)], (0, 0, 64, 48))
    assert len(places) == sum(int(label.kept.sum()) for label in labels) == 1
