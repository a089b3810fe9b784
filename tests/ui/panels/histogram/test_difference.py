"""The difference from the reference head."""

from __future__ import annotations

import numpy as np

from tests.ui.panels.histogram.histogram_cases import (
    TWO,
    TWO_HEADS,
    moment_of,
    panel,
    plain,
)


def test_a_difference_shows_more_above_and_fewer_below_each_line():
    lines = plain(panel(TWO, head=1, difference=True))
    assert lines[0].startswith("╭ ▲ ce − bce AP .905 ")
    objects, background = [row for row, line in enumerate(lines[:-1]) if "┼" in line]
    assert lines[objects - 1][1 + 29] == "█"
    assert lines[objects + 1][1 + 28] == "█"
    assert lines[background - 1][1 + 10] == "█"
    assert lines[background + 1][1 + 8] == "█"


def test_the_reference_says_so_and_shows_its_histogram():
    lines, usual = plain(panel(TWO, difference=True)), plain(panel(TWO))
    assert "bce (reference)" in lines[0]
    assert lines[1:] == usual[1:]


def test_equal_heads_have_no_difference():
    same = moment_of(np.stack([TWO_HEADS[0]] * 2))
    lines = "".join(plain(panel(same, head=1, difference=True)))
    assert "objects: same" in lines
    assert "background: same" in lines
    assert "█" not in lines


def test_the_lowest_difference_panel_shows_signs():
    lines = plain(panel(TWO, head=1, height=4, difference=True))
    assert "+" in lines[1]
    assert "−" in lines[1]
