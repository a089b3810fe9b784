"""A verdict as people read it."""

from __future__ import annotations

import math

import pytest

from objtui.claims.verdict import Verdict, outcome_of

NAN, INF = math.nan, math.inf


def verdict(operands: tuple[str, ...], values: tuple[object, ...]) -> Verdict:
    return Verdict("text", "test", "mixed", 1, len(values), operands, values)


@pytest.mark.parametrize(
    ("holds", "of", "outcome"),
    [(5, 5, "holds"), (0, 5, "fails"), (1, 5, "mixed"), (4, 5, "mixed"), (0, 0, "fails")],
)
def test_a_claim_holds_in_all_fails_in_none_and_is_mixed_between(
    holds: int, of: int, outcome: str
) -> None:
    assert outcome_of(holds, of) == outcome


def test_a_mixed_label_counts_the_seeds() -> None:
    assert Verdict("t", "x", "mixed", 3, 5, (), ()).label == "mixed 3/5"
    assert Verdict("t", "x", "holds", 5, 5, (), ()).label == "holds"


@pytest.mark.parametrize(
    ("operands", "values", "measured"),
    [
        (("ce.gap",), (0.0043,), "ce.gap 0.0043"),
        (("ce.gap",), (1.0, 2.0, 6.0), "ce.gap 3 (1 to 6)"),
        (("ce.gap",), (2.0, 2.0), "ce.gap 2"),
        (("a.nll", "b.nll"), ((1.0, 5.0), (2.0, 5.0)), "a.nll 1.5 (1 to 2), b.nll 5"),
        (("ce.gap",), (1.0, NAN, 3.0), "ce.gap 2 (1 to 3, undefined in 1 of 3)"),
        (("ce.gap",), (1.0, NAN), "ce.gap 1 (undefined in 1 of 2)"),
        (("ce.gap",), (NAN, NAN), "ce.gap undefined"),
        (("first(x)",), (10.0, INF), "first(x) inf (10 to inf)"),
        (("ce.gap",), (1.7e308, 1.6e308), "ce.gap 1.65e+308 (1.6e+308 to 1.7e+308)"),
        ((), ((), ()), ""),
        (("ce.gap",), (), ""),
    ],
)
def test_measured_is_mean_and_range_over_seeds(
    operands: tuple[str, ...], values: tuple[object, ...], measured: str
) -> None:
    assert verdict(operands, values).measured == measured
