"""Tiles: a function of seed and step, with the labels of anchors whole inside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from objtui.engine.data.images.image_set import AnchorImage, DetectorImages
from objtui.engine.steps.tiles import Cut, TileBatches, turned_boxes, write_tile
from objtui.scenario.schema import Scenario
from tests.engine.detector_cases import detector_data, detector_scenario, plain_labels


def make_tiles(scenario: Scenario, most_steps: int = 64) -> TileBatches:
    images = detector_data(scenario).images
    assert images is not None
    return TileBatches(
        images, scenario.train, torch.float64, torch.device("cpu"), most_steps=most_steps
    )


def of_seed(tiles: TileBatches, step: int, seed: int) -> list[torch.Tensor]:
    (batch,) = tiles.take(step, 1)
    mine = batch.matches[1] == seed
    return [
        batch.images[:, seed],
        *(part[:, seed] for part in (batch.targets, batch.positive, batch.weights)),
        batch.matches[:, mine][[0, 2, 3, 4]],
        batch.goals[mine],
        batch.match_weights[mine],
    ]


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    among, alone = (make_tiles(detector_scenario(seeds=seeds)) for seeds in ([3, 7], [7]))
    small = make_tiles(detector_scenario(seeds=[3, 7]), most_steps=3)
    assert small.chunk_steps == 3
    for step in (5, 0, 70, 6):
        for tiles, seed in ((alone, 0), (small, 1)):
            for mine, other in zip(
                of_seed(tiles, step, seed), of_seed(among, step, 1), strict=True
            ):
                assert torch.equal(mine, other)
    assert not torch.equal(of_seed(among, 0, 0)[0], of_seed(among, 0, 1)[0])
    assert not torch.equal(of_seed(among, 0, 0)[0], of_seed(among, 1, 0)[0])


def test_batches_are_taken_across_chunks_too() -> None:
    small, large = (make_tiles(detector_scenario(), most_steps=steps) for steps in (3, 64))
    taken = zip(small.take(2, 6), large.take(2, 6), strict=True)
    assert all(torch.equal(mine.images, other.images) for mine, other in taken)


def test_each_seed_goes_through_all_images_in_orders_of_its_own() -> None:
    scenario = detector_scenario(seeds=2, data={"train_images": 6}, batch=2)
    tiles = make_tiles(scenario)
    orders = [
        [cut.image for step in range(9) for cut in tiles.cuts(seed, step)] for seed in range(2)
    ]
    epochs = [order[start : start + 6] for order in orders for start in (0, 6, 12)]
    assert all(sorted(epoch) == list(range(6)) for epoch in epochs)
    assert len(set(map(tuple, epochs))) > 1


def test_tiles_are_cut_everywhere_and_turned_every_way() -> None:
    tiles = make_tiles(detector_scenario(batch=200))
    cuts = [cut for step in range(5) for cut in tiles.cuts(0, step)]
    assert {cut.orientation for cut in cuts} == set(range(8))
    assert {cut.top for cut in cuts} == {cut.left for cut in cuts} == set(range(72 - 48 + 1))
    still = make_tiles(detector_scenario(batch=200, augment="none"))
    assert {cut.orientation for cut in still.cuts(0, 0)} == {0}


@given(st.integers(0, 7), st.integers(0, 30), st.integers(0, 40))
def test_boxes_turn_with_their_pixels(orientation: int, top: int, left: int) -> None:
    side, box = 32, np.array([[5, 9, 12, 14]])
    pixels = np.zeros((1, 64, 80), np.uint8)
    x0, y0, x1, y1 = box[0]
    pixels[0, y0:y1, x0:x1] = 1
    image = AnchorImage(pixels, box.astype(float), np.empty((0, 4)), np.empty(0, np.int64))
    room = np.full((1, side, side), np.nan)
    values = np.arange(256.0)[None]
    assert write_tile(image, Cut(0, top, left, orientation), values, room) == (side, side)
    at = turned_boxes(image.boxes - [left, top] * 2, orientation, (side, side))[0]
    expected = np.zeros((side, side))
    a, b, c, d = (int(min(max(each, 0), side)) for each in at)
    expected[b:d, a:c] = 1
    np.testing.assert_array_equal(room[0], expected)


@pytest.mark.parametrize("objectness", ["hard", "iou"])
@pytest.mark.parametrize("tile", [48, 96, "whole"])
def test_labels_are_those_of_anchors_one_by_one(objectness: str, tile: Any) -> None:
    """Also where a tile is larger than its image: what lies beyond that never counts."""
    scenario = detector_scenario(data={"objectness": objectness, "size": 70}, tile=tile, seeds=2)
    tiles = make_tiles(scenario)
    images = tiles._images
    for step in range(4):
        (batch,) = tiles.take(step, 1)
        expected: list[tuple[float, ...]] = []
        kept = torch.zeros(batch.weights.shape[:2])
        for number in range(2):
            for seed in range(2):
                cut = tiles.cuts(seed, step)[number]
                image = images.train[cut.image]
                height, width = (min(a, b) for a, b in zip(image.size, tiles.size, strict=True))
                boxes = image.boxes - [cut.left, cut.top] * 2
                boxes = turned_boxes(boxes, cut.orientation, tiles.size)
                labels = plain_labels(*tiles.size, boxes, np.empty((0, 4)), scenario)
                (inside,) = turned_boxes(
                    np.array([[0.0, 0.0, width, height]]), cut.orientation, tiles.size
                )
                for (size, row, column), (kind, offsets) in labels.items():
                    sides = scenario.data.anchors.sizes[size]
                    w, h = sides if isinstance(sides, tuple) else (sides, sides)
                    x, y = (column + 0.5) * 8, (row + 0.5) * 8
                    within = (
                        x - w / 2 >= inside[0]
                        and y - h / 2 >= inside[1]
                        and x + w / 2 <= inside[2]
                        and y + h / 2 <= inside[3]
                    )
                    at = (number, seed, 0, size, row, column)
                    assert bool(batch.positive[at]) == (within and kind == "object")
                    assert bool(batch.weights[at] > 0) == (within and kind != "ignored")
                    kept[number, seed] += float(batch.weights[at] > 0)
                    if within and kind == "object":
                        expected.append(offsets)
                        assert 0.5 <= float(batch.targets[at]) <= 1
                        assert objectness == "iou" or float(batch.targets[at]) == 1
                    else:
                        assert float(batch.targets[at]) == 0
        np.testing.assert_allclose(batch.goals.reshape(-1, 4), np.reshape(expected, (-1, 4)))
        totals = batch.weights.sum((0, 2, 3, 4, 5))
        torch.testing.assert_close(totals, torch.ones_like(totals))
        for seed in range(2):
            mine = batch.match_weights[batch.matches[1] == seed]
            assert not len(mine) or float(mine.sum()) == pytest.approx(1)


def test_pixels_are_standardised_and_what_is_beyond_an_image_is_the_mean() -> None:
    scenario = detector_scenario(data={"size": 70}, tile="whole", batch="all", augment="none")
    tiles = make_tiles(scenario)
    assert (tiles.tiles, tiles.size) == (3, (72, 72))
    images: DetectorImages = tiles._images
    pixels = np.stack([image.pixels for image in images.train]).astype(np.float64)
    cuts = [cut.image for cut in tiles.cuts(0, 0)]
    (batch,) = tiles.take(0, 1)
    expected = (pixels - pixels.mean()) / pixels.std()
    np.testing.assert_allclose(batch.images[:, 0, :70, :70], expected[cuts, 0], atol=1e-12)
    assert not batch.images[..., 70:, :].any()
    assert not batch.images[..., 70:].any()
