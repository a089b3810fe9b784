"""Histogram panels: what a person reads in them, at every size and glyph level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from objtui.histogram import BINS, CELLS, count_logits
from objtui.runfile.records import HeadInfo, RowCounts, RunHeader
from objtui.scores import SCORE_NAMES
from objtui.ui.look import Look
from objtui.ui.panels.histogram import (
    common_tops,
    difference_histogram,
    head_histogram,
    overlay_histogram,
)
from objtui.ui.run_history import Moment
from objtui.ui.view_state import ViewState

NAMES = ("bce", "ce", "mse")
ENDS = (-20.0, 20.0)
WIDTH = 42  # one logit a cell
ASCII, BLOCK, BRAILLE = Look("ascii"), Look("block"), Look("braille")
LOOKS = (ASCII, BLOCK, BRAILLE, Look("block", colours=False))


def run_header(rows: int, positives: int, heads: int = 3, seeds: int = 2) -> RunHeader:
    return RunHeader(
        run="nuclei-1",
        scenario="nuclei",
        title="Nuclei",
        question="",
        device="cpu",
        dtype="float32",
        threads=1,
        steps=100,
        seeds=tuple(range(seeds)),
        heads=tuple(HeadInfo(name, name, 1, "bce") for name in NAMES[:heads]),
        train=RowCounts(1000, 100),
        val=RowCounts(rows, positives),
        features=2,
        claims=(),
        score_names=SCORE_NAMES,
        versions={},
        created_at=0.0,
    )


def moment_of(counts: np.ndarray, step: int = 1240, **scores: list[list[float]]) -> Moment:
    """Counts (heads, 2, CELLS) and scores (heads, seeds); nothing has diverged."""
    heads = len(counts)
    values = np.full((heads, 2, len(SCORE_NAMES)), np.nan)
    for name, of_members in scores.items():
        values[:, :, SCORE_NAMES.index(name)] = of_members
    diverged = np.zeros((heads, 2), dtype=bool)
    return Moment(step, 1.0, True, diverged, values, np.asarray(counts, dtype=np.int32))


def counted(*heads: tuple[list[float], list[float]]) -> np.ndarray:
    """Counts of (negative, positive) logits by head."""
    return np.array([[count_logits(of_class) for of_class in head] for head in heads])


TWO_HEADS = counted(
    ([-11.5] * 90 + [-3.5] * 10, [8.5] * 20 + [-2.5] * 2),
    ([-9.5] * 80 + [-3.5] * 20, [9.5] * 15 + [-2.5] * 7),
)
TWO = moment_of(
    TWO_HEADS,
    ap=[[0.94, 0.944], [0.9, 0.91]],
    saturated_pos=[[0.38, 0.4], [0.5, 0.52]],
    saturated_neg=[[0.95, 0.95], [1.0, 1.0]],
)
TWO_HEADER = run_header(61, 11, heads=2)


def panel(
    moment, look=BLOCK, head=0, width=WIDTH, height=12, header=TWO_HEADER, diverged_at=None, **state
):
    view = ViewState(len(header.heads), **state)
    top = common_tops(header, moment, view, look, ENDS, width)
    draw = difference_histogram if view.difference else head_histogram
    return draw(header, moment, view, look, head, ENDS, top, width, height, diverged_at or {})


def overlay(
    moment, look=BLOCK, width=WIDTH, height=12, header=TWO_HEADER, diverged_at=None, **state
):
    view = ViewState(len(header.heads), overlay=True, **state)
    top = common_tops(header, moment, view, look, ENDS, width)
    return overlay_histogram(
        header, moment, view, look, ENDS, top, width, height, diverged_at or {}
    )


def plain(lines: list[Text]) -> list[str]:
    return [line.plain for line in lines]


def axis_row(lines: list[str]) -> int:
    return next(row for row, line in enumerate(lines[1:-1], 1) if "┼" in line or "---" in line)


def test_the_title_says_ap_and_the_saturated_shares_by_class():
    assert plain(panel(TWO))[0].startswith("╭ ● bce ── AP .942 ── sat + .39  − .95 ─")
    assert plain(panel(TWO, ASCII, head=1))[0].startswith("+ ^ ce -- AP .905 -- sat + .51  - 1.0 -")


def test_a_narrow_title_keeps_the_name_and_whole_scores():
    assert plain(panel(TWO, width=30))[0] == "╭ ● bce AP .942 +.39 −.95 ───╮"
    assert plain(panel(TWO, width=20))[0] == "╭ ● bce AP .942 ───╮"


def test_objects_stand_above_the_axis_and_background_hangs_below():
    lines = plain(panel(TWO))
    axis = axis_row(lines)
    objects, background = 1 + 20 + 8, 1 + 20 - 12  # 8.5 and −11.5
    assert lines[axis - 1][objects] == "█"
    assert lines[axis + 1][objects] == " "
    assert lines[axis + 1][background] == "█"
    assert lines[axis - 1][background] == " "
    assert "objects" in lines[1]
    assert "background" in lines[-2]


def test_axis_numbers_stand_in_the_lower_border_under_their_marks():
    lines = plain(panel(TWO))
    assert lines[-1].startswith("╰−20 ")
    assert lines[-1][25 - 1 : 25 + 2] == "4.6"
    assert lines[axis_row(lines)][25] == "┼"
    assert lines[axis_row(lines) - 4][25] == "┊"


def test_every_row_is_drawn_however_few_they_are_beside_the_others():
    counts = counted(([-10.5] * 2_000_000, [3.5]))
    moment = moment_of(counts)
    for look in LOOKS:
        for log_counts in (True, False):
            lines = plain(
                panel(moment, look, header=run_header(9, 1, heads=1), log_counts=log_counts)
            )
            assert lines[axis_row(lines) - 1][1 + 23] != " "


@given(
    st.lists(st.integers(0, 3) | st.integers(0, 10**8), min_size=8, max_size=8),
    st.integers(20, 130),
    st.integers(5, 40),
    st.sampled_from(LOOKS),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=120, deadline=None)
def test_panels_have_their_size_at_every_size(
    values, width, height, look, probability, log_counts, focus
):
    places = [0, 100, 224, 225, 260, 300, 447, CELLS - 1]
    counts = np.zeros((2, 2, CELLS), dtype=np.int64)
    counts[0, :, places] = np.array(values)[:, None]
    counts[1, :, places[::-1]] = np.array(values)[:, None]
    moment = moment_of(counts)
    header = run_header(1000, 100, heads=2)
    chosen = {"probability": probability, "log_counts": log_counts, "focus": int(focus)}
    panels = [
        panel(moment, look, 0, width, height, header, {"bce": 3}, **chosen),
        panel(moment, look, 1, width, height, header, None, difference=True, **chosen),
        overlay(moment, look, width, height, header, {"ce": 3}, **chosen),
    ]
    for lines in panels:
        assert [line.cell_len for line in lines] == [width] * height
        if look.glyphs == "ascii":
            assert all(line.plain.isascii() for line in lines)
        if not look.colours:
            styles = {
                word for line in lines for span in line.spans for word in str(span.style).split()
            }
            assert styles <= {"dim", "bold", "italic", "reverse", "none"}


@given(st.lists(st.integers(0, 1000), min_size=38, max_size=38), st.sampled_from(LOOKS))
@settings(max_examples=40, deadline=None)
def test_a_column_is_drawn_exactly_where_there_are_rows(values, look):
    centres = [i - 18.5 for i in range(38)]
    rows = [z for z, count in zip(centres, values, strict=True) for _ in range(count)]
    lines = plain(panel(moment_of(counted((rows, rows))), look, header=run_header(9, 1, heads=1)))
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


def test_heights_grow_with_counts_on_one_scale_for_all_heads():
    small, large = counted(([-10.5] * 5, [5.5] * 5)), counted(([-10.5] * 500, [5.5] * 500))
    moment = moment_of(np.concatenate([small, large]))
    header = run_header(500, 250, heads=2)

    def height(head):
        lines = plain(panel(moment, ASCII, head, header=header))
        return sum(line[1 + 25] in ".:#" for line in lines[1 : axis_row(lines)])

    assert 0 < height(0) < height(1)
    alone = common_tops(header, moment, ViewState(2, hidden=frozenset({1})), ASCII, ENDS, WIDTH)
    together = common_tops(header, moment, ViewState(2), ASCII, ENDS, WIDTH)
    assert alone[0] < together[0]


def test_linear_counts_give_each_class_a_scale_of_its_own_and_say_so():
    top = common_tops(TWO_HEADER, TWO, ViewState(2, log_counts=False), BLOCK, ENDS, WIDTH)
    assert top[0] > 2 * top[1]
    lines = plain(panel(TWO, log_counts=False))
    assert "objects, linear" in lines[1]
    assert "own scale" in lines[-2]


def test_rows_outside_the_axis_are_counted_at_its_edges():
    moment = moment_of(counted(([-50.0] * 12 + [-9.0], [30.0] * 1500)))
    lines = plain(panel(moment, header=run_header(757, 750, heads=1)))
    assert lines[-2][1:5] == "‹+12"
    assert lines[1][-7:-1] == "+1.5k›"
    ascii_lines = plain(panel(moment, ASCII, header=run_header(757, 750, heads=1)))
    assert ascii_lines[-2][1:5] == "<+12"


def test_a_diverged_head_says_when_and_keeps_its_scores_and_rows():
    diverged = replace(TWO, diverged=np.array([[False, True], [True, True]]))
    one, all_seeds = (
        plain(panel(diverged, head=i, width=70, diverged_at={"bce": 1240, "ce": 80}))
        for i in (0, 1)
    )
    assert one[0].startswith("╭ ● bce ── diverged at step 1 240 ── AP .940 ── sat + .38")
    assert "diverged at step 80" in all_seeds[0]
    assert "AP" not in all_seeds[0]
    assert any("█" in line for line in all_seeds)


def test_a_head_is_not_called_diverged_before_it_is():
    assert "diverged" not in plain(panel(TWO, diverged_at={"bce": 1300}))[0]


def test_rows_without_a_finite_logit_are_told():
    moment = moment_of(counted(([-9.0] * 10, [])))
    lines = plain(panel(moment, header=run_header(8, 3, heads=1)))
    assert "objects, log counts, 6 NaN" in lines[1]
    assert "NaN" not in lines[-2]


def test_on_the_probability_axis_marks_are_one_and_ninety_nine_percent():
    moment = moment_of(counted(([-700.0] * 9, [800.0] * 9)))
    lines = plain(panel(moment, width=102, probability=True, header=run_header(9, 4, heads=1)))
    axis = axis_row(lines)
    assert [column for column, glyph in enumerate(lines[axis]) if glyph == "┼"] == [2, 100]
    assert lines[axis + 1][1] == "█"
    assert lines[axis - 1][100] == "█"
    assert lines[-1].endswith(" .99╯")


def test_an_overlay_names_every_shown_head_and_marks_where_each_is():
    lines = plain(overlay(TWO))
    assert lines[0].startswith("╭ ● bce  ▲ ce ─")
    axis = axis_row(lines)
    above, below = "".join(lines[1:axis]), "".join(lines[axis + 1 :])
    assert all(mark in half for mark in "●▲" for half in (above, below))
    hidden = plain(overlay(TWO, hidden=frozenset({1})))
    assert "▲" not in "".join(hidden)


def test_heads_that_agree_take_turns_in_an_overlay():
    rows = [z / 4 for z in range(-60, 61)]
    same = moment_of(counted((rows, rows), (rows, rows)))
    lines = plain(overlay(same, header=run_header(121, 60, heads=2)))
    marks = "".join(lines[1:-1])
    assert abs(marks.count("●") - marks.count("▲")) <= 4
    assert marks.count("●") > 20


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


def test_the_panel_in_focus_stands_out_without_colour():
    look = Look("block", colours=False)
    first, second = (panel(TWO, look, head=i, focus=1)[0] for i in (0, 1))
    assert not any("reverse" in str(span.style) for span in first.spans)
    assert any("reverse" in str(span.style) for span in second.spans)


@pytest.mark.parametrize("look", LOOKS)
def test_before_the_first_frame_a_panel_waits(look):
    for lines in (
        panel(None, look),
        panel(None, look, head=1, difference=True),
        overlay(None, look),
    ):
        assert [line.cell_len for line in lines] == [WIDTH] * 12
        assert "waiting for the first frame" in "".join(plain(lines))


def test_the_same_moment_gives_the_same_lines():
    first, second = panel(TWO), panel(TWO)
    assert first == second
    assert [line.spans for line in first] == [line.spans for line in second]


def test_the_largest_bins_fill_the_height_to_two_thirds_at_least():
    counts = np.zeros((1, 2, CELLS), dtype=np.int64)
    for largest in (1, 7, 149, 151, 100_001):
        counts[0, :, BINS // 2 + 1] = largest
        top = common_tops(
            run_header(9, 4, heads=1), moment_of(counts), ViewState(1), BLOCK, ENDS, WIDTH
        )
        assert largest <= top[0] <= 1.5 * largest
