"""Columns of scores against the plain list of frames that they are made of."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from objtui.measures.frames import Frame
from objtui.measures.histogram import CELLS
from objtui.measures.scores import SCORE_NAMES
from objtui.runs.columns import FIRST_ROOM, ScoreColumns


def a_frame(step: int, number: int) -> Frame:
    scores = np.full((2, 3, len(SCORE_NAMES)), number, dtype=float)
    scores[:, :, 1] = np.arange(6).reshape(2, 3) + number
    flags = np.zeros((2, 3), dtype=bool)
    flags[0, number % 3] = True
    return Frame(step, 0.0, True, flags, scores, np.zeros((2, 3, 2, CELLS), dtype=np.int64))


@given(st.lists(st.integers(0, 30), max_size=40), st.data())
def test_columns_hold_what_a_sorted_list_of_frames_holds(steps: list[int], data: st.DataObject):
    columns, frames = ScoreColumns(2, 3), []
    for number, step in enumerate(steps):
        at = sum(frame.step <= step for frame in frames)
        frames.insert(at, a_frame(step, number))
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
    assert columns.diverged.tolist() == [frame.diverged.tolist() for frame in frames]


def test_they_grow_beyond_their_first_room():
    columns = ScoreColumns(2, 3)
    for step in range(3 * FIRST_ROOM):
        columns.insert(step, a_frame(step, step))
    assert columns.steps.tolist() == list(range(3 * FIRST_ROOM))
    assert columns.score(SCORE_NAMES[0])[-1, 0, 0] == 3 * FIRST_ROOM - 1
