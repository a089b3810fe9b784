"""In which seeds a test holds, and what a verdict says it measured."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from objtui.claims import ClaimError, Verdict, evaluate_claim, evaluate_claims
from objtui.measures.frames import Frame
from tests.runs_for_tests import a_header

HEADS = ("bce", "ce")
NAN, INF = math.nan, math.inf

MakeFrames = Callable[..., list[Frame]]


@pytest.mark.parametrize(
    ("test", "label"),
    [
        ("bce.nll > 0", "holds"),
        ("bce.nll < 0", "fails"),
        ("bce.nll < 2.5", "mixed 2/3"),
        ("1 < bce.nll < 3", "mixed 1/3"),
        ("3 > bce.nll > 1", "mixed 1/3"),
        ("bce.nll < 1.5 or bce.nll > 2.5", "mixed 2/3"),
        ("not bce.nll < 1.5 and not bce.nll > 2.5", "mixed 1/3"),
        ("not (bce.nll < 1.5 or bce.nll > 2.5)", "mixed 1/3"),
        ("bce.nll <= 1 or bce.nll > 1 and bce.nll < 0", "mixed 1/3"),
        ("1 < 2", "holds"),
        ("2 < 1", "fails"),
    ],
)
def test_a_test_is_decided_seed_by_seed(frames: MakeFrames, test: str, label: str) -> None:
    run = frames([0], {"bce.nll": [[1.0, 2.0, 3.0]]})
    verdict = evaluate_claim(test, HEADS, run)
    assert (verdict.label, verdict.of) == (label, 3)


@pytest.mark.parametrize(
    "test",
    ["bce.ap < 1", "not bce.ap < 1", "bce.ap >= 0 or bce.nll < 9", "not (bce.nll > 9 > bce.ap)"],
)
def test_a_comparison_with_nan_refutes_in_that_seed(frames: MakeFrames, test: str) -> None:
    run = frames([0], {"bce.ap": [[0.5, NAN]], "bce.nll": [[2.0, 2.0]]})
    verdict = evaluate_claim(test.replace("not bce.ap < 1", "not bce.ap > 1"), HEADS, run)
    assert (verdict.label, verdict.holds) == ("mixed 1/2", 1)


@pytest.mark.parametrize(
    ("test", "operands", "values"),
    [
        ("bce.nll < 3", ("bce.nll",), (1.0, 2.0)),
        ("3 > 2*(bce.nll - 1)", ("2*(bce.nll - 1)",), (0.0, 2.0)),
        ("0 < bce.nll <= 3", ("bce.nll",), (1.0, 2.0)),
        ("bce.nll@start<ce.nll", ("bce.nll@start", "ce.nll"), ((1.0, 4.0), (2.0, 8.0))),
        ("bce.nll < 3 and not bce.nll < 0", ("bce.nll",), (1.0, 2.0)),
        ("ce.nll < 3 or bce.nll > 0", ("ce.nll", "bce.nll"), ((4.0, 1.0), (8.0, 2.0))),
        ("first(bce.nll > 1) < 3", ("first(bce.nll > 1)",), (INF, 0.0)),
        ("-1 < abs(-2) * 3", (), ((), ())),
    ],
)
def test_values_are_those_of_the_operands_that_depend_on_the_run(
    frames: MakeFrames, test: str, operands: tuple[str, ...], values: tuple[object, ...]
) -> None:
    run = frames([0], {"bce.nll": [[1.0, 2.0]], "ce.nll": [[4.0, 8.0]]})
    verdict = evaluate_claim(test, HEADS, run)
    assert verdict.operands == operands
    assert verdict.values == values


def test_live_frames_are_passed_over(frames: MakeFrames) -> None:
    scheduled = frames([0, 20], {"bce.nll": [[3.0], [2.0]]})
    live = frames([10, 30], {"bce.nll": [[9.0], [9.0]]}, scheduled=False)
    run = [scheduled[0], live[0], scheduled[1], live[1]]
    assert evaluate_claim("bce.nll < 2.5", HEADS, run).values == (2.0,)
    assert evaluate_claim("bce.nll@10 < 5", HEADS, run).values == (3.0,)
    assert evaluate_claim("first(bce.nll > 5) < 15", HEADS, run).values == (INF,)


@pytest.mark.parametrize(
    "test",
    [
        "bce.nll < 1",
        "bce.nll@start < 1",
        "bce.nll@5 < 1",
        "first(bce.nll < 1) > 5",
        "slope(bce.nll, 1, 9) < 1",
        "not bce.nll < 1",
    ],
)
def test_without_a_frame_a_claim_fails_and_its_values_are_undefined(test: str) -> None:
    verdict = evaluate_claim(test, HEADS, [], seeds=2)
    assert (verdict.label, verdict.holds, verdict.of) == ("fails", 0, 2)
    assert verdict.values == pytest.approx((NAN, NAN), nan_ok=True)


def test_without_a_frame_even_a_test_of_plain_numbers_fails() -> None:
    assert evaluate_claim("1 < 2", HEADS, [], seeds=2).label == "fails"


def test_the_claims_of_a_run_are_judged_in_order(frames: MakeFrames) -> None:
    header = a_header(
        claims=(("small", "bce.nll < 1.5"), ("equal", "abs(bce.nll - ce.nll) <= 1e-3"))
    )
    run = frames([header.steps], {"bce.nll": [[1.0, 2.0]], "ce.nll": [[1.0, 2.0]]})
    assert evaluate_claims(header, run) == [
        Verdict("small", "bce.nll < 1.5", "mixed", 1, 2, ("bce.nll",), (1.0, 2.0)),
        Verdict(
            "equal",
            "abs(bce.nll - ce.nll) <= 1e-3",
            "holds",
            2,
            2,
            ("abs(bce.nll - ce.nll)",),
            (0.0, 0.0),
        ),
    ]
    assert [verdict.of for verdict in evaluate_claims(header, [])] == [2, 2]


def test_a_run_file_with_a_test_of_another_language_is_refused() -> None:
    with pytest.raises(ClaimError, match="column 1"):
        evaluate_claims(a_header(claims=(("x", "exec(1) < 2"),)), [])
