"""The outlines of every head on one axis."""

from __future__ import annotations

from tests.runs_for_tests import a_head, a_moment
from tests.ui.panels.histogram.histogram_cases import TWO, axis_row, overlay, run_header
from tests.ui.panels.panel_cases import rows_of


def test_an_overlay_names_every_shown_head_and_marks_where_each_is():
    lines = rows_of(overlay(TWO))
    assert lines[0].startswith("╭ ● bce  ▲ ce ─")
    axis = axis_row(lines)
    above, below = "".join(lines[1:axis]), "".join(lines[axis + 1 :])
    assert all(mark in half for mark in "●▲" for half in (above, below))
    hidden = rows_of(overlay(TWO, hidden=frozenset({1})))
    assert "▲" not in "".join(hidden)


def test_heads_that_agree_take_turns_in_an_overlay():
    rows = [z / 4 for z in range(-60, 61)]
    same = a_moment(a_head(rows, rows), a_head(rows, rows))
    lines = rows_of(overlay(same, header=run_header(121, 60, heads=2)))
    marks = "".join(lines[1:-1])
    assert abs(marks.count("●") - marks.count("▲")) <= 4
    assert marks.count("●") > 20
