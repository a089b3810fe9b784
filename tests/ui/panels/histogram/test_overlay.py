"""The outlines of every head on one axis."""

from __future__ import annotations

from tests.ui.panels.histogram.histogram_cases import (
    TWO,
    axis_row,
    counted,
    moment_of,
    overlay,
    plain,
    run_header,
)


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
