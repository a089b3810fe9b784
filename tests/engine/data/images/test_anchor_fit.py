"""Anchor sizes fitted to boxes: k-means on the IoU of sizes."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.cluster import KMeans

from objtui.engine.data.images.anchor_fit import fit_sizes, largest_side, size_iou
from objtui.engine.data.images.anchors import anchor_axis

SIDES = arrays(np.float64, st.tuples(st.integers(1, 40), st.just(2)), elements=st.floats(1, 500))


def clusters(centres: list[tuple[float, float]], rows: int, seed: int = 0) -> np.ndarray:
    """Widths and heights within a tenth of some sizes."""
    generator = np.random.default_rng(seed)
    return np.concatenate([np.array(c) * generator.uniform(0.9, 1.1, (rows, 2)) for c in centres])


def overlap(sides: np.ndarray, sizes: object) -> float:
    """Mean over boxes of the IoU with the best size."""
    return float(size_iou(sides, np.array(sizes)).max(axis=1).mean())


def test_sizes_far_apart_are_those_of_kmeans() -> None:
    sides = clusters([(14, 15), (40, 30), (90, 160)], 50)
    expected = KMeans(3, n_init=10, random_state=0).fit(sides).cluster_centers_
    expected = expected[expected.prod(axis=1).argsort()]
    np.testing.assert_allclose(fit_sizes(sides, 3), expected, atol=0.5)


@pytest.mark.parametrize("seed", range(5))
def test_the_overlap_is_that_of_the_best_of_all_partitions(seed: int) -> None:
    sides = np.random.default_rng(seed).uniform(20, 400, (8, 2))
    best = 0.0
    for groups in product((0, 1), repeat=8):
        members = np.array(groups, bool)
        if members.any() and not members.all():
            means = [sides[members].mean(axis=0), sides[~members].mean(axis=0)]
            best = max(best, overlap(sides, means))
    assert overlap(sides, fit_sizes(sides, 2)) >= best - 0.02


def test_a_size_that_is_many_times_as_frequent_weighs_as_much() -> None:
    sides = np.repeat([[20.0, 20.0], [30.0, 30.0]], [99, 1], axis=0)
    assert fit_sizes(sides, 1) == ((20.0, 20.0),)


def test_iou_of_sizes_is_that_of_boxes_centred_on_each_other() -> None:
    assert size_iou(np.array([[10.0, 20.0]]), np.array([[20.0, 10.0], [10.0, 20.0]])).tolist() == [
        [100 / 300, 1.0]
    ]


@given(SIDES, st.integers(1, 9), st.integers(0, 3))
def test_sizes_are_few_sorted_and_within_the_boxes(
    sides: np.ndarray, count: int, seed: int
) -> None:
    sizes = fit_sizes(sides, count, seed)
    assert 1 <= len(sizes) <= min(count, len(np.unique(sides, axis=0)))
    areas = [width * height for width, height in sizes]
    assert areas == sorted(areas)
    assert len(set(sizes)) == len(sizes)
    low, high = sides.min(axis=0), sides.max(axis=0)
    for size in sizes:
        assert all(low - 0.5 <= size)
        assert all(size <= high + 0.5)
        assert all(side >= 1 and (side * 2).is_integer() for side in size)


@given(SIDES, st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_order_of_the_boxes_is_of_no_account(
    sides: np.ndarray, count: int, random: Random
) -> None:
    order = list(range(len(sides)))
    random.shuffle(order)
    assert fit_sizes(sides[order], count, 1) == fit_sizes(sides, count, 1)


@given(st.integers(1, 300), st.integers(1, 40))
def test_the_largest_side_is_the_last_that_has_an_anchor(length: int, stride: int) -> None:
    side = largest_side(length, stride)
    assert side == 0 or anchor_axis(length, stride, float(side)).count
    assert not anchor_axis(length, stride, side + 0.5).count


def test_there_are_no_sizes_of_no_boxes_and_a_single_one_of_a_single_box() -> None:
    assert fit_sizes(np.empty((0, 2)), 3) == ()
    assert fit_sizes(np.array([[12.4, 3.3]]), 3) == ((12.0, 3.5),)
    assert fit_sizes(np.array([[0.2, 0.3]]), 3) == ((1.0, 1.0),)


def test_many_distinct_boxes_are_a_matter_of_a_second() -> None:
    sides = clusters([(20, 20), (200, 150)], 30_000)
    np.testing.assert_allclose(fit_sizes(sides, 2), [(20, 20), (200, 150)], atol=2)
