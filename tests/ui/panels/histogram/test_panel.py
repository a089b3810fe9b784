"""Histogram panels: what a person reads in them, at every size and glyph level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.measures.histogram import CELLS
from tests.runs_for_tests import a_head, a_moment
from tests.ui.panels.histogram.histogram_cases import (
    TWO,
    WIDTH,
    axis_row,
    overlay,
    panel,
    run_header,
)
from tests.ui.panels.panel_cases import ASCII, THEMES, rows_of


def test_objects_stand_above_the_axis_and_background_hangs_below():
    lines = rows_of(panel(TWO))
    axis = axis_row(lines)
    objects, background = 1 + 20 + 8, 1 + 20 - 12  # 8.5 and −11.5
    assert lines[axis - 1][objects] == "█"
    assert lines[axis + 1][objects] == " "
    assert lines[axis + 1][background] == "█"
    assert lines[axis - 1][background] == " "
    assert "objects" in lines[1]
    assert "background" in lines[-2]


def test_axis_numbers_stand_in_the_lower_border_under_their_marks():
    lines = rows_of(panel(TWO))
    assert lines[-1].startswith("╰−20 ")
    assert lines[-1][25 - 1 : 25 + 2] == "4.6"
    assert lines[axis_row(lines)][25] == "┼"
    assert lines[axis_row(lines) - 4][25] == "┊"


def test_every_row_is_drawn_however_few_they_are_beside_the_others():
    moment = a_moment(a_head([-10.5] * 2_000_000, [3.5]))
    for theme in THEMES:
        for log_counts in (True, False):
            lines = rows_of(
                panel(moment, theme, header=run_header(9, 1, heads=1), log_counts=log_counts)
            )
            assert lines[axis_row(lines) - 1][1 + 23] != " "


@given(
    st.lists(st.integers(0, 3) | st.integers(0, 10**8), min_size=8, max_size=8),
    st.integers(20, 130),
    st.integers(5, 40),
    st.sampled_from(THEMES),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=120, deadline=None)
def test_panels_have_their_size_at_every_size(
    values, width, height, theme, probability, log_counts, focus
):
    places = [0, 100, 224, 225, 260, 300, 447, CELLS - 1]
    counts = np.zeros((2, 2, CELLS), dtype=np.int64)
    counts[0, :, places] = np.array(values)[:, None]
    counts[1, :, places[::-1]] = np.array(values)[:, None]
    moment = a_moment(*(a_head(counts=of_head) for of_head in counts))
    header = run_header(1000, 100, heads=2)
    chosen = {"probability": probability, "log_counts": log_counts, "focus": int(focus)}
    chosen |= {"width": width, "height": height, "header": header}
    panels = [
        panel(moment, theme, 0, diverged_at={"bce": 3}, **chosen),
        panel(moment, theme, 1, difference=True, **chosen),
        overlay(moment, theme, diverged_at={"ce": 3}, **chosen),
    ]
    for lines in panels:
        assert [line.cell_len for line in lines] == [width] * height
        if theme.glyphs == "ascii":
            assert all(line.plain.isascii() for line in lines)
        if not theme.colours:
            styles = {
                word for line in lines for span in line.spans for word in str(span.style).split()
            }
            assert styles <= {"dim", "bold", "italic", "reverse", "none"}


@given(st.lists(st.integers(0, 1000), min_size=38, max_size=38), st.sampled_from(THEMES))
@settings(max_examples=40, deadline=None)
def test_a_column_is_drawn_exactly_where_there_are_rows(values, theme):
    centres = [i - 18.5 for i in range(38)]
    rows = [z for z, count in zip(centres, values, strict=True) for _ in range(count)]
    lines = rows_of(panel(a_moment(a_head(rows, rows)), theme, header=run_header(9, 1, heads=1)))
    axis = axis_row(lines)
    guides = "┊|"
    for place, count in zip(centres, values, strict=True):
        drawn = lines[axis - 1][1 + int(place + 20)]
        if count:
            assert drawn not in {" ", *guides}
    # A histogram bin may straddle two columns, so blanks are asked for away from any row.
    empty = [i for i in range(1, 37) if not any(values[i - 1 : i + 2])]
    for i in empty:
        assert lines[axis - 1][1 + int(centres[i] + 20)] in {" ", *guides}


def test_rows_beyond_the_axis_are_a_bar_with_their_share():
    moment = a_moment(a_head([-50.0] * 12 + [-9.0] * 88, [30.0] * 1500))
    header = run_header(800, 750, heads=1)
    lines = rows_of(panel(moment, header=header, beyond=(True, True)))
    axis = axis_row(lines)
    assert lines[axis][1:3] == "‹ "
    assert lines[axis][-3:-1] == " ›"
    assert lines[axis + 1][1:3] == "█ "
    assert lines[1][-2] == "█"
    assert lines[-2][3:15] == "‹12 % beyond"
    assert lines[1].rstrip("│").rstrip("█ ").endswith("100 % beyond›")
    ascii_lines = rows_of(panel(moment, ASCII, header=header, beyond=(True, True)))
    assert ascii_lines[-2][3:15] == "<12 % beyond"


def test_without_a_bar_of_their_own_rows_beyond_still_stand_at_the_end():
    moment = a_moment(a_head([-50.0] * 12, [3.0]))
    lines = rows_of(panel(moment, header=run_header(13, 1, heads=1)))
    assert lines[axis_row(lines) + 1][1] == "█"


def test_marks_have_their_meaning_beside_them_where_there_is_room():
    lines = rows_of(panel(TWO, width=120))
    text = "\n".join(lines)
    assert "p = .01┊" in text
    assert "┊p = .99" in text
    assert "sigmoid = 1 in float32┊" in text


def test_the_axis_has_a_name_and_says_when_it_is_not_linear():
    assert "logit z" in rows_of(panel(TWO))[-1]
    far = rows_of(panel(TWO, width=120, ends=(-500.0, 500.0)))
    assert "log axis" in far[-2]
    assert "log axis" not in rows_of(panel(TWO, width=120))[-2]
    assert "p" in rows_of(panel(TWO, probability=True))[-1]


def test_rows_without_a_finite_logit_are_told():
    moment = a_moment(a_head([-9.0] * 10, []))
    lines = rows_of(panel(moment, header=run_header(8, 3, heads=1)))
    assert "objects, log counts, 6 NaN" in lines[1]
    assert "NaN" not in lines[-2]


def test_on_the_probability_axis_marks_are_one_and_ninety_nine_percent():
    moment = a_moment(a_head([-700.0] * 9, [800.0] * 9))
    lines = rows_of(panel(moment, width=102, probability=True, header=run_header(9, 4, heads=1)))
    axis = axis_row(lines)
    assert [column for column, glyph in enumerate(lines[axis]) if glyph == "┼"] == [2, 100]
    assert lines[axis + 1][1] == "█"
    assert lines[axis - 1][100] == "█"
    assert lines[-1].endswith(" .99╯")


@pytest.mark.parametrize("theme", THEMES)
def test_before_the_first_frame_a_panel_waits(theme):
    for lines in (
        panel(None, theme),
        panel(None, theme, head=1, difference=True),
        overlay(None, theme),
    ):
        assert [line.cell_len for line in lines] == [WIDTH] * 12
        assert "waiting for a frame" in "".join(rows_of(lines))


def test_the_same_moment_gives_the_same_lines():
    first, second = panel(TWO), panel(TWO)
    assert first == second
    assert [line.spans for line in first] == [line.spans for line in second]
