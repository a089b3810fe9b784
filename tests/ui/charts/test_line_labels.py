"""Names on the lines of a diagram, and on its axis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from objtui.ui.charts.dots import column_centres
from objtui.ui.charts.line_labels import label_lines, named_ticks, with_axis_name
from objtui.ui.theme import Theme

GLYPHS = st.sampled_from(["braille", "block", "ascii"])


def test_a_name_stands_on_its_line_at_an_end_where_no_other_is() -> None:
    at = column_centres(40, "ascii")
    rising, falling = label_lines([at, 1 - at], ["up", "down"], 10, 40, "ascii")
    assert rising[9].startswith("up") or rising[0].endswith("up")
    assert falling[0].startswith("down") or falling[9].endswith("down")


def test_a_line_that_is_broken_has_its_name_where_it_is_drawn() -> None:
    line = np.where(np.arange(60) < 20, np.nan, 0.5)
    (layer,) = label_lines([line], ["late"], 5, 30, "braille")
    row = next(row for row in layer if row.strip())
    assert row.index("late") >= 9


@given(
    st.integers(1, 12),
    st.integers(1, 50),
    GLYPHS,
    st.lists(st.sampled_from(["P", "recall", "precision"]), min_size=1, max_size=3),
    st.data(),
)
def test_names_never_overlap_nor_leave_the_diagram(rows, cells, glyphs, names, data) -> None:
    columns = len(column_centres(cells, glyphs))
    values = st.one_of(st.floats(0, 1), st.just(float("nan")))
    lines = [
        np.array(data.draw(st.lists(values, min_size=columns, max_size=columns))) for _ in names
    ]
    layers = label_lines(lines, names, rows, cells, glyphs)
    assert all(len(layer) == rows and {len(row) for row in layer} == {cells} for layer in layers)
    written = sum(np.array([[char != " " for char in row] for row in layer]) for layer in layers)
    assert np.max(written) <= 1


@pytest.mark.parametrize(
    ("border", "named"),
    [
        ("╰── 0 ──────────── 1 ─╯", "╰── 0 ── recall ── 1 ─╯"),
        ("╰── 0 ─── 1 ─╯", "╰── 0 ─── 1 ─╯"),
    ],
)
def test_an_axis_has_its_name_in_the_widest_gap_of_its_numbers_or_none(border, named) -> None:
    panel = with_axis_name([Text("top"), Text(border)], "recall", Theme())
    assert [line.plain for line in panel] == ["top", named]


def test_an_axis_with_a_name_has_fewer_ticks() -> None:
    assert [named_ticks(cells) for cells in (10, 30, 60, 140)] == [2, 3, 4, 10]
