"""Numbers as figures write them."""

from __future__ import annotations

import math

import pytest

from objtui.figures.words import number, percent, with_deviation, with_last_digits
from objtui.measures.spread import Spread


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.03151, "0.0315"),
        (-6.724, "−6.72"),
        (2.6e-7, "2.6e−7"),
        (math.nan, "–"),
        (-math.inf, "−∞"),
    ],
)
def test_a_number_has_three_digits(value: float, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(
    ("mean", "sd", "words", "short"),
    [
        (0.94189, 0.00331, "0.9419 ± 0.0033", "0.9419(33)"),
        (16.52, 3.04, "16.5 ± 3.0", "16.5(30)"),
        (-13.23, 0.61, "−13.23 ± 0.61", "−13.23(61)"),
        (2.4e-7, 2.4e-7, "2.4e−7 ± 2.4e−7", "2.4(24)e−7"),
        (0.5, math.nan, "0.5", "0.5"),
        (0.0, 0.0, "0 ± 0", "0"),
    ],
)
def test_a_deviation_has_two_digits_and_the_mean_as_many_decimals(
    mean: float, sd: float, words: str, short: str
) -> None:
    assert with_deviation(Spread(mean, sd)) == words
    assert with_last_digits(Spread(mean, sd)) == short


def test_all_of_a_class_is_100_percent() -> None:
    assert (percent(1.0), percent(0.0341)) == ("100 %", "3.4 %")
