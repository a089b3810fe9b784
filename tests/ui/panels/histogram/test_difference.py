"""The difference from the reference head."""

from __future__ import annotations

from tests.runs_for_tests import a_moment
from tests.ui.panels.histogram.histogram_cases import FIRST, TWO, panel
from tests.ui.panels.panel_cases import rows_of


def test_a_difference_shows_more_above_and_fewer_below_each_line():
    lines = rows_of(panel(TWO, head=1, difference=True))
    assert lines[0].startswith("╭ ▲ ce − bce AP ≈−.037 ± .038 ")
    objects, background = [row for row, line in enumerate(lines[:-1]) if "┼" in line]
    assert lines[objects - 1][1 + 29] == "█"
    assert lines[objects + 1][1 + 28] == "█"
    assert lines[background - 1][1 + 10] == "█"
    assert lines[background + 1][1 + 8] == "█"


def test_the_reference_says_so_and_shows_its_histogram():
    lines, usual = rows_of(panel(TWO, difference=True)), rows_of(panel(TWO))
    assert "bce (reference)" in lines[0]
    assert lines[1:] == usual[1:]


def test_equal_heads_have_no_difference():
    same = a_moment(FIRST, FIRST)
    lines = "".join(rows_of(panel(same, head=1, difference=True)))
    assert "objects: same" in lines
    assert "background: same" in lines
    assert "█" not in lines


def test_the_lowest_difference_panel_shows_signs():
    lines = rows_of(panel(TWO, head=1, height=4, difference=True))
    assert "+" in lines[1]
    assert "−" in lines[1]
