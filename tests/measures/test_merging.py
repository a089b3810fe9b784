"""Merging frames and loss traces of parts of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.measures.frames import Frame, LossTrace
from objtui.measures.merging import merge_frames, merge_traces
from tests.every_field import assert_alike, of_seeds, whole_frames
from tests.runs_for_tests import a_frame


def trace(last_step: int, seeds: int) -> LossTrace:
    values = np.arange(2.0 * seeds).reshape(2, seeds)
    return LossTrace(1, last_step, values, values + 1, values + 2)


def test_the_seeds_of_parts_stand_behind_one_another() -> None:
    left, right = (replace(a_frame(5), elapsed_s=float(i)) for i in range(2))
    frame = merge_frames([left, right])
    np.testing.assert_array_equal(frame.scores, np.concatenate([left.scores, right.scores], 1))
    np.testing.assert_array_equal(frame.counts, np.concatenate([left.counts, right.counts], 1))
    assert frame.elapsed_s == 1.0


@settings(deadline=None, max_examples=40)
@given(whole_frames(seeds=4), st.integers(1, 3))
def test_every_field_of_the_parts_is_that_of_the_whole(frame: Frame, cut: int) -> None:
    parts = [of_seeds(frame, seeds) for seeds in (slice(cut), slice(cut, None))]
    assert_alike(merge_frames(parts), frame)


def test_frames_of_different_steps_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[5, 6\]"):
        merge_frames([a_frame(5), a_frame(6)])


def test_traces_keep_all_three_values() -> None:
    whole = merge_traces([trace(4, 2), trace(4, 1)])
    assert whole.minimum.shape == (2, 3)
    np.testing.assert_array_equal(whole.maximum, whole.minimum + 2)


def test_traces_of_different_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="different steps"):
        merge_traces([trace(4, 2), trace(5, 2)])
