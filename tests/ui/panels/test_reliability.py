"""Reliability diagrams: marks on the diagonal where p is right, off it where it is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.ui.panels.reliability import NO_ROWS, WAITING, reliability_panel
from tests.runs_for_tests import a_head, some_counts
from tests.ui.panels.panel_cases import (
    ASCII,
    BLOCK,
    BRAILLE,
    GREY,
    THEMES,
    check_form,
    heads_scene,
    plain,
)

HONEST = ([-0.85] * 70 + [0.85] * 30, [-0.85] * 30 + [0.85] * 70)  # p .3 and .7
BOASTER = ([-0.4] * 100, [0.4] * 100)


def mark_cells(lines, mark):
    return [
        (row, cell)
        for row, line in enumerate(lines)
        for cell, char in enumerate(line.plain)
        if char == mark and 0 < row < len(lines) - 1
    ]


def drawn(*heads, theme=ASCII, width=48, height=26, **chosen):
    scene = heads_scene(heads, theme, **chosen)
    return reliability_panel(scene, scene.state.focus, width, height)


def test_marks_of_a_calibrated_head_lie_on_the_diagonal():
    lines = drawn(a_head(*HONEST))
    diagonal = dict(mark_cells(lines, "/"))
    marks = mark_cells(lines, "o")
    assert len({row for row, _ in marks}) == 2
    for row, cell in marks:
        near = [diagonal[other] for other in (row - 1, row, row + 1) if other in diagonal]
        assert any(abs(cell - there) <= 3 for there in near)


def test_marks_of_a_head_that_is_too_cautious_lie_at_the_top_and_the_bottom():
    lines = drawn(a_head(*BOASTER))
    rows = [row for row, _ in mark_cells(lines, "o")]
    assert min(rows) == 1
    assert lines[max(rows)].plain.lstrip("| ").startswith("0")


def test_every_head_has_its_own_diagram_with_its_score():
    heads = [a_head(*HONEST, ece=(0.01 * (i + 1), 0.01 * (i + 1))) for i in range(3)]
    top = drawn(*heads, theme=BLOCK, width=120)[0].plain
    assert all(f"{name} ── ECE .0{i + 1}" in top for i, name in enumerate(("bce", "ce", "mse")))
    assert "binned z" in top


def test_titles_say_that_bins_come_from_the_histogram_where_there_is_room():
    assert "bins from histogram" in drawn(a_head(*HONEST), width=80)[0].plain
    both = [a_head(*HONEST) for i in range(2)]
    assert "bins from histogram" in drawn(*both, width=80, overlay=True)[0].plain


def test_heads_that_do_not_fit_give_way_to_those_about_the_focus():
    heads = [a_head(*HONEST) for i in range(3)]
    top = drawn(*heads, width=50, focus=2)[0].plain
    assert "mse" in top
    assert "bce" not in top


def test_heads_that_coincide_in_one_diagram_take_turns():
    heads = [a_head(*HONEST) for i in range(2)]
    text = plain(drawn(*heads, theme=BRAILLE, overlay=True)[1:])
    assert "●" in text
    assert "▲" in text


def test_columns_say_how_many_rows_a_bin_has():
    lines = drawn(a_head([-8.0] * 5000, [0.02] * 3), theme=BLOCK)
    counted = next(line.plain for line in lines if "5.0k" in line.plain)
    assert "█" in counted
    below = lines[-3].plain
    first, middle = below.index("█"), below.index("┤" if "┤" in below else "│", 2) + 1
    assert first == middle


def test_diverged_seeds_are_told():
    lines = drawn(a_head(*HONEST, diverged=(True, False)))
    assert "1/2 diverged" in lines[0].plain


def test_without_anything_to_draw_it_says_so():
    assert WAITING in plain(drawn())
    assert NO_ROWS in plain(drawn(a_head([], [], diverged=(True, True))))


@settings(max_examples=60, deadline=None)
@given(
    theme=st.sampled_from(THEMES),
    width=st.integers(20, 130),
    height=st.integers(3, 40),
    counts=st.lists(some_counts, min_size=0, max_size=3),
    overlay=st.booleans(),
)
def test_it_has_its_size_whatever_the_counts(theme, width, height, counts, overlay):
    heads = [a_head(counts=each) for each in counts]
    focus = min(1, max(len(heads) - 1, 0))
    lines = drawn(*heads, theme=theme, width=width, height=height, overlay=overlay, focus=focus)
    check_form(lines, theme, width, height)


def test_without_hues_marks_and_diagonal_are_still_there():
    text = plain(drawn(a_head(*HONEST), theme=GREY))
    assert "●" in text
    assert any("⠀" < char <= "⣿" for char in text)


@pytest.mark.parametrize(("theme", "mark"), [(ASCII, "c"), (BRAILLE, "+")])
def test_what_a_calibration_makes_of_a_head_stands_beside_it(theme, mark):
    boaster = a_head(*BOASTER)
    scene = heads_scene([boaster], theme)
    assert not mark_cells(reliability_panel(scene, 0, 48, 26), mark)
    moment = replace(scene.moment, calibrated=a_head(*HONEST).counts[None])
    lines = reliability_panel(replace(scene, moment=moment), 0, 60, 26)
    assert f"{mark} calibrated" in lines[0].plain
    alone = reliability_panel(heads_scene([a_head(*HONEST)], theme), 0, 60, 26)
    own = theme.head(0).mark
    assert {row for row, _ in mark_cells(lines, mark)} == {row for row, _ in mark_cells(alone, own)}
    check_form(lines, theme, 60, 26)
