"""Titles of histogram panels."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from objtui.ui.theme import Theme
from tests.runs_for_tests import a_head, a_moment
from tests.ui.panels.histogram.histogram_cases import TWO, overlay, panel, run_header
from tests.ui.panels.panel_cases import ASCII, BLOCK, rows_of


def test_the_title_says_ap_and_the_saturated_shares_by_class():
    assert rows_of(panel(TWO))[0].startswith("╭ ● bce ── AP .942 ── sat + .39  − .95 ─")
    assert rows_of(panel(TWO, ASCII, head=1))[0].startswith(
        "+ ^ ce -- AP .905 -- sat + .51  - 1.0 -"
    )


def test_a_narrow_title_keeps_the_name_and_whole_scores():
    assert rows_of(panel(TWO, width=30))[0] == "╭ ● bce AP .942 +.39 −.95 ───╮"
    assert rows_of(panel(TWO, width=26))[0] == "╭ ● bce AP .942 +.39−.95 ╮"
    assert rows_of(panel(TWO, width=20))[0] == "╭ ● bce AP .942 ───╮"


@pytest.mark.parametrize("widths", [(26, 27), (27, 26), (38, 39), (24, 25), (30, 30)])
def test_all_panels_of_a_row_choose_one_form(widths):
    titles = [
        rows_of(panel(TWO, head=head, width=width, row=(0, 1), row_width=min(widths)))[0]
        for head, width in enumerate(widths)
    ]
    forms = [
        re.sub(r"\.\d+|1\.0|[─╮]+", "", title[2:].split("e", 1)[1]).rstrip() for title in titles
    ]
    assert forms[0] == forms[1]


def test_a_head_that_has_diverged_has_a_form_of_its_own():
    row = {"row": (0, 1), "row_width": 30, "width": 30, "diverged_at": {"ce": 80}}
    sound, lost = (rows_of(panel(TWO, head=head, **row))[0] for head in (0, 1))
    assert sound == "╭ ● bce AP .942 +.39 −.95 ───╮"
    assert lost.startswith("╭ ▲ ce diverged @80 ")


def test_a_diverged_head_says_when_and_keeps_its_scores_and_rows():
    diverged = replace(TWO, diverged=np.array([[False, True], [True, True]]))
    one, all_seeds = (
        rows_of(panel(diverged, head=i, width=70, diverged_at={"bce": 1240, "ce": 80}))
        for i in (0, 1)
    )
    assert one[0].startswith("╭ ● bce ── diverged at step 1 240 ── AP .940 ── sat + .38")
    assert "diverged at step 80" in all_seeds[0]
    assert "AP" not in all_seeds[0]
    assert any("█" in line for line in all_seeds)


def test_a_head_is_not_called_diverged_before_it_is():
    assert "diverged" not in rows_of(panel(TWO, diverged_at={"bce": 1300}))[0]


def test_the_panel_in_focus_stands_out_without_colour():
    theme = Theme("block", colours=False)
    first, second = (panel(TWO, theme, head=i, focus=1)[0] for i in (0, 1))
    assert not any("reverse" in str(span.style) for span in first.spans)
    assert any("reverse" in str(span.style) for span in second.spans)


@pytest.mark.parametrize("view", [{}, {"difference": True}])
def test_in_ascii_a_name_beyond_it_is_still_ascii(view):
    header = run_header(61, 11, names=("tête", "naïve\nhead"), heads=2)
    titles = [panel(TWO, ASCII, head, header=header, **view)[0].plain for head in (0, 1)]
    titles.append(overlay(TWO, ASCII, header=header)[0].plain)
    assert all(title.isascii() and "\n" not in title for title in titles)
    assert "t?te" in titles[0]
    assert "na?ve head" in titles[1]
    assert "o t?te  ^ na?ve head" in titles[2]


def test_a_name_is_shown_as_it_is_where_there_are_glyphs_for_it():
    header = run_header(61, 11, names=("tête", "ce"), heads=2)
    assert "● tête" in panel(TWO, BLOCK, header=header)[0].plain


def test_an_overlay_says_which_head_has_diverged_by_then():
    header = run_header(61, 11, names=("tête", "ce"), heads=2)
    title = overlay(TWO, header=header, diverged_at={"tête": 80, "ce": 1300}, width=70)[0].plain
    assert "● tête diverged at step 80  ▲ ce ─" in title


def test_in_a_difference_the_title_has_that_of_ap_with_its_paired_interval():
    better, worse = np.array([0.90, 0.92]), np.array([0.85, 0.88])
    theirs = stats.ttest_rel(better, worse).confidence_interval(0.95)
    half = f"{(theirs.high - theirs.low) / 2:.3f}"[1:]

    def title(of_reference, of_head, width=70):
        diverged = (False,) * len(of_head)
        heads = [a_head([-1.0], [1.0], ap=ap, diverged=diverged) for ap in (of_reference, of_head)]
        return rows_of(panel(a_moment(*heads), head=1, difference=True, width=width))[0]

    assert f"AP +.045 ± {half} ── inside the noise ─" in title(worse, better)
    apart = title(worse, worse + np.array([0.040, 0.041]))
    assert "AP +.041 ± .006 ─" in apart
    assert "noise" not in apart
    assert "AP ≈+.045" in title(worse, better, 36)
    assert "AP −.100 ── an interval needs two seeds" in title((0.9,), (0.8,))
