"""The heat map of a head's histograms over steps."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.runs.histogram_store import HistogramSeries
from objtui.ui.charts.scale import step_scale
from objtui.ui.charts.words import WAITING
from objtui.ui.panels.history import heat_map_panel
from objtui.ui.panels.history.frame import histogram_columns
from objtui.ui.panels.history.heat_map import shade_rows, shades_of
from objtui.ui.theme import Theme
from tests.runs_for_tests import a_series, some_counts
from tests.ui.panels.history.history_cases import DRIFT, a_past, plot_rows
from tests.ui.panels.panel_cases import (
    ASCII,
    BLOCK,
    BRAILLE,
    GREY,
    THEMES,
    check_form,
    plain,
    styles,
)


def drawn(series, theme=ASCII, width=60, height=24, **shown):
    return heat_map_panel(a_past(series, theme, **shown), 0, width, height)


def test_objects_rise_in_the_upper_half_and_background_falls_in_the_lower_one():
    rows = plot_rows(drawn(DRIFT, height=26))
    half = len(rows) // 2
    assert set(rows[half]) == {"-"}
    assert darkest(rows[:half], -1) < darkest(rows[:half], 0)
    assert darkest(rows[half + 1 :], -1) > darkest(rows[half + 1 :], 0)


def darkest(rows, at):
    """The line of the darkest cell of a column."""
    return max(range(len(rows)), key=lambda row: "-:=+*#%@".find(rows[row][at]))


def test_the_marks_of_saturation_are_named_in_both_halves():
    text = plain(drawn(DRIFT, height=30))
    assert text.count("  4.6") == 2
    assert text.count(" -4.6") == 2


def test_columns_before_the_next_moment_hold_the_one_before():
    series = a_series({0: ([0.0], [0.0]), 90: ([0.0], [5.0]), 100: ([0.0], [9.0])})
    columns = histogram_columns(series, step_scale(100, 100, False, 5), 10)
    assert columns.steps.tolist() == [0] * 9 + [100]
    assert columns.counts.sum(axis=(1, 2)).tolist() == [2] * 10


def test_columns_after_the_last_moment_are_empty():
    series = a_series({0: ([0.0], [0.0]), 600: ([0.0], [5.0])})
    columns = histogram_columns(series, step_scale(600, 1000, False, 5), 10)
    assert columns.steps.tolist() == [0] * 6 + [600] + [-1] * 3
    assert not columns.counts[7:].any()


def test_a_single_row_among_millions_is_drawn():
    for theme in (ASCII, BLOCK, BRAILLE, GREY):
        fine = 4 if theme is GREY else 1
        counts = np.zeros((3 * fine, 5))
        counts[0, 1] = counts[2, 4] = 1
        rows = shade_rows(counts, 1e7, theme)
        assert rows[0][1] != " "
        assert rows[2 // fine][4] != " "


def test_more_rows_are_never_fainter():
    counts = np.array([[0, 1, 10, 100, 1000, 10_000]], dtype=float)
    for theme in (ASCII, BLOCK):
        [row] = shade_rows(counts, 10_000, theme)
        order = [shades_of(theme).index(char) for char in row]
        assert order == sorted(order)
        assert order[0] == 0
        assert row[-1] == shades_of(theme)[-1]
    [braille] = shade_rows(np.repeat(counts, 4, axis=0), 10_000, GREY)
    dots = [(ord(char) - 0x2800 if char != " " else 0).bit_count() for char in braille]
    assert dots[-1] == 8
    assert dots[0] == 0


def test_divergence_and_rows_beyond_the_axis_are_told():
    series = a_series({0: ([0.0], [0.0]), 100: ([-300.0] * 3 + [0.0], [0.0])})
    title = drawn(series, width=100, diverged_at=50)[0].plain
    assert "diverged at step 50" in title
    assert "background: 75 % beyond" in title
    assert "objects:" not in title


def test_rows_beyond_the_axis_have_a_line_of_their_own():
    series = a_series({0: ([0.0], [0.0]), 100: ([-300.0] * 3, [0.0])})
    lines = drawn(series, width=100, steps=100, beyond=(True, False))
    assert lines[-3].plain[1:6].strip() == "<-12"
    assert plot_rows(lines)[-1][-1] != " "
    assert plot_rows(lines)[-1][0] == " "


def test_colours_rise_in_brightness_with_the_rows_and_nothing_stays_blank():
    theme = Theme("braille", depth=2**24)
    lines = drawn(DRIFT, theme, width=60, height=30)
    colours = [style.color for style in styles(lines) if style.color and style.color.triplet]
    assert len({color.triplet for color in colours if color}) > 3
    rows = plot_rows(lines)
    assert rows[0].strip() == ""
    assert set("".join(rows)) & set("▀▄█")
    assert not any("\u2800" < char <= "\u28ff" for char in "".join(rows))


def test_of_sixteen_colours_the_map_takes_that_of_the_head():
    text = plain(drawn(DRIFT, Theme("braille", depth=16)))
    assert set("░▒▓█") & set(text)
    assert "▀" not in text


def test_marks_have_their_meaning_at_the_left_where_nothing_else_is():
    text = plain(drawn(DRIFT, BLOCK, width=100, height=50, ends=(-60.0, 60.0)))
    assert "sigmoid = 1 in float64" in text
    assert "p = .99" in text


def test_a_moment_without_a_number_leaves_its_columns_empty():
    series = a_series({0: ([-1.0], [1.0]), 50: ([], []), 100: ([], [])})
    lines = drawn(series)
    assert "2 NaN" in lines[0].plain
    rows = plot_rows(lines)
    right = "".join(row[-10:] for row in rows)
    assert set(right) <= {" ", "-"}


def test_the_cursor_stands_on_the_axis():
    axis = drawn(DRIFT, cursor=1000)[-2].plain
    assert axis.rstrip("|").endswith("^")


def test_before_the_first_frame_it_waits():
    assert WAITING in plain(drawn(a_series({})))


@settings(max_examples=60, deadline=None)
@given(
    theme=st.sampled_from(THEMES),
    width=st.integers(20, 130),
    height=st.integers(3, 40),
    counts=st.lists(some_counts, max_size=5),
    log_step=st.booleans(),
    probability=st.booleans(),
    cursor=st.none() | st.integers(0, 2000),
)
def test_it_has_its_size_whatever_the_counts(
    theme, width, height, counts, log_step, probability, cursor
):
    empty = a_series({})
    series = HistogramSeries(
        np.arange(len(counts)) * 7, np.stack(counts) if counts else empty.counts
    )
    lines = drawn(
        series,
        theme,
        width=width,
        height=height,
        log_step=log_step,
        probability=probability,
        cursor=cursor,
    )
    check_form(lines, theme, width, height)
