"""Lines of dots: where they go, how they join, and that they lie on their marks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.ui.charts.dots import DOTS, column_centres, composed, dot_rows, line_dots, mark_rows

NAN = float("nan")
LEVELS = ("braille", "block", "ascii")


@pytest.mark.parametrize("glyphs", LEVELS)
@given(places=st.lists(st.floats(0, 1) | st.just(NAN), min_size=1, max_size=30))
def test_a_line_passes_through_its_places_and_has_no_gaps(places, glyphs):
    line = np.array(places)
    dots = line_dots(line, line, 5, glyphs)
    down = 5 * DOTS[glyphs][1]
    assert dots.shape == (down, len(places))
    for column, place in enumerate(places):
        rows = np.flatnonzero(dots[::-1, column])
        if np.isnan(place):
            assert not len(rows)
            continue
        assert int(np.floor(round(0.5 + (down - 1) * place, 8))) in rows
        assert (np.diff(rows) == 1).all()
        if column and not np.isnan(places[column - 1]):
            before = np.flatnonzero(dots[::-1, column - 1])
            assert min(abs(int(a) - int(b)) for a in rows for b in before) <= 1


def test_dots_are_written_in_the_glyphs_of_the_level():
    line = np.array([0.0, 1.0])
    assert dot_rows(line_dots(line, line, 1, "braille"), "braille") == ["⡜"]
    assert dot_rows(line_dots(line, line, 1, "block"), "block") == ["▞"]
    assert dot_rows(line_dots(line, line, 2, "ascii"), "ascii", "o") == [" o", "o "]


def test_a_mark_lies_in_the_cell_of_its_line():
    at = column_centres(9, "braille")
    line = np.linspace(0, 1, len(at))
    rows = dot_rows(line_dots(line, line, 5, "braille"), "braille")
    marks = mark_rows([(x, x, "M") for x in (0.0, 0.5, 1.0)], 5, 9, "braille")
    for drawn, marked in zip(rows, marks, strict=True):
        assert all(d != " " for d, m in zip(drawn, marked, strict=True) if m == "M")
    assert "".join(marks).count("M") == 3


def test_layers_in_front_hide_those_behind():
    [line] = composed([(["a "], "bold"), (["bb"], "")], 1, 2)
    assert line.plain == "ab"
