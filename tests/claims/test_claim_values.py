"""What the numbers of a test are, against closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.claims import evaluate_claim
from objtui.measures.frames import Frame

HEADS = ("bce", "ce")
NAN, INF = math.nan, math.inf

MakeFrames = Callable[..., list[Frame]]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("bce.nll", 2),
        ("bce.nll@start", 8),
        ("bce.nll@0", 8),
        ("bce.nll@99", 8),
        ("bce.nll@100", 4),
        ("bce.nll@199", 4),
        ("bce.nll@1e9", 2),
        ("2 * bce.nll@100", 8),
        ("-bce.nll@100", -4),
        ("bce.nll@100 * 2", 8),
        ("2 * bce.nll@100 * 3", 24),
        ("1 / bce.nll@100 / 2", 1 / 8),
        ("ce.nll@start - bce.nll@start", 72),
        ("ce.nll@100 / bce.nll@start + 1", 6),
        ("2 - - bce.nll @ 100", 6),
        ("bce.nll - 3 - 4", -5),
        ("bce.nll + 3 * 4", 14),
        ("(bce.nll + 3) * 4", 20),
        ("-bce.nll * -3", 6),
        ("abs(-bce.nll)", 2),
        ("log(bce.nll) / log(2)", 1),
        ("min(bce.nll, ce.nll, 1)", 1),
        ("max(bce.nll, ce.nll, 1)", 20),
    ],
)
def test_an_at_binds_to_its_score_alone_and_arithmetic_is_pythons(
    value: Callable[[str], float], expression: str, expected: float
) -> None:
    assert value(expression) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("bce.nll / 0", INF),
        ("-bce.nll / 0", -INF),
        ("0 * bce.nll / 0", NAN),
        ("log(0 * bce.nll)", -INF),
        ("log(-bce.nll)", NAN),
        ("1e308 * bce.nll", INF),
        ("bce.ap", NAN),
        ("min(bce.nll, bce.ap)", NAN),
        ("max(bce.ap, bce.nll)", NAN),
    ],
)
def test_what_has_no_finite_value_is_inf_or_nan_and_no_error(
    value: Callable[[str], float], expression: str, expected: float
) -> None:
    assert value(expression) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("bce.nll <= 100", 0),
        ("bce.nll <= 4", 100),
        ("bce.nll < 4", 200),
        ("bce.nll < 2", INF),
        ("bce.nll < 3 and ce.nll > 100", INF),
        ("not bce.nll > 4", 100),
        ("3 < bce.nll < 5", 100),
        ("bce.nll <= bce.nll@start / 2", 100),
        ("bce.nll <= bce.nll@1e9", 200),
        ("bce.nll < 10 * first(bce.nll < 3)", 0),
        ("1 < 2", 0),
        ("2 < 1", INF),
    ],
)
def test_first_is_the_first_step_whose_frame_satisfies_the_condition(
    value: Callable[[str], float], condition: str, expected: float
) -> None:
    assert value(f"first({condition})") == expected


def test_first_passes_over_frames_that_cannot_tell(frames: MakeFrames) -> None:
    run = frames([0, 1, 2], {"bce.ap": [[NAN, 0.9, 0.1], [0.9, NAN, NAN], [0.1, NAN, 0.2]]})
    verdict = evaluate_claim("first(not bce.ap < 0.5) < 9", HEADS, run)
    assert verdict.values == (1.0, 0.0, INF)


def test_a_seed_that_diverged_is_not_taken_for_one_that_never_gets_there(
    frames: MakeFrames,
) -> None:
    run = frames([0, 1], {"bce.ap": [[0.1, 0.1], [0.2, NAN]]})
    verdict = evaluate_claim("first(bce.ap > 0.5) > 1000", HEADS, run)
    assert verdict.values == pytest.approx((INF, NAN), nan_ok=True)
    assert verdict.label == "mixed 1/2"


@settings(deadline=None)
@given(
    st.floats(-10, 10),
    st.floats(-10, 10),
    st.lists(st.integers(1, 10**6), min_size=2, max_size=30, unique=True).map(sorted),
)
def test_the_slope_of_a_line_in_ln_step_is_its_own(
    frames: MakeFrames, a: float, b: float, steps: list[int]
) -> None:
    line = [[a * math.log(step) + b, -a * math.log(step)] for step in steps]
    run = frames([0, *steps], {"bce.z_pos": [[NAN, NAN], *line]})
    verdict = evaluate_claim("slope(bce.z_pos, 0, 1e6) < 0", HEADS, run)
    # two steps next to each other at 1e6 lose as many digits as ln(step) has more than its change
    assert verdict.values == pytest.approx((a, -a), rel=1e-6, abs=1e-6)


def test_the_slope_of_scattered_scores_is_numpys(frames: MakeFrames) -> None:
    steps = np.unique(np.geomspace(1, 1e5, 60).astype(int))
    scores = np.random.default_rng(0).normal(size=(steps.size, 3))
    run = frames([0, *steps], {"ce.z_neg": [[0.0] * 3, *scores.tolist()]})
    within = (steps >= 10**3) & (steps <= 10**5)
    expected = np.polyfit(np.log(steps[within]), scores[within], 1)[0]
    verdict = evaluate_claim("slope(ce.z_neg, 1e3, 1e5) < 0", HEADS, run)
    assert verdict.values == pytest.approx(tuple(expected), rel=1e-12)


def test_both_ends_of_a_slope_are_included(frames: MakeFrames) -> None:
    run = frames([1, 10, 100, 1000], {"bce.z_pos": [[50.0], [1.0], [3.0], [50.0]]})
    verdict = evaluate_claim("slope(bce.z_pos, 10, 100) < 0", HEADS, run)
    assert verdict.values == pytest.approx((2 / math.log(10),), rel=1e-14)


def test_a_slope_over_fewer_than_two_frames_is_undefined(frames: MakeFrames) -> None:
    run = frames([0, 10, 100], {"bce.z_pos": [[1.0], [1.0], [3.0]]})
    assert evaluate_claim("slope(bce.z_pos, 11, 1000) > -1e9", HEADS, run).label == "fails"
