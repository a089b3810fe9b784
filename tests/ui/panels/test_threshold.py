"""The threshold sweep: three lines, and where F1 is best."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.ui.panels.threshold import NO_OBJECTS, WAITING, threshold_panel
from tests.runs_for_tests import a_head, some_counts
from tests.ui.panels.panel_cases import ASCII, BRAILLE, THEMES, check_form, heads_scene, plain

# Above z = 2 all are objects; a third of the objects lies among the background below.
SPLIT = ([-3.0] * 90 + [0.1] * 10, [3.0] * 40 + [0.1] * 20)


def drawn(*heads, theme=ASCII, width=54, height=16, **chosen):
    scene = heads_scene(heads, theme, **{"probability": True, **chosen})
    return threshold_panel(scene, scene.state.focus, width, height)


def rows_with(lines, letter):
    return {row for row, line in enumerate(lines[1:-2]) if letter in line.plain.split("|", 2)[-1]}


def test_recall_falls_while_precision_rises():
    lines = drawn(a_head(*SPLIT))
    left, right = 8, 50
    recall = [row for row, line in enumerate(lines[1:-2]) if "R" in line.plain[left - 3 : left + 6]]
    assert min(recall) == 0
    low = [row for row, line in enumerate(lines[1:-2]) if "R" in line.plain[right - 8 : right + 3]]
    assert max(low) > min(recall) + 3
    precision = [row for row, line in enumerate(lines[1:-2]) if "P" in line.plain[right - 8 :]]
    assert min(precision) == 0


def test_the_best_threshold_runs_from_top_to_bottom_at_its_p():
    lines = drawn(a_head([-1.0] * 50, [1.0] * 50), width=106)
    axis = next(line.plain for line in lines if "++" in line.plain[:8])
    start = axis.index("+") + 1
    # The lowest edge from which only objects are found lies just above z = −1, p = .27.
    assert (axis.index("^") - start) / (len(axis) - start - 1) == pytest.approx(0.28, abs=0.02)


def test_on_the_logit_axis_it_stands_at_its_logit():
    lines = drawn(a_head([-1.0] * 50, [1.0] * 50), width=106, probability=False, ends=(-10.0, 10.0))
    axis = next(line.plain for line in lines if "++" in line.plain[:8])
    start = axis.index("+") + 1
    assert (axis.index("^") - start) / (len(axis) - start - 1) == pytest.approx(0.455, abs=0.02)
    assert "-10" in lines[-1].plain


def test_the_title_has_the_scores_of_the_frame():
    head = a_head(*SPLIT, f1=(0.8, 0.8), best_threshold=(0.4, 0.4))
    assert "F1 .8" in drawn(head)[0].plain
    assert "at p .4" in drawn(head)[0].plain


def test_an_overlay_has_the_f1_of_every_head():
    heads = [a_head(*SPLIT) for i in range(3)]
    lines = drawn(*heads, theme=BRAILLE, overlay=True, width=80)
    assert all(mark in plain(lines[1:-2]) for mark in "●▲■")
    assert all(name in lines[0].plain for name in ("bce", "ce", "mse"))


def test_without_objects_it_says_so():
    assert NO_OBJECTS in plain(drawn(a_head([0.0], [])))
    assert NO_OBJECTS in plain(drawn(a_head([0.0], []), a_head([0.0], []), overlay=True))
    assert WAITING in plain(drawn())


@settings(max_examples=60, deadline=None)
@given(
    theme=st.sampled_from(THEMES),
    width=st.integers(20, 130),
    height=st.integers(3, 40),
    counts=st.lists(some_counts, min_size=0, max_size=3),
    overlay=st.booleans(),
    ends=st.sampled_from([None, (-6.0, 6.0), (-120.0, 8.0)]),
)
def test_it_has_its_size_whatever_the_counts(theme, width, height, counts, overlay, ends):
    heads = [a_head(counts=each) for each in counts]
    on_logits = {} if ends is None else {"probability": False, "ends": ends}
    size = {"theme": theme, "width": width, "height": height}
    lines = drawn(*heads, **size, overlay=overlay, **on_logits)
    check_form(lines, theme, width, height)
