"""What a screen shows at which size: where heads get rows, and what is left to the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from objtui.ui.dashboard.in_sight import heads_in_sight
from objtui.ui.dashboard.layout import (
    MIN_CURVES,
    MIN_HISTOGRAMS,
    MIN_MIDDLE,
    SCORE_FRAME_LINES,
    USUAL_ANSWER_LINES,
    Layout,
    layout,
)
from objtui.ui.panels.room import MIN_ANSWER_LINES, RIDGE_FRAME_LINES
from objtui.ui.view_state import ViewState


def lines(plan: Layout) -> int:
    return plan.histograms + plan.curves + sum(plan.own)


def test_heads_stand_side_by_side_where_there_is_room_else_in_rows() -> None:
    def names(heads: int, width: int) -> list[str]:
        return [each.name for each in heads_in_sight(ViewState(heads), width)]

    assert names(3, 80) == ["head0", "head1", "head2"]
    assert names(8, 200) == [f"head{number}" for number in range(8)]
    assert names(8, 80) == names(8, 120) == names(12, 400) == ["ridges"]


def test_a_view_an_overlay_and_a_difference_have_no_rows() -> None:
    state = ViewState(8, focus=7)

    def names(state: ViewState) -> list[str]:
        return [each.name for each in heads_in_sight(state, 80)]

    assert names(replace(state, overlay=True)) == ["head0"]
    four = [f"head{number}" for number in range(4, 8)]
    assert names(replace(state, difference=True)) == four
    assert names(state.with_view("histograms", "history")) == four
    assert names(replace(state, hidden=frozenset(range(4)))) == four


@pytest.mark.parametrize("height", [16, 24, 40, 60])
@pytest.mark.parametrize("heads", [5, 8, 20])
@pytest.mark.parametrize("claims", [0, 7])
def test_rows_of_heads_leave_the_answers_their_lines(height: int, heads: int, claims: int) -> None:
    plan = layout(80, height, heads, [claims], ridges=heads)
    assert lines(plan) == height - 2
    assert plan.curves >= min(MIN_MIDDLE, (height - 2) // 2)
    whole = plan.histograms >= heads + RIDGE_FRAME_LINES
    assert whole or height < heads + RIDGE_FRAME_LINES + MIN_MIDDLE + 2
    if sum(plan.own):
        assert whole
    assert plan.scores_width == (50 if plan.curves >= MIN_CURVES else 80)


def test_with_room_for_table_and_answers_a_head_gets_more_lines() -> None:
    low, high = (layout(120, height, 8, [0], ridges=8) for height in (30, 60))
    assert low.histograms == 8 + RIDGE_FRAME_LINES
    assert high.histograms > 16
    assert high.curves >= 8 + 3 + USUAL_ANSWER_LINES


@pytest.mark.parametrize("heads", [1, 2, 3, 4])
@pytest.mark.parametrize("claims", [0, 3, 9])
def test_at_80x24_every_answer_has_a_line_whatever_the_claims(heads: int, claims: int) -> None:
    plan = layout(80, 24, heads, [claims])
    assert lines(plan) == 22
    assert plan.curves >= heads + SCORE_FRAME_LINES + MIN_ANSWER_LINES
    assert plan.histograms >= MIN_HISTOGRAMS
