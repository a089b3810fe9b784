"""The training loss in bounded memory: nothing is lost but resolution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.measures.frames import LossTrace
from objtui.runs.columns import LossColumns

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
