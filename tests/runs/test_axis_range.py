"""How far the axis reaches: over all recorded steps, for the heads that are shown."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.measures.histogram import LOGIT_EDGES
from objtui.measures.logit_axis import MAX_REACH, MIN_REACH
from objtui.runs.axis_range import AxisRange, Reach
from objtui.runs.history import RunHistory
from tests.runs_for_tests import a_head, a_history, a_moment

Logits = tuple[list[float], list[float]]


def a_run(*steps: list[Logits], diverged_at: dict[str, int] | None = None) -> RunHistory:
    """A run of which these logits, of background and objects by head, are recorded step by step."""
    names = ("bce", "ce", "mse")[: len(steps[0])]
    history = a_history(names=names)
    for step, of_heads in enumerate(steps):
        add(history, step, of_heads)
    history.diverged_at.update(diverged_at or {})
    return history


def add(history: RunHistory, step: int, of_heads: list[Logits]) -> None:
    moment = a_moment(*(a_head(*of_head) for of_head in of_heads))
    history.histograms.add(step, moment.counts)
    history.taken += 1


def reach(history: RunHistory, *shown: int) -> Reach:
    axis_range = AxisRange()
    axis_range.update(history)
    return axis_range.reach_of(history, shown)


logits = st.lists(st.floats(-900, 900), min_size=1, max_size=30)


def test_an_axis_reaches_at_least_six_either_way():
    assert reach(a_run([([-0.1], [0.2])]), 0) == Reach(-MIN_REACH, MIN_REACH)


@settings(deadline=None)
@given(st.lists(st.tuples(logits, logits), min_size=1, max_size=4))
def test_the_axis_covers_every_step_and_never_shrinks(steps):
    history, axis_range = a_run([steps[0]]), AxisRange()
    before = (0.0, 0.0)
    for step, of_head in enumerate(steps):
        add(history, step, [of_head])
        axis_range.update(history)
        low, high = axis_range.reach_of(history, [0]).ends
        assert low <= before[0]
        assert high >= before[1]
        everything = np.concatenate(of_head)
        assert low <= everything.min()
        assert high >= everything.max()
        before = low, high
    assert reach(history, 0).ends == before


def test_steps_beyond_the_cursor_have_a_say_so_that_the_axis_stays():
    assert reach(a_run([([-9.0], [1.0])], [([-1.0], [14.0])]), 0).ends == (-10.0, 15.0)


def test_a_stray_row_in_ten_thousand_does_not_widen_the_axis_but_is_told():
    found = reach(a_run([([-1.0] * 9999 + [-90.0], [2.0])]), 0)
    assert found == Reach(-MIN_REACH, MIN_REACH, (True, False))


def test_the_few_objects_are_covered_however_many_the_background_rows():
    assert reach(a_run([([-1.0] * 100_000, [18.0])]), 0).high == 20.0


def test_nearly_even_sides_are_made_even_and_uneven_ones_are_not():
    assert reach(a_run([([-19.0], [14.5])]), 0).ends == (-20.0, 20.0)
    assert reach(a_run([([-380.0], [9.0])]), 0).ends == (-400.0, 10.0)


def test_the_axis_reaches_to_a_thousand_and_the_rest_is_beyond():
    found = reach(a_run([([-960.0] * 9, [1050.0] * 9)]), 0)
    assert found == Reach(-MAX_REACH, MAX_REACH, (False, True))
    assert LOGIT_EDGES[-1] > 1100


@pytest.mark.parametrize("z", [math.inf, 5000.0])
def test_logits_that_no_bin_holds_are_beyond_and_do_not_stretch_the_axis(z):
    some = reach(a_run([([-3.0, -z], [3.0, z])]), 0)
    whole_class = reach(a_run([([-3.0, 2.5], [z, z])]), 0)
    assert some == Reach(-6.0, 6.0, (True, True))
    assert whole_class == Reach(-6.0, 6.0, (False, True))


def test_a_head_has_no_say_from_the_step_on_at_which_it_diverged():
    steps = [([-3.0], [3.0]), ([-9.0], [3.0])], [([-3.0], [3.0]), ([-900.0], [900.0])]
    found = reach(a_run(*steps, diverged_at={"ce": 1}), 0, 1)
    assert found == Reach(-10.0, 6.0, (True, True))


def test_heads_that_are_hidden_have_no_say():
    history = a_run([([-4.0], [4.0]), ([-55.0], [3.0])], [([-5.0], [7.5]), ([-1.0], [24.0])])
    assert reach(history, 0).ends == (-8.0, 8.0)
    assert reach(history, 1).ends == reach(history, 0, 1).ends == (-60.0, 25.0)
    assert reach(history) == reach(history, 0, 1)


def test_of_another_run_nothing_is_kept():
    axis_range = AxisRange()
    axis_range.update(a_run([([-300.0], [4.0])]))
    other = a_run([([-4.0], [4.0])])
    axis_range.update(other)
    assert axis_range.reach_of(other, [0]).ends == (-6.0, 6.0)
