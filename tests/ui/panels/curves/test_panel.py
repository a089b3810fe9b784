"""The curve panel: what is drawn, and what cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.style import Style

from objtui.measures.frames import LossTrace
from objtui.measures.scores import SCORE_NAMES, TRAINING_LOSS, curve_names
from objtui.runfile.records import NO_DEVICE
from objtui.ui.charts.step_columns import decimated
from objtui.ui.panels.curves.lines import head_curves
from objtui.ui.panels.curves.panel import curve_panel
from objtui.ui.view_state import ViewState
from tests.runs_for_tests import a_history
from tests.ui.panels.panel_cases import (
    ASCII,
    BLOCK,
    BRAILLE,
    GREY,
    THEMES,
    a_scene,
    check_form,
    plain,
)

NAN, INF = float("nan"), float("inf")
FALLING = {
    step: [[1 / (1 + step / 100)] * 2, [2 / (1 + step / 100)] * 2] for step in range(0, 2001, 50)
}
BAND = {step: [[0.5, 0.7], [0.9, 0.9]] for step in range(0, 2001, 50)}


def drawn(values, theme=ASCII, width=60, height=14, diverged=None, history=None, **state):
    history = history or a_history(values, diverged=diverged)
    lines = curve_panel(a_scene(history, theme, **state), 0, width, height)
    check_form(lines, theme, width, height)
    return lines


def rows_with(lines, mark):
    return [row for row, line in enumerate(lines[1:-2]) if mark in line.plain]


def test_a_falling_loss_falls_from_the_upper_left_to_the_lower_right():
    lines = drawn(FALLING, hidden=frozenset({1}))
    rows = [line.plain for line in lines[1:-2]]
    columns = [row.index("o") for row in rows if "o" in row]
    assert columns == sorted(columns)
    assert rows[-1].rstrip("|").rstrip().endswith("o")


def test_the_title_has_the_score_a_legend_and_the_key():
    title = drawn(FALLING, BRAILLE)[0].plain
    assert "nll ── ● bce  ▲ ce ── m: next score" in title


def test_the_legend_counts_the_heads_that_it_has_no_room_for():
    names = tuple(f"head{number}" for number in range(9))
    values = {step: [[0.5 + head / 20] * 2 for head in range(9)] for step in (0, 100)}
    title = drawn(values, BRAILLE, width=45, history=a_history(values, names=names))[0].plain
    assert "nll ── ● head0  ▲ head1  … 7 more ──" in title
    values[100][0][0] = NAN
    title = drawn(values, BRAILLE, width=52, history=a_history(values, names=names))[0].plain
    assert "nll ── ● head0  … 8 more ── head0: 1 not finite ─" in title


def test_smoothing_and_log_axes_are_said():
    title = drawn(FALLING, width=90, smoothing=0.6, log_step=True, log_value=True)[0].plain
    assert "smoothing .6" in title
    assert "log x, y" in title
    assert "step 0 has no place" in title


def test_a_hidden_head_is_not_drawn():
    lines = drawn(FALLING, hidden=frozenset({0}))
    assert " bce" not in lines[0].plain
    assert not rows_with(lines, "o")


def test_heads_that_coincide_take_turns():
    values = {step: [[0.5] * 2, [0.5] * 2] for step in range(0, 2001, 50)}
    for theme, marks in ((ASCII, "o^"), (BRAILLE, "●▲")):
        lines = drawn(values, theme)
        [row] = {row for mark in marks for row in rows_with(lines, mark)}
        assert set(marks) <= set(lines[1 + row].plain)


def test_marks_lie_on_their_line():
    values = {step: [[0.031] * 2, [0.7] * 2] for step in range(0, 2001, 50)}
    lines = drawn(values, BRAILLE)
    for mark in "●▲":
        [row] = rows_with(lines, mark)
        between = lines[1 + row].plain.strip("│┤ ").replace(mark, "")
        assert any("⠀" <= char <= "⣿" for char in between)


def test_the_band_of_the_seeds_is_a_faint_shade_about_the_mean():
    lines = drawn(BAND, hidden=frozenset({1}))
    [mean] = rows_with(lines, "oooo")
    band = rows_with(lines, "....")
    assert min(band) < mean < max(band)
    assert band == [row for row in range(min(band), max(band) + 1) if row != mean]
    dotted = lines[1 + band[0]]
    assert any(Style.parse(str(span.style)).dim for span in dotted.spans)


@pytest.mark.parametrize("theme", [BRAILLE, BLOCK], ids=["braille", "block"])
def test_the_shade_covers_half_of_the_dots_or_light_cells(theme):
    lines = drawn(BAND, theme, hidden=frozenset({1}), height=20)
    faint = {
        line.plain[at]
        for line in lines[1:-2]
        for span in line.spans
        if Style.parse(str(span.style)).dim
        for at in range(max(span.start, 7), span.end)
    }
    dots = [bin(ord(char) - 0x2800).count("1") for char in faint if "\u2800" < char <= "\u28ff"]
    assert max(dots) <= 4 if theme is BRAILLE else faint <= {"░", " "}


def colours_on(line, plain):
    """The colours of braille in a line."""
    return {
        str(span.style)
        for span in line.spans
        if any("\u2800" < char <= "\u28ff" for char in plain[span.start : span.end])
    }


def test_lines_that_lie_on_each_other_take_turns_in_colour():
    values = {step: [[0.5] * 2, [0.5] * 2] for step in range(0, 2001, 50)}
    lines = drawn(values, BRAILLE)
    [row] = rows_with(lines, "●")
    line = lines[1 + row]
    assert {"bright_blue", "yellow"} <= colours_on(line, line.plain)


def test_lines_apart_keep_their_colours():
    lines = drawn(FALLING, BRAILLE, width=80, height=30)
    last = [line for line in lines[1:-2] if "●" in line.plain][-1]
    assert "yellow" not in colours_on(last, last.plain)


def test_the_legend_says_which_curves_are_equal():
    same = {step: [[0.5] * 2, [0.5000001] * 2] for step in range(0, 2001, 50)}
    assert "▲ ce = bce" in drawn(same, BRAILLE)[0].plain
    assert "= bce" not in drawn(FALLING, BRAILLE)[0].plain
    nearly = {step: [[0.5] * 2, [0.502] * 2] for step in range(0, 2001, 50)}
    assert "= bce" not in drawn(nearly, BRAILLE)[0].plain


def test_a_single_seed_has_no_band():
    history = a_history({0: [[0.5]], 50: [[0.4]]}, names=("bce",), seeds=1)
    lines = drawn(None, history=history)
    assert "." not in "".join(line.plain.split("|", 2)[-1] for line in lines[1:-2])


def test_the_raw_line_stays_faintly_beside_the_smoothed_one():
    values = {step: [[step // 50 % 2] * 2] * 2 for step in range(0, 2001, 50)}
    history = a_history(values)
    [curve, _] = head_curves(history, ViewState(2, smoothing=0.9))
    assert curve.raw is not None
    assert set(curve.raw) == {0.0, 1.0}
    assert np.ptp(curve.mean[20:]) < 0.2
    assert rows_with(drawn(values, smoothing=0.9), "....")


def test_values_that_are_not_finite_are_marked_at_their_step_and_counted():
    values = {0: [[0.5] * 2] * 2, 1000: [[0.5] * 2, [NAN, INF]], 2000: [[0.5] * 2, [0.4, -INF]]}
    lines = drawn(values, width=70)
    axis = lines[-2].plain
    assert "ce: 2 not finite" in lines[0].plain
    assert axis.count("x") == 2
    assert axis.rstrip("|").endswith("x")
    start = axis.index("+")
    assert axis.index("x") - start == pytest.approx((len(axis) - 2 - start) / 2, abs=1)


def test_a_diverged_seed_is_left_out_of_the_mean():
    history = a_history({0: [[0.5, 9.0]] * 2}, diverged={0: [(0, 1)]})
    curve, other = head_curves(history, ViewState(2))
    assert curve.mean[0] == 0.5
    assert list(curve.not_finite) == [0]
    assert other.mean[0] == pytest.approx(4.75)


def test_what_a_log_axis_has_no_place_for_is_counted():
    values = {step: [[0.0] * 2, [0.1] * 2] for step in range(0, 300, 100)}
    title = drawn(values, BRAILLE, log_value=True)[0].plain
    assert "bce: 3 ≤ 0" in title


def test_a_panel_that_can_draw_nothing_says_so():
    assert "waiting for a frame" in plain(drawn({}))
    assert "nothing that can be drawn" in plain(drawn({0: [[NAN] * 2] * 2}))
    assert "nothing that can be drawn" in plain(drawn({0: [[0.0] * 2] * 2}, log_value=True))


@pytest.mark.parametrize("log_value", [False, True])
def test_a_value_too_small_for_any_scale_is_drawn_as_zero(log_value):
    lines = drawn({0: [[5e-324] * 2, [1.0] * 2], 50: [[0.0] * 2, [1.0] * 2]}, log_value=log_value)
    assert ("bce: 2 <= 0" in lines[0].plain) == log_value
    assert rows_with(lines, "^")


def test_a_score_that_given_logits_do_not_tell_is_no_curve_of_bad_values():
    history = a_history({1: [[np.nan]]}, names=("logits",), seeds=1, device=NO_DEVICE, score="loss")
    lines = curve_panel(a_scene(history, ASCII, score="loss"), 0, 60, 14)
    assert "no shown run has this score" in plain(lines)
    assert "not finite" not in plain(lines)


def test_without_hues_the_marks_are_still_there():
    text = plain(drawn(FALLING, GREY)[1:])
    assert "●" in text
    assert "▲" in text


def test_a_line_is_broken_where_a_value_is_missing():
    line = np.array([1.0, 2.0, NAN, 3.0, 4.0])
    pieces = decimated(line, np.arange(5))
    assert [list(piece) for piece in pieces] == [[0, 1], [3, 4]]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=200), st.integers(1, 20))
def test_decimation_keeps_the_extremes_of_every_column(values, columns):
    line = np.array(values)
    bins = np.sort(np.arange(len(line)) % columns)
    kept = np.concatenate(decimated(line, bins))
    assert len(kept) <= 2 * columns
    for column in np.unique(bins):
        before, after = line[bins == column], line[kept[bins[kept] == column]]
        assert (before.min(), before.max()) == (after.min(), after.max())


@settings(max_examples=60, deadline=None)
@given(
    theme=st.sampled_from(THEMES),
    width=st.integers(20, 120),
    height=st.integers(3, 30),
    score=st.sampled_from(curve_names(SCORE_NAMES)),
    smoothing=st.sampled_from((0.0, 0.6)),
    log=st.tuples(st.booleans(), st.booleans()),
    values=st.lists(
        st.lists(st.floats() | st.just(1.0), min_size=4, max_size=4), min_size=0, max_size=12
    ),
)
def test_it_has_its_size_whatever_the_values(theme, width, height, score, smoothing, log, values):
    frames = {step * 7: np.reshape(row, (2, 2)) for step, row in enumerate(values)}
    traced = score == TRAINING_LOSS.name
    history = a_history(frames, score="nll" if traced else score, names=("bce", "größe"))
    for step, of_members in frames.items() if traced else ():
        history.losses.add(LossTrace(step, step, of_members, of_members, of_members))
    state = {"score": score, "smoothing": smoothing, "log_value": log[0], "log_step": log[1]}
    drawn(None, theme, width, height, history=history, **state)
