"""The spread of a score over seeds."""

from __future__ import annotations

import math
import statistics

import pytest

from objtui.measures.scores import score_of
from objtui.measures.spread import ALIKE, are_alike, best_place, spread


def test_it_is_the_mean_and_the_sample_standard_deviation() -> None:
    values = [0.1, 0.4, 0.2, 0.9]
    ours = spread(values)
    assert ours.mean == pytest.approx(statistics.mean(values))
    assert ours.sd == pytest.approx(statistics.stdev(values))


def test_one_value_has_no_deviation_and_none_no_mean() -> None:
    assert spread([3.0]).mean == 3.0
    assert math.isnan(spread([3.0]).sd)
    assert math.isnan(spread([]).mean)


def test_values_are_alike_where_they_differ_by_a_part_of_their_size_whatever_that_is() -> None:
    for size in (1e-9, 1.0, -3e7):
        assert are_alike([size, size * (1 + 0.9 * ALIKE), math.nan, math.inf])
        assert not are_alike([size, size * (1 + 1.1 * ALIKE)])
    assert are_alike([0.0, 0.0])
    assert not are_alike([0.0, 1e-30])
    assert are_alike([])


def test_the_best_of_means_is_finite_and_apart_from_the_others() -> None:
    nan, log_loss, mean_logit = float("nan"), score_of("nll"), score_of("z_pos")
    assert best_place(log_loss, [0.3, nan, 0.1, 0.2]) == 2
    assert best_place(mean_logit, [0.3, nan, 0.1, float("inf")]) == 0  # the most: none is better
    assert best_place(log_loss, [0.3, nan]) is None
    assert best_place(log_loss, [0.9, 0.9 * (1 + ALIKE / 2), nan]) is None
    assert best_place(log_loss, []) is None
