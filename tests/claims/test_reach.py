"""A claim that asks for more steps than a run has says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from objtui.claims import evaluate_claim, evaluate_claims
from objtui.measures.frames import Frame
from objtui.runfile.records import RunHeader
from objtui.scenario.bundled import bundled_names
from objtui.scenario.load import load_scenario

HEADS = ("bce", "ce")

MakeFrames = Callable[..., list[Frame]]


@pytest.fixture
def run(frames: MakeFrames) -> list[Frame]:
    """Frames up to step 50; the log loss of bce falls below 3 at step 10 in both seeds."""
    scores = {"bce.nll": [[8.0, 8.0], [2.0, 1.0], [2.0, 4.0]], "ce.nll": [[9.0, 9.0]] * 3}
    return frames([0, 10, 50], scores)


@pytest.mark.parametrize(
    ("test", "named"),
    [
        ("bce.nll@1000 < 9", 1000),
        ("9 > 2 * abs(bce.nll@start - bce.nll@60)", 60),
        ("bce.nll < 9 and not (min(1, -bce.nll@70) > 2 or bce.nll@80 > 9)", 80),
        ("slope(bce.nll, 1, 100) < 9", 100),
        ("first(bce.nll > 100) > 1000", 1000),  # inf is more than any step
        ("500 < first(bce.nll > 100) < 1000", 1000),
    ],
)
def test_a_step_beyond_the_end_of_the_run_is_told(run: list[Frame], test: str, named: int) -> None:
    verdict = evaluate_claim(test, HEADS, run)
    assert verdict.note == f"judged at step 50, but the test asks for step {named}"


@pytest.mark.parametrize(
    "test",
    [
        "bce.nll < 1000",
        "bce.nll@50 < 1000",
        "slope(bce.nll, 1, 50) < 1000",
        "first(bce.nll < 3) < 1000",  # at step 10: more steps would not change it
        "first(bce.nll > 100) > 20",
        "first(bce.nll > 100 or ce.nll@start > 1000) > first(bce.nll < 3)",
    ],
)
def test_nothing_is_told_of_a_test_that_the_run_reaches(run: list[Frame], test: str) -> None:
    assert evaluate_claim(test, HEADS, run).note == ""


def test_a_run_that_ended_early_says_so_with_every_claim(
    run: list[Frame], header: Callable[..., RunHeader]
) -> None:
    tests = ("bce.nll < 9", "bce.nll@80 < 9")
    whole = header(steps=50, claims=tuple((test, test) for test in tests))
    assert [verdict.note for verdict in evaluate_claims(whole, run)] == [
        "",
        "judged at step 50, but the test asks for step 80",
    ]
    assert [verdict.note for verdict in evaluate_claims(replace(whole, steps=100), run)] == [
        "judged at step 50 of 100",
        "judged at step 50 of 100, but the test asks for step 80",
    ]
    assert evaluate_claims(whole, [])[0].note == ""


@pytest.mark.parametrize("name", bundled_names())
def test_no_bundled_claim_asks_for_more_than_its_run(
    name: str, frame: Callable[..., Frame]
) -> None:
    scenario = load_scenario(name).scenario
    heads = tuple(head.name for head in scenario.heads)
    run = [frame(step, heads=len(heads)) for step in (0, scenario.train.steps)]
    for claim in scenario.claims:
        assert evaluate_claim(claim.test, heads, run).note == ""
