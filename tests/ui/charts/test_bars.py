"""Columns of glyphs: heights, the smallest one, and both directions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.ui.charts.bars import (
    OPAQUE,
    column_heights,
    column_levels,
    hanging,
    layered,
    standing,
)

LEVELS = ("braille", "block", "ascii")
shares = st.floats(0, 1) | st.floats(0, 1e-12)


def test_eighths_stand_on_the_line():
    heights = np.array([0, 1 / 16, 8 / 16, 11 / 16, 1])
    assert standing(heights, 2, "block") == ["   ▃█", " ▁███"]


def test_eighths_hang_from_the_line_in_reverse():
    full, rest = zip(
        *hanging(np.array([0, 1 / 16, 8 / 16, 11 / 16, 1]), 2, "block", "red"), strict=True
    )
    assert full == (("  ███"[:5], "red"), ("    █", "red"))
    assert rest == ((" ▇   ", "red reverse"), ("   ▅ ", "red reverse"))


def test_ascii_columns_use_three_characters_each_way():
    heights = np.array([0, 1, 2, 3, 4]) / 6
    assert standing(heights, 2, "ascii") == ["    .", " .:##"]
    assert hanging(heights, 2, "ascii", "red") == [[(" ':##", "red")], [("    '", "red")]]


@given(st.lists(shares, min_size=1, max_size=40), st.integers(1, 12), st.sampled_from(LEVELS))
def test_only_columns_of_zero_are_blank_and_only_a_full_one_reaches_the_end(heights, rows, glyphs):
    bins = np.array(heights)
    hung = [layered(layers).plain for layers in hanging(bins, rows, glyphs, "")]
    for lines, nearest in ((standing(bins, rows, glyphs), -1), (hung, 0)):
        assert len(lines) == rows
        assert [glyph != " " for glyph in lines[nearest]] == [height > 0 for height in heights]
        for column, height in enumerate(heights):
            cells = sum(line[column] != " " for line in lines)
            assert cells <= max(1, np.ceil(height * rows + 0.5))


@given(st.lists(shares, min_size=2, max_size=30), st.integers(1, 50))
def test_levels_keep_the_order_of_heights(heights, most):
    ascending = np.sort(np.array(heights))
    levels = column_levels(ascending, most)
    assert (np.diff(levels) >= 0).all()
    np.testing.assert_array_less(np.abs(levels - ascending * most), 1 + 1e-9)


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=30), st.floats(1, 1e12))
@settings(max_examples=50)
def test_heights_lie_between_none_and_the_whole(counts, top):
    for log in (True, False):
        heights = column_heights(np.array(counts), top, log)
        assert ((heights >= 0) & (heights <= 1)).all()


def test_log_heights_show_a_few_rows_beside_many():
    log = column_heights(np.array([0.0, 1.0, 999.0]), 999, True)
    linear = column_heights(np.array([0.0, 1.0, 999.0]), 999, False)
    assert log == pytest.approx([0, 0.1003, 1], abs=1e-4)
    assert linear == pytest.approx([0, 1 / 999, 1])


def test_no_lines_hold_no_columns():
    for glyphs in LEVELS:
        assert standing(np.ones(2), 0, glyphs) == []


def test_the_first_layer_that_is_not_blank_shows_in_its_style():
    line = layered([("a  ", "red"), ("bb ", "blue"), ("ccc", "dim")])
    assert line.plain == "abc"
    assert [(span.start, span.end, span.style) for span in line.spans] == [
        (0, 1, "red"),
        (1, 2, "blue"),
        (2, 3, "dim"),
    ]


def test_an_opaque_blank_hides_what_lies_behind_it():
    line = layered([(f"a{OPAQUE}b ", "italic"), ("|||-", "dim")])
    assert line.plain == "a b-"
