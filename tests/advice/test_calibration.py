"""Calibration from histograms, against SciPy and scikit-learn on the logits themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import f1_score, log_loss
from torch import tensor
from torchmetrics.functional.classification import binary_calibration_error

from objtui.advice import calibration
from objtui.advice.calibration import (
    LOGITS,
    MIN_T,
    best_temperatures,
    best_thresholds,
    calibration_errors,
    isotonic_logits,
    log_losses,
)
from objtui.measures.histogram import CELLS, count_logits


def drawn(rows: int, sharpness: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are `sharpness` times as far from 0 as their classes bear out."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(-1.0, 3.0, rows)
    return sharpness * honest, rng.random(rows) < expit(honest)


def counted(z: np.ndarray, positive: np.ndarray) -> np.ndarray:
    return np.stack([count_logits(z[~positive]), count_logits(z[positive])])


@pytest.mark.parametrize("sharpness", [0.3, 1.0, 4.5, 20.0])
def test_the_temperature_is_that_which_minimises_the_log_loss_of_the_rows(sharpness: float) -> None:
    z, positive = drawn(20_000, sharpness)
    best = minimize_scalar(
        lambda log_t: log_loss(positive, expit(z / np.exp(log_t))), bounds=(-3, 4), method="bounded"
    )
    ours = best_temperatures(counted(z, positive)[None])[0]
    assert ours == pytest.approx(np.exp(best.x), rel=2e-3)


def test_many_members_come_to_their_temperatures_in_few_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sharpness = np.linspace(0.3, 20.0, 64)
    counts = np.stack([counted(*drawn(2_000, by, seed)) for seed, by in enumerate(sharpness)])
    expected = best_temperatures(counts)
    monkeypatch.setattr(calibration, "_MAX_STEPS", 14)
    np.testing.assert_allclose(best_temperatures(counts), expected, rtol=1e-7)


def test_rows_told_apart_without_an_error_have_the_least_temperature() -> None:
    z = np.linspace(-5, 5, 100)
    assert best_temperatures(counted(z, z > 0)[None])[0] == pytest.approx(MIN_T)


def test_rows_the_wrong_way_round_and_of_one_class_have_no_best_temperature() -> None:
    z = np.linspace(-5, 5, 100)
    backwards, one_class = counted(z, z < 0), counted(z, np.zeros(100, dtype=bool))
    assert np.isnan(best_temperatures(np.stack([backwards, one_class]))).all()


def test_the_log_loss_is_that_of_scikit_learn_before_and_after() -> None:
    z, positive = drawn(5000, 4.0)
    losses = log_losses(counted(z, positive)[None], (LOGITS / 4)[None])
    assert losses.before[0] == pytest.approx(log_loss(positive, expit(z)), rel=2e-3)
    assert losses.after[0] == pytest.approx(log_loss(positive, expit(z / 4)), rel=2e-3)

    def loss(z: np.ndarray) -> np.ndarray:
        return np.logaddexp(0, np.where(positive, -z, z))

    error = np.std(loss(z) - loss(z / 4)) / np.sqrt(len(z))
    assert losses.error[0] == pytest.approx(error, rel=0.01)


def test_the_calibration_error_is_that_of_torchmetrics() -> None:
    z, positive = drawn(20_000, 3.0)
    for t in (1.0, 3.0):
        theirs = binary_calibration_error(tensor(expit(z / t)), tensor(positive).int(), n_bins=15)
        ours = calibration_errors(counted(z, positive)[None], (LOGITS / t)[None])[0]
        assert ours == pytest.approx(float(theirs), abs=4e-3)


@given(st.lists(st.tuples(st.integers(1, CELLS - 2), st.booleans()), min_size=1, max_size=60))
def test_isotonic_regression_is_that_of_scikit_learn(
    rows: list[tuple[int, bool]],
) -> None:
    cell, positive = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    z = LOGITS[cell]
    theirs = IsotonicRegression().fit_transform(z, positive.astype(float))
    ours = isotonic_logits(counted(z, positive)[None])[0][cell]
    half = 0.5 / len(rows)
    np.testing.assert_allclose(expit(ours), np.clip(theirs, half, 1 - half))


def test_the_threshold_is_best_on_the_rows_it_is_fitted_on_and_measured_on_others() -> None:
    z, positive = drawn(4000, 1.0)
    z = z - 1.5  # so that 0.5 lies too high
    one, other = (counted(z[half], positive[half]) for half in (slice(2000), slice(2000, None)))
    found = best_thresholds(one[None], other[None])
    cut = found.logits[0]
    fit_z, fit_positive = z[:2000], positive[:2000]
    best = max(f1_score(fit_positive, fit_z >= at) for at in fit_z)
    assert f1_score(fit_positive, fit_z >= cut) == pytest.approx(best, abs=5e-3)
    assert found.best[0] == pytest.approx(f1_score(positive[2000:], z[2000:] >= cut))
    assert found.usual[0] == pytest.approx(f1_score(positive[2000:], z[2000:] >= 0))


def test_the_error_of_the_gain_in_f1_is_that_of_many_draws() -> None:
    gains, errors = [], []
    for seed in range(200):
        z, positive = drawn(1000, 1.0, seed)
        counts = counted(z - 1.5, positive)[None]
        fit = counted(np.array([-0.7, -0.5]), np.array([False, True]))[None]  # cuts at a fixed z
        found = best_thresholds(fit, counts)
        gains.append(found.best[0] - found.usual[0])
        errors.append(found.error[0])
    assert np.mean(errors) == pytest.approx(np.std(gains), rel=0.35)
