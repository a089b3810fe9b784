"""The shared horizontal axis: what it covers, where its marks fall, and that it only grows."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.measures.histogram import BINS, CELLS, LOGIT_EDGES
from objtui.runs.history import Moment
from objtui.ui.charts.axis import MAX_REACH, MIN_REACH, SIGMOID_IS_ONE, Axis, AxisRange
from objtui.ui.theme import Theme
from tests.runs_for_tests import a_head, a_moment

ASCII = Theme("ascii")


def moment(*logits: tuple[list[float], list[float]], diverged: tuple[int, ...] = ()) -> Moment:
    """A moment of one seed, of logits of background and objects by head."""
    return a_moment(
        *(a_head(*of_head, diverged=[head in diverged]) for head, of_head in enumerate(logits))
    )


logits = st.lists(st.floats(-100, 100), min_size=1, max_size=30)


def test_an_axis_reaches_at_least_six_either_way():
    axis_range = AxisRange()
    axis_range.update(moment(([-0.1], [0.2])))
    assert axis_range.ends_of([0]) == (-MIN_REACH, MIN_REACH)


@given(st.lists(st.tuples(logits, logits), min_size=1, max_size=4))
def test_the_axis_covers_every_head_and_never_shrinks(heads):
    axis_range = AxisRange()
    for head in heads:
        before = axis_range.ends_of([0])
        axis_range.update(moment(head))
        low, high = axis_range.ends_of([0])
        assert low <= before[0]
        assert high >= before[1]
        everything = np.concatenate(head)
        assert low <= everything.min()
        assert high >= everything.max()


def test_the_range_is_that_of_all_moments_taken_one_by_one():
    axis_range = AxisRange()
    axis_range.update(moment(([-9.0], [1.0])))
    axis_range.update(moment(([-1.0], [14.0])))
    assert axis_range.ends_of([0]) == (-10.0, 15.0)


def test_a_stray_row_in_ten_thousand_does_not_widen_the_axis():
    axis_range = AxisRange()
    axis_range.update(moment(([-1.0] * 9999 + [-90.0], [2.0])))
    assert axis_range.ends_of([0]) == (-MIN_REACH, MIN_REACH)


def test_the_few_objects_are_covered_however_many_the_background_rows():
    axis_range = AxisRange()
    axis_range.update(moment(([-1.0] * 100_000, [18.0])))
    assert axis_range.ends_of([0])[1] == 20.0


def test_nearly_even_sides_are_made_even_and_uneven_ones_are_not():
    even, uneven = AxisRange(), AxisRange()
    even.update(moment(([-19.0], [14.5])))
    uneven.update(moment(([-38.0], [9.0])))
    assert even.ends_of([0]) == (-20.0, 20.0)
    assert uneven.ends_of([0]) == (-40.0, 10.0)


def test_infinite_logits_beside_finite_ones_do_not_stretch_the_axis():
    some, whole_class = AxisRange(), AxisRange()
    some.update(moment(([-3.0, -math.inf], [3.0, math.inf])))
    whole_class.update(moment(([-3.0, 2.5], [math.inf, math.inf])))
    assert some.ends_of([0]) == whole_class.ends_of([0]) == (-6.0, 6.0)


def test_a_diverged_head_and_an_infinite_logit_leave_room_for_the_others():
    diverged, infinite = AxisRange(), AxisRange()
    diverged.update(moment(([-3.0], [3.0]), ([-900.0], [900.0]), diverged=(1,)))
    infinite.update(moment(([-math.inf], [math.inf])))
    assert diverged.ends_of([0, 1]) == (-6.0, 6.0)
    assert infinite.ends_of([0]) == (-MAX_REACH, MAX_REACH)


def test_heads_that_are_hidden_have_no_say_and_come_back_with_all_their_moments():
    axis_range = AxisRange()
    axis_range.update(moment(([-4.0], [4.0]), ([-55.0], [3.0])))
    axis_range.update(moment(([-5.0], [7.5]), ([-1.0], [24.0])))
    assert axis_range.ends_of([0]) == (-8.0, 8.0)
    assert axis_range.ends_of([1]) == axis_range.ends_of([0, 1]) == (-60.0, 25.0)
    assert axis_range.ends_of([0]) == (-8.0, 8.0)
    assert axis_range.ends_of([]) == axis_range.ends_of([0, 1])


@given(
    st.lists(st.integers(0, 10**9), min_size=CELLS, max_size=CELLS),
    st.sampled_from([6.0, 20.0, 120.0]),
    st.integers(18, 200),
    st.booleans(),
)
@settings(max_examples=30)
def test_no_row_is_lost_between_the_histogram_and_the_axis(counts, reach, cells, probability):
    axis = Axis.of((-reach, reach), cells, probability, "float32")
    spread = axis.spread(counts, cells)
    assert spread.inside.sum() + spread.below + spread.above == pytest.approx(sum(counts))
    assert (spread.inside >= 0).all()
    if probability:
        assert spread.below == spread.above == 0


@pytest.mark.parametrize("probability", [False, True])
def test_a_bin_gets_the_overlap_of_each_histogram_bin(probability):
    counts = np.zeros(CELLS)
    counts[[150, 225, 240, 280]] = [7, 11, 13, 5]
    axis = Axis.of((-10, 10), 20, probability, "float32")

    expected = np.zeros(20)
    for cell in np.flatnonzero(counts):
        left, right = LOGIT_EDGES[cell - 1], LOGIT_EDGES[cell]
        for bin_, (a, b) in enumerate(_logit_bins(axis)):
            overlap = max(0.0, min(b, right) - max(a, left))
            expected[bin_] += counts[cell] * overlap / (right - left)
    np.testing.assert_allclose(axis.spread(counts, 20).inside, expected, atol=1e-9)


def _logit_bins(axis: Axis) -> list[tuple[float, float]]:
    edges = [axis.low + (axis.high - axis.low) * i / 20 for i in range(21)]
    if axis.probability:
        edges = [-math.inf, *(math.log(p / (1 - p)) for p in edges[1:-1]), math.inf]
    return list(pairwise(edges))


@given(st.integers(1, BINS), st.integers(18, 400))
def test_an_empty_bin_stays_empty_next_to_a_full_one(cell, bins):
    counts = np.zeros(CELLS)
    counts[cell] = 2_000_000_000
    axis = Axis.of((-20, 20), bins, False, "float32")
    edges = np.linspace(-20, 20, bins + 1)
    touched = (edges[1:] > LOGIT_EDGES[cell - 1]) & (edges[:-1] < LOGIT_EDGES[cell])
    assert not axis.spread(counts, bins).inside[~touched].any()


def test_marks_lie_where_saturation_begins_and_where_the_sigmoid_is_one():
    axis = Axis.of((-20, 20), 40, False, "float32")  # one logit a cell
    assert axis.marks() == [(15, "-4.6"), (24, "4.6"), (36, "16.6")]
    assert Axis.of((-20, 20), 40, False, "bfloat16").marks()[-1] == (26, "6.25")
    assert len(Axis.of((-20, 20), 40, False, "float64").marks()) == 2
    assert Axis.of((-20, 20), 100, True, "float32").marks() == [(1, ".01"), (99, ".99")]


def test_the_sigmoid_is_one_from_the_marked_logit_on():
    for dtype, of in (("float32", np.float32), ("float64", np.float64)):
        logit = SIGMOID_IS_ONE[dtype][0]
        assert 1 / (1 + np.exp(-of(logit), dtype=of)) == 1
        assert 1 / (1 + np.exp(-of(logit - 0.01), dtype=of)) < 1


def test_lines_show_ticks_marks_and_their_numbers_in_the_same_columns():
    axis = Axis.of((-20, 20), 80, False, "float32")
    line, labels, guides = axis.line(ASCII), axis.labels(ASCII), axis.guides(ASCII)
    assert [column for column, glyph in enumerate(line) if glyph == "|"] == [30, 49, 73]
    assert [column for column, glyph in enumerate(guides) if glyph == "|"] == [30, 49, 73]
    assert line[40] == "+"
    assert labels[40] == "0"
    assert labels[47:52] == " 4.6 "
    assert labels.startswith("-20 ")
    assert labels.endswith(" 20")


@given(
    st.floats(6, 120),
    st.floats(6, 120),
    st.integers(18, 300),
    st.booleans(),
    st.sampled_from(["float32", "float64", "bfloat16"]),
)
def test_lines_have_the_width_of_the_axis_and_ascii_alone_on_demand(
    low, high, cells, probability, dtype
):
    axis = Axis.of((-low, high), cells, probability, dtype)
    for line in (axis.line(ASCII), axis.labels(ASCII), axis.guides(ASCII)):
        assert len(line) == cells
        assert line.isascii()
    assert len(axis.labels(Theme())) == cells
