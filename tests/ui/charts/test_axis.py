"""The shared axis: where its bins, marks and labels fall, and that no row is lost on it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.measures.histogram import BINS, CELLS, LOGIT_EDGES
from objtui.measures.logit_axis import MAX_LINEAR, SIGMOID_IS_ONE
from objtui.ui.charts.axis import Axis
from objtui.ui.theme import Theme

ASCII = Theme("ascii")


@given(
    st.lists(st.integers(0, 10**9), min_size=CELLS, max_size=CELLS),
    st.sampled_from([6.0, 20.0, 500.0]),
    st.integers(1, 200),
    st.booleans(),
    st.tuples(st.booleans(), st.booleans()),
    st.integers(0, 1),
    st.integers(1, 4),
)
@settings(max_examples=50, deadline=None)
def test_no_row_is_lost_between_the_histogram_and_the_axis(
    counts, reach, cells, probability, beyond, gap, fine
):
    axis = Axis.of((-reach, reach), cells, probability, "float32", beyond, gap)
    spread = axis.spread(counts, axis.inner * fine)
    assert spread.inside.sum() + spread.below + spread.above == pytest.approx(sum(counts))
    assert (spread.inside >= 0).all()
    columns = axis.columns(spread)
    assert columns.shape == (cells * fine,)
    if fine == 1:
        assert columns.sum() == pytest.approx(sum(counts))
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
    assert axis.mark_words()[2] == (36, ["sigmoid = 1 in float32", "sigmoid = 1", "p = 1"])
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
    assert "logit z" in labels
    assert labels.startswith("-20 ")
    assert labels.endswith(" 20")


def test_far_from_0_the_scale_is_logarithmic_and_near_it_even():
    axis = Axis.of((-500.0, 500.0), 200, False, "float32")
    places = axis.place([100.0, 200.0, 400.0])
    assert places[2] - places[1] == pytest.approx(places[1] - places[0], rel=0.01)
    near = axis.place([-1.0, 0.0, 1.0])
    assert near[2] - near[1] == pytest.approx(near[1] - near[0])
    assert near[1] == 0.5
    assert axis.place(4.6) > 0.55  # and 4.6 of 500 is still apart from 0
    assert Axis.of((-MAX_LINEAR, 10.0), 100, False, "float32").place(-15.0) == 0.5


@given(st.floats(-500, 80), st.integers(3, 200), st.booleans())
def test_a_logit_lies_in_the_bin_of_its_cell(z, cells, some):
    axis = Axis.of((-500.0, 80.0), cells, False, "float32", (some, some))
    cell, edges = axis.cell(z), axis.edges(axis.inner)
    assert cell is not None
    low, high = edges[cell - axis.below], edges[cell - axis.below + 1]
    assert low - 1e-6 * abs(low) - 1e-6 <= z <= high + 1e-6 * abs(high) + 1e-6


def test_what_lies_beyond_has_a_cell_and_a_gap_of_its_own():
    axis = Axis.of((-20, 20), 40, False, "float32", (True, True))
    counts = np.zeros(CELLS)
    counts[[0, BINS // 2 + 1, CELLS - 1]] = [7, 11, 5]
    columns = axis.columns(axis.spread(counts, axis.inner))
    assert columns[:2].tolist() == [7, 0]
    assert columns[-2:].tolist() == [0, 5]
    assert axis.line(Theme())[:3] == "‹ ┬"
    assert axis.line(ASCII)[-3:] == "+ >"


@given(st.sampled_from([6.0, 40.0, 100.0, 1000.0]), st.integers(20, 200), st.booleans())
def test_0_and_the_name_are_always_there(reach, cells, beyond):
    axis = Axis.of((-reach, reach), cells, False, "float32", (beyond, beyond))
    words = axis.labels(ASCII).replace("-", " ").replace(",", " ").split()
    assert "0" in words
    assert "z" in words


@given(
    st.floats(6, 1000),
    st.floats(6, 1000),
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


def test_the_name_of_p_takes_no_place_of_a_tick() -> None:
    labels = Axis.of((-20, 12), 38, True, "float32").labels(Theme())
    assert [word for word in labels.split() if word[0] != "─"] == (
        [".01", ".2", ".4", ".6", "p", ".8", ".99"]
    )
