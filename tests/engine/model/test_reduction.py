"""What of a batch's losses is trained on, against sorting and plain sums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from objtui.engine.model.reduction import Reduction
from objtui.scenario.schema import Train
from tests.engine.cases import make_rows, make_scenario, make_training, scheduled


def reduction(**train: Any) -> Reduction:
    made = Reduction.of(Train.model_validate(train))
    assert made is not None
    return made


def test_a_mean_over_rows_needs_none() -> None:
    assert Reduction.of(Train()) is None


@given(
    values=arrays.arrays(np.float64, (3, 12), elements=st.floats(0, 5)),
    flags=arrays.arrays(np.bool_, 12),
    ratio=st.floats(0.1, 20),
)
def test_hard_negatives_are_those_that_sorting_puts_first(
    values: np.ndarray, flags: np.ndarray, ratio: float
) -> None:
    weights = reduction(hard_negatives=ratio).weights(
        torch.from_numpy(values), torch.from_numpy(flags)
    )
    most = round(max(1, int(flags.sum())) * ratio)
    for row, member in zip(weights.numpy(), values, strict=True):
        chosen = sorted(np.flatnonzero(~flags), key=lambda at: -member[at])[:most]
        kept = flags.copy()
        kept[chosen] = True
        np.testing.assert_allclose(row, kept / max(1, kept.sum()), rtol=1e-15)


def test_anchors_that_do_not_count_are_never_chosen() -> None:
    values = torch.tensor([[5.0, 4.0, 3.0, 2.0, 1.0]])
    positive = torch.tensor([False, False, True, False, True])
    kept = torch.tensor([False, True, True, True, False])
    weights = reduction(hard_negatives=1.0, normalise="positives").weights(values, positive, kept)
    assert weights.tolist() == [[0, 1, 1, 0, 0]]


def test_a_sum_over_positives_is_plain_descent_at_a_larger_rate() -> None:
    """N / N₊ times the rate under SGD, to the last digits; nothing under Adam."""
    rows = make_rows(200)
    factor = len(rows) / int(rows.positive.sum())
    plain, by_positives = (
        scheduled(make_training(make_scenario(batch="all", optimizer="sgd", **train), rows))[-1]
        for train in ({"lr": 0.05 * factor}, {"lr": 0.05, "normalise": "positives"})
    )
    for name in ("nll", "z_pos", "weight_norm"):
        np.testing.assert_allclose(plain.score(name), by_positives.score(name), rtol=1e-12)
    plain, by_positives = (
        scheduled(make_training(make_scenario(batch="all", optimizer="adam", **train), rows))[-1]
        for train in ({}, {"normalise": "positives"})
    )
    np.testing.assert_allclose(plain.score("z_pos"), by_positives.score("z_pos"), rtol=1e-5)


@pytest.mark.parametrize(
    "train",
    [
        {"balance": 0.5},
        {"hard_negatives": 3.0},
        {"normalise": "positives"},
        {"ema": 0.9},
    ],
    ids=str,
)
@pytest.mark.parametrize("model", [{}, {"backbone": "mlp", "hidden": [9]}], ids=["none", "mlp"])
def test_a_mirrored_head_stays_the_exact_twin(model: Any, train: Any) -> None:
    scenario = make_scenario(model=model, optimizer="adamw", lr=0.01, seeds=2, **train)
    last = scheduled(make_training(scenario))[-1]
    assert last.score("gap")[1].max() < 1e-12


def test_scores_are_of_the_moving_average() -> None:
    """Against torch's: an average that begins at the start, after each step."""
    steps, decay = 12, 0.8
    training = make_training(make_scenario(steps=steps, ema=decay, lr=0.1))
    parameters, average = (training._stepper.state()[name] for name in ("parameters", "average"))
    follow = torch.optim.swa_utils.get_ema_multi_avg_fn(decay)
    expected = parameters.clone()
    for _ in range(steps):
        training.advance(1)
        follow([expected], [parameters], 0)
    torch.testing.assert_close(average, expected, rtol=1e-14, atol=0)
    scored = training._measure(scheduled=True).score("z_pos")
    plain = make_training(make_scenario(steps=steps, lr=0.1))
    plain._population.flat.copy_(expected)
    np.testing.assert_array_equal(scored, plain._measure(scheduled=True).score("z_pos"))


@pytest.mark.parametrize("share", [0.125, 0.5])
def test_balanced_batches_shift_the_logit_by_the_ratio_of_the_odds(share: float) -> None:
    rows = make_rows(400, separation=1.0)
    scenario = make_scenario(
        [{"name": "bce", "loss": "bce"}, {"name": "la", "loss": "logit_adjusted"}],
        batch=32,
        optimizer="sgd",
        lr=0.05,
        schedule="cosine",
        steps=3000,
        balance=share,
    )
    plain = scenario.model_copy(
        update={"train": scenario.train.model_copy(update={"balance": None})}
    )
    balanced, usual = (scheduled(make_training(each, rows))[-1] for each in (scenario, plain))
    pi = int(rows.positive.sum()) / len(rows)
    shift = math.log(share / (1 - share)) - math.log(pi / (1 - pi))
    moved = balanced.score("z_pos") - usual.score("z_pos")
    assert moved[0, 0] == pytest.approx(shift, abs=0.1)
    assert moved[1, 0] == pytest.approx(0, abs=0.1)
    np.testing.assert_allclose(balanced.score("ap"), usual.score("ap"), atol=0.01)
