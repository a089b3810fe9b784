"""Calibrations against scikit-learn's and scipy's, on rows of their own half."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from objtui.measures.calibrators import (
    CALIBRATIONS,
    FrameCalibration,
    Isotonic,
    Platt,
    Temperature,
    calibrate,
    pooled,
)
from objtui.measures.frames import decode_frame, encode_frame
from objtui.measures.halves import fitting_half
from tests.runs_for_tests import a_frame

Floats = npt.NDArray[np.float64]


def sigmoid(z: Floats) -> Floats:
    p: Floats = 1 / (1 + np.exp(-z))
    return p


def rows(seed: int = 0, number: int = 800, sharper: float = 3.0) -> tuple[Floats, Floats]:
    """Logits that are `sharper` times those of an honest p, moved by one, and targets."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(0, 1.5, number)
    targets = (rng.random(number) < sigmoid(honest)).astype(np.float64)
    return sharper * honest + 1, targets


@pytest.mark.parametrize("seed", range(3))
def test_temperature_is_the_minimum_that_scipy_comes_to(seed: int) -> None:
    z, t = rows(seed)
    best = minimize_scalar(
        lambda temperature: log_loss(t, sigmoid(z / temperature)),
        bounds=(0.1, 20),
        method="bounded",
        options={"xatol": 1e-10},
    )
    fitted = Temperature.fit(z, t)
    assert fitted is not None
    assert fitted.temperature == pytest.approx(best.x, rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_platt_is_scikit_learns_unpenalised_logistic_regression(seed: int) -> None:
    z, t = rows(seed)
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(z[:, None], t)
    fitted = Platt.fit(z, t)
    assert fitted is not None
    assert fitted.a == pytest.approx(oracle.coef_[0, 0], rel=1e-6)
    assert fitted.b == pytest.approx(oracle.intercept_[0], rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("far", [1e-6, 1.0, 1e6])
def test_platt_is_a_stationary_point_of_soft_targets_at_any_scale(far: float) -> None:
    z, _ = rows(1)
    t = np.clip(sigmoid(z / 3) + np.random.default_rng(2).normal(0, 0.2, len(z)), 0, 1)
    fitted = Platt.fit(z * far, t)
    assert fitted is not None
    miss = sigmoid(fitted.apply(z * far)) - t
    assert abs(float(miss.mean())) < 1e-9
    assert abs(float((miss * z).mean())) < 1e-8


@given(st.integers(0, 50), st.integers(1, 60))
def test_isotonic_is_scikit_learns_on_the_rows_it_was_fitted_on(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    z = np.round(rng.normal(0, 2, number), 1)  # with ties
    t = np.round(rng.random(number), rng.integers(0, 3))
    oracle = IsotonicRegression(y_min=0, y_max=1).fit(z, t).predict(z)
    fitted = Isotonic.fit(z, t)
    assert fitted is not None
    half = 0.5 / number
    np.testing.assert_allclose(sigmoid(fitted.apply(z)), np.clip(oracle, half, 1 - half), rtol=1e-9)


def test_pooled_blocks_hold_all_rows_and_rise() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 5, 50).astype(np.float64)
    hits = np.minimum(rng.integers(0, 5, 50), counts)
    k, n, first = pooled(hits, counts)
    assert (k.sum(), n.sum(), first[0]) == (hits.sum(), counts.sum(), 0)
    assert (np.diff(k / n) > 0).all()


@pytest.mark.parametrize("method", ["temperature", "platt"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_rising_map_leaves_auc_and_ap_equal_to_the_bit(method: str, dtype: type) -> None:
    z, t = rows(4)
    z = z.astype(dtype).astype(np.float64)
    half = fitting_half(t >= 0.5, 0)
    done = calibrate(method, z, t, half)
    assert done.calibration is not None
    assert done.scores[5] == done.scores[2]
    held, calibrated = z[~half], done.calibration.apply(z[~half])
    for score in (roc_auc_score, average_precision_score):
        assert score(t[~half], calibrated) == score(t[~half], held)


@pytest.mark.parametrize("method", CALIBRATIONS)
def test_scores_are_those_of_the_half_that_was_held_back(method: str) -> None:
    z, t = rows(5)
    half = fitting_half(t >= 0.5, 0)
    done = calibrate(method, z, t, half)
    assert done.calibration is not None
    held = t[~half]
    for at, logits in ((0, z[~half]), (3, done.calibration.apply(z[~half]))):
        assert done.scores[at] == pytest.approx(log_loss(held, sigmoid(logits)), rel=1e-9)
        assert done.scores[at + 2] == pytest.approx(average_precision_score(held, logits))
    assert done.scores[3] < done.scores[0]
    assert done.scores[4] < done.scores[1]
    other = calibrate(method, np.where(half, z, -z), np.where(half, t, 1 - t), half)
    assert other.calibration == done.calibration  # of the fitting half alone


@pytest.mark.parametrize("method", ["temperature", "platt"])
def test_no_fit_is_best_of_rows_that_are_told_apart(method: str) -> None:
    z = np.array([-2.0, -1.0, 1.0, 2.0])
    t = np.array([0.0, 0.0, 1.0, 1.0])
    assert CALIBRATIONS[method].fit(z, t) is None
    done = calibrate(method, z, t, np.array([True, False, True, False]))
    assert done.calibration is None
    assert np.isfinite(done.scores[:3]).all()
    assert np.isnan(done.scores[3:]).all()


@pytest.mark.parametrize("method", CALIBRATIONS)
def test_no_rows_and_one_class_are_no_error(method: str) -> None:
    nothing = np.array([])
    assert CALIBRATIONS[method].fit(nothing, nothing) is None
    calibrate(method, np.array([1.0, 2.0, 3.0]), np.ones(3), np.array([True, False, True]))
    calibrate(
        method, np.ones(4), np.array([0.0, 1.0, 0.0, 1.0]), np.array([True, True, False] * 2)[:4]
    )


@pytest.mark.parametrize("method", CALIBRATIONS)
def test_infinite_logits_are_left_out_of_the_fit_and_kept_in_the_scores(method: str) -> None:
    z, t = rows(6)
    half = fitting_half(t >= 0.5, 0)
    z[:2], t[:2], half[:2] = np.inf, 1, (True, False)
    done = calibrate(method, z, t, half)
    finite = np.isfinite(z)
    assert done.calibration == calibrate(method, z[finite], t[finite], half[finite]).calibration
    assert np.isfinite(done.scores).all()


def test_platt_that_falls_turns_the_ranking_round() -> None:
    z, t = rows(7)
    done = calibrate("platt", -z, t, fitting_half(t >= 0.5, 0))
    assert isinstance(done.calibration, Platt)
    assert not done.calibration.keeps_ranking
    assert done.scores[5] > done.scores[2]


def a_calibration(method: str = "isotonic") -> FrameCalibration:
    z, t = rows(8, 60)
    fitted = CALIBRATIONS[method].fit(z, t)
    return FrameCalibration(method, 30, 31, ((fitted, None), (None, fitted)))


@pytest.mark.parametrize("method", CALIBRATIONS)
def test_a_frame_keeps_its_calibration(method: str) -> None:
    plain = a_frame(30)
    frame = replace(plain, calibration=a_calibration(method))
    decoded = decode_frame(encode_frame(frame), frame.score_names, (2, 2))
    assert decoded.calibration == frame.calibration
    np.testing.assert_array_equal(decoded.counts, frame.counts)
    assert decode_frame(encode_frame(plain), plain.score_names).calibration is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'["temperature", 1, 1, [[{"temperature": 0}]]]',
        b'["temperature", 1, 1, [[{"temperature": [1]}]]]',
        b'["temperature", 1, 1, [[{"t": 1}]]]',
        b'["temperature", -1, 1, [[null]]]',
        b'["temperature", 1, 9007199254740993, [[null]]]',
        b'["temperature", 1, 1, [[null, null]]]',
        b'["platt", 1, 1, [[{"a": 1e999, "b": 0}]]]',
        b'["platt", 1, 1, [[{"a": "1", "b": 0}]]]',
        b'["isotonic", 1, 1, [[{"logits": [1, 0], "p": [0.1, 0.2]}]]]',
        b'["isotonic", 1, 1, [[{"logits": [0, 1], "p": [0, 0.2]}]]]',
        b'["isotonic", 1, 1, [[{"logits": 1, "p": 1}]]]',
        b'["isotonic", 1, 1, [[{"logits": [], "p": []}]]]',
        b'["beta", 1, 1, [[null]]]',
        b"[" * 100_000,
    ],
)
def test_a_damaged_calibration_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        FrameCalibration.from_bytes(zlib.compress(text), 1, 1)
    with pytest.raises(ValueError):  # noqa: PT011
        FrameCalibration.from_bytes(text, 1, 1)


def test_what_is_kept_of_very_many_steps_can_be_read_again() -> None:
    steps = np.arange(300_000) / 7
    large = Isotonic(tuple(steps.tolist()), tuple(((steps + 1) / 1e5).tolist()))
    calibration = FrameCalibration("isotonic", 5, 6, ((large, large), (large, None)))
    read = FrameCalibration.from_bytes(calibration.to_bytes(), heads=2, seeds=2)
    assert read.members == ((large, None), (None, None))
    small = FrameCalibration("platt", 5, 6, ((Platt(1.5, -0.25), None),))
    assert FrameCalibration.from_bytes(small.to_bytes(), heads=1, seeds=2) == small
