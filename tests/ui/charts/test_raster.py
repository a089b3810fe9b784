"""Pixels as cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from objtui.ui.charts.raster import HALF, SHADES, Letter, raster_lines, resampled
from objtui.ui.theme import Theme
from tests.ui.panels.panel_cases import ASCII, BLOCK, BRAILLE, GREY, THEMES, check_form, styles

RAMP = np.linspace(0, 255, 16).astype(np.uint8)[None, :, None].repeat(8, axis=0)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
def test_a_picture_of_other_size_has_the_same_mean(
    height: int, width: int, rows: int, columns: int
) -> None:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
    values = resampled(pixels, rows, columns)
    assert values.shape == (rows, columns, 3)
    np.testing.assert_allclose(values.mean(axis=(0, 1)), pixels.mean(axis=(0, 1)))


@pytest.mark.parametrize(("rows", "columns"), [(4, 8), (7, 5), (3, 11)])
def test_it_is_pillows_box_filter(rows: int, columns: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (30, 44), np.uint8)
    ours = resampled(pixels[..., None], rows, columns)[..., 0]
    theirs = Image.fromarray(pixels.astype(np.float32)).resize(
        (columns, rows), Image.Resampling.BOX
    )
    # Pillow takes whole pixels alone.
    tolerance = 0.1 if 30 % rows == 0 == 44 % columns else 40
    np.testing.assert_allclose(ours, np.asarray(theirs), atol=tolerance)


@pytest.mark.parametrize("theme", THEMES, ids=str)
def test_lines_have_the_form_that_the_theme_asks_for(theme: Theme) -> None:
    check_form(raster_lines(RAMP, 4, 16, [Letter(1, 2, "x", "")], theme), theme, 16, 4)


@pytest.mark.parametrize("theme", [BRAILLE, BLOCK], ids=str)
def test_in_colour_a_cell_is_two_pixels(theme: Theme) -> None:
    pixels = np.zeros((2, 1, 3), np.uint8)
    pixels[0, 0], pixels[1, 0] = (255, 0, 0), (0, 0, 255)
    (line,) = raster_lines(pixels, 1, 1, [], theme)
    assert line.plain == HALF
    style = styles([line])[-1]
    assert style.color is not None
    assert style.bgcolor is not None
    red, blue = style.color.get_truecolor(), style.bgcolor.get_truecolor()
    assert red.red > 100
    assert blue.blue > 100
    assert (red.green, red.blue, blue.red, blue.green) == (0, 0, 0, 0)


@pytest.mark.parametrize("theme", [GREY, ASCII], ids=str)
def test_elsewhere_shades_go_from_the_darkest_to_the_lightest(theme: Theme) -> None:
    shades = SHADES[theme.glyphs]
    line, *_ = raster_lines(RAMP, 4, 16, [], theme)
    places = [shades.index(shade) for shade in line.plain]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, len(shades) - 1)


@pytest.mark.parametrize("theme", THEMES, ids=str)
def test_letters_stand_over_it_the_last_before_others_none_outside(theme: Theme) -> None:
    letters = [Letter(0, 1, "a", ""), Letter(0, 1, "b", ""), Letter(9, 0, "c", "")]
    lines = raster_lines(RAMP, 2, 4, letters, theme)
    assert lines[0].plain[1] == "b"
    assert "c" not in "".join(line.plain for line in lines)
