"""Trainings that end, or pass, where closed forms and other programs say."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from objtui.engine.data.dataset import Rows
from objtui.engine.session import train
from objtui.scenario.load import load_scenario
from tests.engine.cases import TWINS, make_scenario, make_training, scheduled, tensor_rows

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def one_row(target: float, copies: int = 1) -> Rows:
    targets = torch.full((copies,), target, dtype=torch.float64)
    return tensor_rows(torch.zeros(copies, 1, dtype=torch.float64), targets, targets >= 0.5)


def test_the_optimum_on_breast_cancer_is_that_of_scikit_learn() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = x[:, :2]
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    peer = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(x, y)
    z = x @ peer.coef_[0] + peer.intercept_[0]
    expected = float((np.logaddexp(0, z) - y * z).mean())
    assert peer.intercept_[0] == pytest.approx(0.70756728, abs=1e-5)

    targets = torch.tensor(y, dtype=torch.float64)
    rows = tensor_rows(torch.tensor(x), targets, targets >= 0.5)
    scenario = make_scenario(TWINS[:2], batch="all", optimizer="sgd", lr=4.0, steps=3000)
    last = scheduled(make_training(scenario, rows))[-1]
    np.testing.assert_allclose(last.score("nll"), expected, atol=1e-6)
    np.testing.assert_allclose(
        last.score("weight_norm"), np.linalg.norm([3.72200349, 0.93740745]), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("start", "steps"),
    [
        (-4.0, {"bce": 5, "ce": 3, "mse": 36, "focal": 5}),
        pytest.param(-8.0, {"bce": 9, "ce": 5, "mse": 1507}, marks=pytest.mark.thorough),
    ],
)
def test_a_wrong_start_is_left_after_as_many_steps_as_the_closed_form_says(
    start: float, steps: dict[str, int]
) -> None:
    """One logit, t = 1, plain gradient descent at rate 1 until p ≥ 0.5."""
    heads = [{"name": name, "loss": name, "initial_logit": start} for name in steps]
    scenario = make_scenario(
        heads, batch="all", optimizer="sgd", lr=1.0, steps=max(steps.values()) + 1, eval_every=1
    )
    frames = scheduled(make_training(scenario, one_row(1.0)))
    for position, (name, expected) in enumerate(steps.items()):
        reached = [frame.step for frame in frames if frame.score("p_pos")[position, 0] >= 0.5]
        assert reached[0] == expected, name


def test_contradictory_labels_end_at_their_share() -> None:
    targets = torch.tensor([1.0] * 9 + [0.0], dtype=torch.float64)
    rows = tensor_rows(torch.zeros(10, 1, dtype=torch.float64), targets, targets >= 0.5)
    heads = [
        {"name": name, "loss": name, "initial_logit": 0.0} for name in ("bce", "ce", "mse", "focal")
    ]
    scenario = make_scenario(heads, batch="all", optimizer="sgd", lr=2.0, steps=4000)
    last = scheduled(make_training(scenario, rows))[-1].score("z_pos")[:, 0]
    np.testing.assert_allclose(last[:3], math.log(9), atol=1e-9)
    assert last[3] == pytest.approx(0.81989, abs=1e-5)


@pytest.mark.parametrize(("smoothing", "logit"), [(0.05, 3.6636), (0.1, 2.9444), (0.2, 2.1972)])
def test_label_smoothing_stops_the_logit(smoothing: float, logit: float) -> None:
    heads = [{"name": "bce", "loss": "bce", "label_smoothing": smoothing, "initial_logit": 0.0}]
    scenario = make_scenario(heads, batch="all", optimizer="adam", lr=0.05, steps=1500)
    last = scheduled(make_training(scenario, one_row(1.0)))[-1]
    assert last.score("z_pos")[0, 0] == pytest.approx(logit, abs=1e-4)
    assert last.score("excess")[0, 0] == pytest.approx(0, abs=1e-8)


def test_a_prior_shares_the_gradient_between_the_classes() -> None:
    """20 positives of 20 000: the first loss and the negatives' share of the slopes."""
    generator = torch.Generator().manual_seed(0)
    targets = torch.zeros(20_000, dtype=torch.float64)
    targets[:20] = 1
    features = torch.randn(20_000, 8, generator=generator, dtype=torch.float64)
    heads = [
        {"name": "even", "loss": "bce", "initial_logit": 0.0},
        {"name": "prior", "loss": "bce", "prior": 0.001},
    ]
    first = scheduled(
        make_training(make_scenario(heads, steps=1), tensor_rows(features, targets, targets >= 0.5))
    )[0]
    np.testing.assert_allclose(first.score("loss")[:, 0], [0.693, 0.0079], atol=2e-4)
    np.testing.assert_allclose(first.score("grad_share_neg")[:, 0], [0.999, 0.500], atol=5e-4)


def test_bfloat16_has_no_slope_left_from_the_logit_at_which_its_sigmoid_is_one() -> None:
    heads = [{"name": "bce", "loss": "bce", "initial_logit": 6.25}]
    scenario = make_scenario(heads, batch="all", dtype="bfloat16", optimizer="sgd", lr=1.0)
    last = scheduled(make_training(scenario, one_row(1.0)))[-1]
    assert last.score("z_pos")[0, 0] == 6.25


def test_nuclei_comes_out_as_a_plain_reference_does() -> None:
    loaded = load_scenario(str(SCENARIOS / "nuclei.toml"))
    *_, last = train(loaded.scenario, loaded.base)
    mean = {name: last.score(name).mean(axis=1) for name in ("ap", "saturated", "saturated_pos")}
    sd = {name: last.score(name).std(axis=1, ddof=1) for name in mean}
    reference = {  # mean and sd over five seeds: bce, ce mirrored, mse
        "ap": ([0.940, 0.940, 0.916], [0.010, 0.010, 0.009]),
        "saturated": ([0.934, 0.934, 0.918], [0.010, 0.010, 0.010]),
        "saturated_pos": ([0.441, 0.441, 0.538], [0.033, 0.033, 0.022]),
    }
    for name, (expected, spread) in reference.items():
        assert (np.abs(mean[name] - expected) <= np.add(spread, sd[name])).all(), name
    np.testing.assert_allclose(mean["ap"][0], mean["ap"][1], atol=5e-5)
