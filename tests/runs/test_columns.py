"""Columns of scores and of losses against the plain lists that they are made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.measures.frames import Frame, LossTrace
from objtui.measures.scores import SCORE_NAMES
from objtui.runs.columns import FIRST_ROOM, LossColumns, ScoreColumns
from tests.runs_for_tests import a_frame


def numbered_frame(step: int, number: int) -> Frame:
    """A frame of two heads and three seeds whose scores tell its number."""
    scores = dict.fromkeys(SCORE_NAMES, number)
    by_member = np.arange(6).reshape(2, 3) + number
    frame = a_frame(step, seeds=3, **{**scores, SCORE_NAMES[1]: by_member})
    flags = np.zeros((2, 3), dtype=bool)
    flags[0, number % 3] = True
    return replace(frame, diverged=flags)


@given(st.lists(st.integers(0, 30), max_size=40), st.data())
def test_columns_hold_what_a_sorted_list_of_frames_holds(steps: list[int], data: st.DataObject):
    columns, frames = ScoreColumns(2, 3), []
    for number, step in enumerate(steps):
        at = sum(frame.step <= step for frame in frames)
        frames.insert(at, numbered_frame(step, number))
        columns.insert(at, frames[at])
    if frames:
        kept = sorted(data.draw(st.sets(st.integers(0, len(frames) - 1))))
        columns.keep(kept)
        frames = [frames[i] for i in kept]
    assert len(columns) == len(frames)
    assert columns.steps.tolist() == [frame.step for frame in frames]
    for name in SCORE_NAMES[:3]:
        expected = [frame.score(name).tolist() for frame in frames]
        assert columns.score(name).tolist() == expected
    for name in ("diverged", "measured", "elapsed_s", "scheduled"):
        expected = [np.asarray(getattr(frame, name)).tolist() for frame in frames]
        assert getattr(columns, name).tolist() == expected


def test_they_grow_beyond_their_first_room():
    columns = ScoreColumns(2, 3)
    for step in range(3 * FIRST_ROOM):
        columns.insert(step, numbered_frame(step, step))
    assert columns.steps.tolist() == list(range(3 * FIRST_ROOM))
    assert columns.score(SCORE_NAMES[0])[-1, 0, 0] == 3 * FIRST_ROOM - 1


NAN, INF = float("nan"), float("inf")


def traces(losses: list[float], lengths: list[int]) -> list[LossTrace]:
    """Stretches that follow each other, of one head and seed."""
    ends = np.cumsum(lengths)
    return [
        LossTrace(int(end) - length + 1, int(end), *[np.full((1, 1), loss)] * 3)
        for loss, length, end in zip(losses, lengths, ends, strict=True)
    ]


def columns_of(losses: list[float], lengths: list[int], most: int = 8) -> LossColumns:
    columns = LossColumns(1, 1, most)
    for trace in traces(losses, lengths):
        columns.add(trace)
    return columns


def test_few_stretches_are_kept_as_they_are() -> None:
    columns = columns_of([3.0, 2.0, 1.0], [10, 10, 4])
    assert columns.steps.tolist() == [10, 20, 24]
    assert columns.means.ravel().tolist() == [3.0, 2.0, 1.0]
    assert columns.taken == 3


@given(
    st.lists(st.tuples(st.floats(-100, 100), st.integers(1, 50)), min_size=1, max_size=300),
    st.sampled_from([2, 8, 64]),
)
def test_however_many_come_there_are_few_and_their_mean_over_all_steps_stays(
    stretches: list[tuple[float, int]], most: int
) -> None:
    losses, lengths = [loss for loss, _ in stretches], [length for _, length in stretches]
    columns = columns_of(losses, lengths, most)
    assert len(columns) <= most
    assert columns.steps[-1] == sum(lengths)
    kept = np.diff(columns.steps, prepend=0)
    assert (kept > 0).all()
    mean = np.average(columns.means.ravel(), weights=kept)
    assert mean == pytest.approx(np.average(losses, weights=lengths), abs=1e-9)


def test_a_million_steps_of_one_each_leave_stretches_of_about_one_length() -> None:
    columns = columns_of([1.0] * 20_000, [1] * 20_000, most=64)
    lengths = np.diff(columns.steps, prepend=0)
    assert 32 <= len(columns) <= 64
    assert lengths[:-1].min() == lengths[:-1].max()


def test_a_loss_that_is_not_finite_makes_its_stretch_so() -> None:
    columns = columns_of([1.0, NAN, 1.0, INF, INF, -INF] + [1.0] * 6, [1] * 12, most=4)
    assert np.isfinite(columns.means).sum() < len(columns)
    assert columns.means.ravel()[-1] == 1.0
