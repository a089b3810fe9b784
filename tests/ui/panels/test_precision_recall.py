"""The precision-recall curve of a head, its points, its base rate and its AP."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.ui.panels.precision_recall import NO_OBJECTS, WAITING, precision_recall_panel
from tests.runs_for_tests import a_head, some_counts
from tests.ui.panels.panel_cases import ASCII, BRAILLE, THEMES, check_form, heads_scene, plain

# Above z = 2 all are objects; a third of the objects lies among the background below.
SPLIT = ([-3.0] * 90 + [0.1] * 10, [3.0] * 40 + [0.1] * 20)


def drawn(*heads, theme=ASCII, width=54, height=20, **chosen):
    scene = heads_scene(heads, theme, **chosen)
    return precision_recall_panel(scene, scene.state.focus, width, height)


def place_of(lines, mark):
    """(recall, precision) of a mark in the canvas, by the axes that are drawn."""
    canvas = [line.plain for line in lines[1:-2]]
    labelled = [row for row, line in enumerate(canvas) if line[1:4].strip()]
    top = next(row for row in labelled if "1.0" in canvas[row])
    bottom = next(row for row in labelled if canvas[row][1:4].strip() == "0")
    start = 5
    row, line = next(
        (i, line) for i, line in enumerate(canvas) if i >= top and mark in line[start:]
    )
    column = line.index(mark, start) - start
    return column / (len(line) - start - 2), (bottom - row) / (bottom - top)


def test_points_stand_at_their_recall_and_precision():
    lines = drawn(a_head([-3.0] * 90 + [1.0] * 30, [3.0] * 30 + [-1.0] * 30), width=106, height=43)
    assert place_of(lines, "o") == pytest.approx((0.5, 0.5), abs=0.03)
    lines = drawn(a_head([-1.0] * 50, [1.0] * 40 + [-1.0] * 10), width=106, height=43)
    assert place_of(lines, "o") == pytest.approx((0.8, 1.0), abs=0.03)


def test_the_best_f1_has_a_point_of_its_own_and_both_say_what_they_give():
    lines = drawn(a_head([-3.0] * 50 + [1.0] * 10, [3.0] * 40), width=66)
    assert "o at p = .50: precision .80, recall 1.00, F1 .89" in lines[1].plain
    assert "^ best F1 at p = .7" in lines[2].plain
    assert "precision 1.00, recall 1.00, F1 1.00" in lines[2].plain
    assert "^" in plain(lines[3:-2])


def test_the_title_has_the_score_and_the_line_is_the_base_rate():
    lines = drawn(a_head(*SPLIT, ap=(0.9, 0.9)))
    assert "AP .9" in lines[0].plain
    assert "base rate .38" in plain(lines)
    row = next(row for row, line in enumerate(lines) if "base rate" in line.plain)
    assert "--------" in lines[row + 1].plain
    assert "recall" in lines[-1].plain


def test_a_random_order_stays_at_the_base_rate():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2, 4000))
    canvas = [line.plain for line in drawn(a_head(z[0], z[1]), width=100, height=30)[3:-2]]
    dots = [row for row, line in enumerate(canvas) if line[40:-1].count(".") > 4]
    half = next(row for row, line in enumerate(canvas) if line.startswith("| .5"))
    assert dots == [half]


def test_an_overlay_has_the_curve_of_every_head():
    heads = [a_head(*SPLIT) for i in range(3)]
    lines = drawn(*heads, theme=BRAILLE, overlay=True, width=80)
    assert all(mark in plain(lines[1:-2]) for mark in "●▲■")
    assert all(name in lines[0].plain for name in ("bce", "ce", "mse"))


def test_without_objects_it_says_so():
    assert NO_OBJECTS in plain(drawn(a_head([0.0], [])))
    assert NO_OBJECTS in plain(drawn(a_head([0.0], []), a_head([0.0], []), overlay=True))
    assert WAITING in plain(drawn())


@settings(max_examples=40, deadline=None)
@given(
    theme=st.sampled_from(THEMES),
    width=st.integers(20, 200),
    height=st.integers(3, 44),
    counts=st.lists(some_counts, min_size=0, max_size=3),
    overlay=st.booleans(),
)
def test_it_has_its_size_whatever_the_counts(theme, width, height, counts, overlay):
    heads = [a_head(counts=each) for each in counts]
    lines = drawn(*heads, theme=theme, width=width, height=height, overlay=overlay)
    check_form(lines, theme, width, height)
