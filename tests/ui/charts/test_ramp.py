"""The ramp of colours: its order of brightness, and what a cell shows of two values."""

from __future__ import annotations

import numpy as np
import pytest
from rich.color import Color
from rich.style import Style

from objtui.ui.charts.ramp import RAMP, RAMP_256, has_ramp, ramp_lines
from objtui.ui.theme import Theme, colour_depth


def brightness(name: str) -> float:
    """The relative luminance of a colour: WCAG 2.1."""
    parts = [part / 255 for part in Color.parse(name).get_truecolor()]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("ramp", [RAMP, RAMP_256])
def test_brightness_rises_from_colour_to_colour_and_all_are_seen_on_black(ramp):
    of_colours = [brightness(name) for name in ramp]
    assert of_colours == sorted(set(of_colours))
    assert min(of_colours) > 0.03
    assert max(of_colours) < 0.95  # white has 1


def test_a_cell_shows_two_values_and_what_is_under_it_where_there_is_none():
    levels = np.array([[1, 0, 3, 2, 0], [1, 2, 0, 5, 0]])
    [line] = ramp_lines(levels, [("-----", "dim")], Theme())
    assert line.plain == "█▄▀▀-"
    style = line.spans[3].style
    assert isinstance(style, Style)
    assert style.color is not None
    assert style.bgcolor is not None
    assert (style.color.name, style.bgcolor.name) == (RAMP[1], RAMP[4])


def test_a_ramp_needs_colours_and_blocks():
    assert has_ramp(Theme())
    assert has_ramp(Theme("block", depth=256))
    for theme in (Theme("ascii"), Theme(depth=16), Theme(colours=False)):
        assert not has_ramp(theme)


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"COLORTERM": "truecolor", "TERM": "xterm"}, 2**24),
        ({"TERM": "xterm-256color"}, 256),
        ({"TERM": "xterm"}, 16),
        ({}, 16),
    ],
)
def test_the_depth_of_colours_is_what_the_terminal_says(environ, depth):
    assert colour_depth(environ) == depth
