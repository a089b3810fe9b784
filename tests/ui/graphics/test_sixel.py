"""Pixels as sixels, read again by a reader of the format."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.ui.graphics.painting import CLEAR, INK_OF, INKS
from objtui.ui.graphics.sixel import BRIGHTEST, PALETTE, numbered, sixels
from tests.ui.pixel_terminal import sixel_pixels

ROUNDING = 2
"""Of colours, which are whole hundredths in sixels."""


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20), st.randoms())
def test_every_pixel_comes_back(height: int, width: int, colours: int, random: object) -> None:
    rng = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    numbers = rng.integers(0, len(PALETTE), colours)[rng.integers(0, colours, (height, width))]
    pixels = sixel_pixels(sixels(numbers.astype(np.uint8)))
    assert (pixels[..., 3] == 255).all()
    apart = pixels[..., :3].astype(int) - PALETTE[numbers].astype(int)
    assert abs(apart).max() <= ROUNDING


@pytest.mark.parametrize(("channels", "step"), [(1, BRIGHTEST / 15), (3, BRIGHTEST / 5)])
def test_a_colour_is_the_nearest_that_there_is(channels: int, step: float) -> None:
    ground = np.random.default_rng(0).integers(0, BRIGHTEST + 1, (30, 30, channels), np.uint8)
    shown = PALETTE[numbered(ground, np.full((30, 30), CLEAR, np.uint8))]
    assert abs(shown.astype(int) - ground).max() <= step / 2 + 1


def test_boxes_keep_their_inks() -> None:
    boxes = np.full((8, 8), CLEAR, np.uint8)
    boxes[2] = INK_OF["missed"]
    numbers = numbered(np.zeros((8, 8, 3), np.uint8), boxes)
    assert (PALETTE[numbers[2]] == INKS[INK_OF["missed"]]).all()
    assert (PALETTE[numbers[3]] == 0).all()


def test_a_terminal_of_256_colours_has_them_all() -> None:
    assert len(PALETTE) <= 256
