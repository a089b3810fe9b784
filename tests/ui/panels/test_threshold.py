"""The threshold sweep: three lines, and where F1 is best."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from objtui.ui.panels.threshold import NO_OBJECTS, WAITING, threshold_panel
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

# Above z = 2 all are objects; a third of the objects lies among the background below.
SPLIT = ([-3.0] * 90 + [0.1] * 10, [3.0] * 40 + [0.1] * 20)


def drawn(*heads, theme=ASCII, width=54, height=16, **chosen):
    scene = heads_scene(heads, theme, **{"probability": True, **chosen})
    return threshold_panel(scene, scene.state.focus, width, height)


def letters(lines, columns):
    """By letter of a line, the rows in which it is, above the axis, within some columns."""
    canvas = [line.plain.split("|", 1)[1] for line in lines[3:-2]]  # below what the points give
    return {
        letter: [row for row, line in enumerate(canvas) if letter in line[columns]]
        for letter in "PRF"
    }


def test_recall_falls_while_precision_rises():
    lines = drawn(a_head(*SPLIT))
    left, middle, right = (letters(lines, slice(*at)) for at in ((4, 7), (14, 24), (32, 40)))
    assert min(left["P"]) > 3
    assert middle["R"] == [0]
    assert right["P"] == [0]
    assert min(right["R"]) > 1


@pytest.mark.parametrize("theme", [GREY, BLOCK, ASCII])
def test_the_three_lines_are_named_and_differ_without_colour(theme):
    lines = drawn(a_head(*SPLIT), theme=theme, width=70)
    canvas = plain(lines[3:-2])
    assert all(canvas.count(name) == 1 for name in ("recall", "precision", "F1"))
    narrow = plain(drawn(a_head(*SPLIT), theme=theme, width=30)[3:-2])
    assert all(name in narrow for name in ("R", "P", "F1"))
    if theme is GREY:  # recall is dotted, so its level start has gaps; F1 has none
        recall = next(line.plain for line in lines[3:-2] if "recall" in line.plain)
        cells = recall[recall.index("recall") + 6 :][:12]
        assert len(set(cells)) > 1


def test_what_p_of_a_half_and_the_best_threshold_give_stands_above_the_lines():
    z, positive = np.repeat([-3.0, 0.1, 3.0], [90, 30, 40]), np.zeros(160, dtype=bool)
    positive[100:] = True
    lines = drawn(a_head(z[~positive], z[positive]), width=66)
    half = precision_score(positive, z >= 0), recall_score(positive, z >= 0), 120 / 130
    assert (
        f"o at p = .50: precision {half[0]:.2f}, recall 1.00, F1 {half[2]:.2f}".replace(" 0.", " .")
        in lines[1].plain
    )
    assert half[1] == 1
    assert f1_score(positive, z >= 0) == pytest.approx(half[2])
    assert "^ best F1 at p = " in lines[2].plain


def test_precision_over_recall_stands_beside_or_below_where_there_is_room():
    head = a_head(*SPLIT, ap=(0.9, 0.9))
    assert "AP" not in plain(drawn(head, width=80))
    assert "AP .9" in drawn(head, width=90)[0].plain
    below = drawn(head, height=30)
    assert "AP .9" in below[15].plain
    assert "AP" not in below[0].plain


def test_the_best_threshold_runs_from_top_to_bottom_at_its_p():
    lines = drawn(a_head([-1.0] * 50, [1.0] * 50), width=86)
    axis = next(line.plain for line in lines if "++" in line.plain[:8])
    start = axis.index("+") + 1
    # The lowest edge from which only objects are found lies just above z = −1, p = .27.
    assert (axis.index("^") - start) / (len(axis) - start - 1) == pytest.approx(0.28, abs=0.02)


def test_on_the_logit_axis_it_stands_at_its_logit():
    lines = drawn(a_head([-1.0] * 50, [1.0] * 50), width=86, probability=False, ends=(-10.0, 10.0))
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
    width=st.integers(20, 200),
    height=st.integers(3, 44),
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
