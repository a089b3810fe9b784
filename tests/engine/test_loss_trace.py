"""The training loss of every step, decimated."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from objtui.engine.loss_trace import MAX_LENGTH, MAX_STRETCHES, LossTracer


@given(steps=st.integers(1, 5000), chunk=st.integers(1, 64), seed=st.integers(0, 9))
def test_no_step_is_lost_whatever_the_chunks(steps: int, chunk: int, seed: int) -> None:
    losses = np.random.default_rng(seed).random((steps, 2, 3))
    tracer = LossTracer(steps)
    traces = []
    for start in range(0, steps, chunk):
        part = losses[start : start + chunk]
        traces += tracer.add(start + len(part), part)
    assert len(traces) <= MAX_STRETCHES
    assert traces[0].first_step == 1
    assert traces[-1].last_step == steps
    for before, after in pairwise(traces):
        assert after.first_step == before.last_step + 1
    for trace in traces:
        covered = losses[trace.first_step - 1 : trace.last_step]
        np.testing.assert_array_equal(trace.minimum, covered.min(axis=0))
        np.testing.assert_array_equal(trace.maximum, covered.max(axis=0))
        np.testing.assert_allclose(trace.mean, covered.mean(axis=0), rtol=1e-12)


def test_the_mean_of_losses_near_the_end_of_float32_is_finite() -> None:
    largest = np.full((4, 1, 1), 3e38, dtype=np.float32)
    (trace,) = LossTracer(4 * MAX_STRETCHES).add(4, largest)
    np.testing.assert_allclose(trace.mean, 3e38, rtol=1e-6)


def test_what_waits_is_bounded_however_long_the_training() -> None:
    tracer, part = LossTracer(2**53), np.ones((MAX_LENGTH // 2, 1, 2))
    for end in range(len(part), 7 * len(part), len(part)):
        tracer.add(end, part)
        assert sum(map(len, tracer.pending)) < MAX_LENGTH
