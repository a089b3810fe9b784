"""At which steps a run is evaluated."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.engine.model.backbones import make_backbone
from objtui.engine.schedule import (
    COMPILED_SAVE,
    MIN_COMPILED_LOGITS,
    Costs,
    are_scores_compiled,
    evaluation_steps,
    is_compiled,
)
from objtui.scenario.schema import Scenario, Train
from tests.engine.cases import make_scenario
from tests.engine.detector_cases import detector_scenario

FREE = Costs(step=1.0, evaluation=1e-9, dispatch=0.5)


def steps_of(
    steps: int, batch: int, rows: int, every: int | None = None, costs: Costs = FREE
) -> tuple[int, ...]:
    return evaluation_steps(Train(steps=steps, eval_every=every), batch, rows, costs)


def costs_of(scenario: Scenario, batch_rows: int, evaluation_rows: int) -> Costs:
    return Costs.of(scenario, make_backbone(scenario.model, (10,)), batch_rows, evaluation_rows)


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


def test_evaluation_stays_within_its_share_of_a_long_run() -> None:
    costs = Costs(step=1e-3, evaluation=20e-3, dispatch=1e-4)
    found = steps_of(50_000, 10**6, 1, costs=costs)
    assert len(found) * costs.evaluation <= 0.05 * 50_000 * costs.step


def test_the_share_is_that_of_the_steps_taken_which_may_be_compiled() -> None:
    costs = Costs(step=100e-6, evaluation=20e-3, dispatch=100e-6)
    steps = 2_000_000
    assert is_compiled(Train(steps=steps), costs)
    found = steps_of(steps, 10**6, 1, costs=costs)
    compiled_s = steps * (1 - COMPILED_SAVE) * costs.step
    assert len(found) * costs.evaluation <= 0.05 * compiled_s


def test_a_short_run_is_evaluated_more_often_than_its_share_would_allow() -> None:
    assert (
        len(steps_of(1000, 10**6, 1, costs=Costs(step=1e-4, evaluation=3e-3, dispatch=6e-5))) >= 100
    )


def test_costs_grow_with_rows_heads_seeds_and_layers() -> None:
    small = costs_of(make_scenario(), 32, 1000)
    for larger in (
        costs_of(make_scenario(), 3200, 100_000),
        costs_of(make_scenario(seeds=50), 32, 1000),
        costs_of(make_scenario(model={"backbone": "mlp", "hidden": [512]}), 32, 1000),
    ):
        assert larger.step > small.step
        assert larger.evaluation > small.evaluation


def test_detections_cost_by_image_and_by_anchor() -> None:
    scenario = detector_scenario()
    backbone = make_backbone(scenario.model, (1, 3))

    def evaluation(cells: int, images: int) -> float:
        return Costs.of(scenario, backbone, 512, cells, images).evaluation

    rows = evaluation(2048, 0)
    assert rows < evaluation(2048, 1) < evaluation(2048, 2)
    assert evaluation(4096, 1) - evaluation(2048, 1) > evaluation(4096, 0) - rows


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


def test_scores_are_compiled_of_many_logits_and_in_long_trainings_of_compiled_steps() -> None:
    few, many = (
        Costs(step=1.0, evaluation=1.0, dispatch=0.5, logits=logits)
        for logits in (MIN_COMPILED_LOGITS - 1, MIN_COMPILED_LOGITS)
    )
    short, long = Train(steps=1), Train(steps=10**6)
    assert not are_scores_compiled(short, few)
    assert are_scores_compiled(short, many)
    brief = Costs(step=100e-6, evaluation=1.0, dispatch=50e-6, logits=1000)
    assert is_compiled(Train(steps=100_000), brief)
    assert not are_scores_compiled(Train(steps=100_000), brief)
    assert are_scores_compiled(Train(steps=10**6), brief)
    assert is_compiled(long, few)
    assert are_scores_compiled(long, few)
    for never in (Train(steps=1, compile="never"), Train(steps=1, dtype="float64")):
        assert not are_scores_compiled(never, many)


def test_logits_of_a_part_of_the_seeds_are_those_of_the_whole_run() -> None:
    scenario = make_scenario(seeds=3)
    backbone = make_backbone(scenario.model, (10,))
    assert Costs.of(scenario, backbone, 32, 100, seeds=20).logits == 3 * 20 * 100


def test_an_evaluation_by_compiled_scores_comes_more_often_within_the_same_share() -> None:
    costs = Costs(step=1e-3, evaluation=3e-1, dispatch=1e-5, logits=6_000_000)
    plain = evaluation_steps(Train(steps=500_000, compile="never"), 10**6, 1, costs)
    compiled = evaluation_steps(Train(steps=500_000), 10**6, 1, costs)
    assert 20 < len(plain) < len(compiled) < 2 * len(plain)
