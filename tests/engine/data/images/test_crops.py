"""Resized crops against Pillow."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from objtui.engine.data.images import crops
from objtui.engine.data.images.anchors import anchor_grids
from objtui.engine.data.images.crops import resize_matrix, write_crops
from objtui.scenario.schema import Anchors


@pytest.mark.parametrize("size", [8.0, 16.0, 32.0, 15.0, 7.0, 10.5, (24.0, 12.0), (9.0, 30.25)])
@pytest.mark.parametrize("stride", [8, 7])
@pytest.mark.parametrize("crop", [1, 5, 12])
def test_every_crop_is_that_of_pillow(
    size: float | tuple[float, float], stride: int, crop: int
) -> None:
    pixels = np.random.default_rng(0).random((48, 56))
    image = Image.fromarray(pixels.astype(np.float32), mode=None)
    (grid,) = anchor_grids(56, 48, Anchors(stride=stride, sizes=(size,)))
    kept = np.random.default_rng(1).random((grid.y.count, grid.x.count)) < 0.8
    out = np.empty((int(kept.sum()), crop * crop))
    write_crops(pixels[..., None], grid, crop, kept, out)
    expected = []
    for row, column in np.argwhere(kept):
        left = grid.x.first + int(column) * stride
        top = grid.y.first + int(row) * stride
        cut = image.crop((left, top, left + grid.x.pixels, top + grid.y.pixels))
        box = (
            grid.x.offset,
            grid.y.offset,
            grid.x.offset + grid.x.size,
            grid.y.offset + grid.y.size,
        )
        small = cut.resize((crop, crop), Image.Resampling.BILINEAR, box=box)
        expected.append(np.asarray(small).ravel())
    np.testing.assert_allclose(out, np.array(expected), atol=1e-6)


def test_channels_stay_together_at_a_pixel() -> None:
    pixels = np.random.default_rng(0).random((40, 40, 3))
    (grid,) = anchor_grids(40, 40, Anchors(sizes=(16.0,)))
    kept = np.ones((grid.y.count, grid.x.count), np.bool_)
    together, alone = np.empty((grid.count, 48)), np.empty((grid.count, 16))
    write_crops(pixels, grid, 4, kept, together)
    for channel in range(3):
        write_crops(pixels[..., channel : channel + 1], grid, 4, kept, alone)
        np.testing.assert_allclose(together[:, channel::3], alone, atol=1e-14)


def test_blocks_of_anchors_do_not_show_in_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(0).random((64, 48, 1))
    (grid,) = anchor_grids(48, 64, Anchors(sizes=(16.0,)))
    kept = np.random.default_rng(1).random((grid.y.count, grid.x.count)) < 0.5
    whole, parts = (np.empty((int(kept.sum()), 25)) for _ in range(2))
    write_crops(pixels, grid, 5, kept, whole)
    monkeypatch.setattr(crops, "_BLOCK_VALUES", 1)
    write_crops(pixels, grid, 5, kept, parts)
    np.testing.assert_allclose(whole, parts, atol=1e-14)


def test_weights_of_a_pixel_add_up_to_one() -> None:
    for size in (0.001, 3.0, 12.0, 33.3):
        (grid,) = anchor_grids(64, 64, Anchors(sizes=(size,)))
        np.testing.assert_allclose(resize_matrix(grid.x, 12).sum(axis=1), 1)
