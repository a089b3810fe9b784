"""At which steps a run is evaluated."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.engine.schedule import evaluation_steps
from objtui.scenario.schema import Train


def steps_of(steps: int, batch: int, rows: int, every: int | None = None) -> tuple[int, ...]:
    return evaluation_steps(Train(steps=steps, eval_every=every), batch, rows)


@given(st.integers(1, 10**7), st.integers(1, 10**5), st.integers(1, 10**6))
def test_start_and_end_are_always_there_and_steps_ascend(steps: int, batch: int, rows: int) -> None:
    found = steps_of(steps, batch, rows)
    assert found[0] == 0
    assert found[-1] == steps
    assert list(found) == sorted(set(found))
    assert min(20, steps + 1) <= len(found) <= 210


def test_there_are_about_two_hundred_where_evaluation_is_cheap() -> None:
    assert 195 <= len(steps_of(100_000, 256, 1000)) <= 210


def test_evaluation_rows_stay_near_a_twentieth_of_the_training_rows() -> None:
    found = steps_of(100_000, 64, 5000)
    assert len(found) * 5000 <= 1.1 * 0.05 * 100_000 * 64


def test_there_are_never_fewer_than_twenty() -> None:
    assert 20 <= len(steps_of(2000, 256, 10**6)) <= 24


def test_they_are_dense_at_first() -> None:
    found = steps_of(100_000, 256, 1000)
    assert found[:4] == (0, 1, 2, 3)
    gaps = [b - a for a, b in pairwise(found)]
    assert max(gaps) <= 100_000 / 100 + 1


@pytest.mark.parametrize(
    ("every", "expected"), [(4, (0, 4, 8, 10)), (5, (0, 5, 10)), (99, (0, 10))]
)
def test_an_explicit_interval_is_kept_and_ends_at_the_last_step(
    every: int, expected: tuple[int, ...]
) -> None:
    assert steps_of(10, 1, 1, every) == expected
