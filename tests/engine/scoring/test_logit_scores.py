"""Scores from logits, against scikit-learn, torchmetrics, SciPy and the definitions."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import optimize, special
from sklearn import metrics
from torchmetrics.classification import BinaryCalibrationError

from objtui.engine.scoring.logit_scores import Classes, histogram, score_logits
from objtui.measures.histogram import CELLS, count_logits

CASES = {
    "spread": lambda rng, n: rng.normal(size=n) * 2,
    "ties": lambda rng, n: rng.integers(-3, 4, size=n).astype(float),
    "all equal": lambda rng, n: np.full(n, 0.7),
    "saturated": lambda rng, n: rng.normal(size=n) * 300,
    "exactly 0 and 1": lambda rng, n: np.where(rng.random(n) < 0.5, -800.0, 800.0),
}


def scored(logits: np.ndarray, target: np.ndarray, positive: np.ndarray) -> dict[str, float]:
    z = torch.tensor(logits)[None]
    result = score_logits(z, torch.tensor(target), Classes.of(torch.tensor(positive), z.dtype))
    return {name: float(value[0]) for name, value in result.values.items()}


@pytest.fixture(params=CASES)
def rows(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    positive = rng.random(5000) < 0.2
    return CASES[request.param](rng, 5000) + np.where(positive, 0.5, 0.0), positive


def test_ranking_is_that_of_scikit_learn(rows: tuple[np.ndarray, np.ndarray]) -> None:
    z, positive = rows
    ours = scored(z, positive.astype(float), positive)
    assert ours["auc"] == pytest.approx(metrics.roc_auc_score(positive, z), abs=1e-12)
    assert ours["ap"] == pytest.approx(metrics.average_precision_score(positive, z), abs=1e-12)
    assert ours["base_rate"] == pytest.approx(positive.mean(), abs=1e-12)
    precision, recall, _ = metrics.precision_recall_curve(positive, z)
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    assert ours["f1"] == pytest.approx(f1.max(), abs=1e-12)
    if np.abs(z).max() < 30:  # further out, p no longer tells one logit from the next
        at_best = special.expit(z) >= ours["best_threshold"] - 1e-15
        assert metrics.f1_score(positive, at_best) == pytest.approx(ours["f1"], abs=1e-12)
    assert ours["recall"] == pytest.approx(metrics.recall_score(positive, z >= 0), abs=1e-12)


def test_log_loss_and_brier_are_those_of_scikit_learn(rows: tuple[np.ndarray, np.ndarray]) -> None:
    z, positive = rows
    z = np.clip(z, -30, 30)  # scikit-learn clips p itself, which logits have no need of
    ours = scored(z, positive.astype(float), positive)
    p = special.expit(z)
    assert ours["brier"] == pytest.approx(metrics.brier_score_loss(positive, p), abs=1e-12)
    log_p = -np.logaddexp(0, -z) * positive - np.logaddexp(0, z) * ~positive
    assert ours["nll"] == pytest.approx(-log_p.mean(), rel=1e-12)
    if np.abs(z).max() < 20:
        assert ours["nll"] == pytest.approx(metrics.log_loss(positive, p), rel=1e-9)


def test_calibration_error_is_that_of_torchmetrics(rows: tuple[np.ndarray, np.ndarray]) -> None:
    z, positive = rows
    ours = scored(z, positive.astype(float), positive)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torchmetrics' own
        theirs = BinaryCalibrationError(n_bins=15, norm="l1")(
            torch.tensor(z).sigmoid(), torch.tensor(positive).int()
        )
    assert ours["ece"] == pytest.approx(float(theirs), abs=2e-6)  # torchmetrics bins in float32


@given(
    z=arrays.arrays(float, st.integers(1, 60), elements=st.floats(-900, 900)),
    seed=st.integers(0, 9),
)
def test_calibration_error_is_its_definition(z: np.ndarray, seed: int) -> None:
    positive = np.random.default_rng(seed).random(len(z)) < 0.5
    p = torch.tensor(z).sigmoid().numpy()
    bin_of = np.minimum(np.floor(15 * p), 14)
    expected = sum(
        abs(positive[bin_of == b].sum() - p[bin_of == b].sum()) for b in np.unique(bin_of)
    ) / len(z)
    ours = scored(z, positive.astype(float), positive)["ece"]
    assert ours == pytest.approx(expected, abs=1e-12)


@given(
    z=arrays.arrays(float, st.integers(1, 80), elements=st.integers(-9, 9).map(float)),
    seed=st.integers(0, 9),
)
def test_tied_rankings_are_those_of_scikit_learn(z: np.ndarray, seed: int) -> None:
    positive = np.random.default_rng(seed).random(len(z)) < 0.5
    ours = scored(z, positive.astype(float), positive)
    if not positive.any():
        assert all(math.isnan(ours[name]) for name in ("auc", "ap", "f1", "recall", "z_pos"))
        return
    assert ours["ap"] == pytest.approx(metrics.average_precision_score(positive, z), abs=1e-12)
    if positive.all():
        assert math.isnan(ours["auc"])
        assert ours["ap"] == 1
    else:
        assert ours["auc"] == pytest.approx(metrics.roc_auc_score(positive, z), abs=1e-12)


def test_logits_rank_where_their_float32_probabilities_are_all_1() -> None:
    rng = np.random.default_rng(1)
    positive = rng.random(2000) < 0.5
    z = rng.normal(20, 1, 2000) + positive
    ours = scored(z.astype(np.float32), positive.astype(np.float32), positive)
    assert ours["auc"] == pytest.approx(metrics.roc_auc_score(positive, z.astype(np.float32)))
    assert ours["auc"] > 0.7


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_ranking_by_p_is_that_of_scikit_learn_on_rounded_p(dtype: torch.dtype) -> None:
    rng = np.random.default_rng(3)
    positive = rng.random(4000) < 0.2
    z = (rng.normal(size=4000) * 6 + 2 + 9 * positive).astype(np.float32)
    exact = torch.float64 if dtype == torch.float64 else torch.float32
    classes = Classes.of(torch.tensor(positive), exact)
    target = torch.tensor(positive).to(exact)
    ours = score_logits(torch.tensor(z, dtype=exact)[None], target, classes, dtype).values
    p = torch.tensor(z, dtype=exact).sigmoid().to(dtype).double().numpy()
    theirs = metrics.average_precision_score(positive, p)
    assert float(ours["ap_p"]) == pytest.approx(theirs, abs=1e-12 if dtype == exact else 1e-6)
    if dtype in (torch.bfloat16, torch.float16):
        assert float(ours["ap_p"]) < float(ours["ap"]) - 0.05  # objects from z = 8 on are ties


@pytest.mark.parametrize("factor", [0.01, 0.3, 1.0, 4.5, 200.0])
def test_temperature_minimises_the_log_loss(factor: float) -> None:
    rng = np.random.default_rng(2)
    true_logit = rng.normal(size=4000) * 2
    positive = rng.random(4000) < special.expit(true_logit)
    z = true_logit * factor

    def slope(log_t: float) -> float:
        scaled = z / math.exp(log_t)
        return float(((special.expit(scaled) - positive) * scaled).mean())

    best = optimize.brentq(slope, -6, 6, xtol=1e-12)
    ours = scored(z, positive.astype(float), positive)["temperature"]
    assert ours == pytest.approx(math.exp(best), rel=1e-7)


@pytest.mark.parametrize(
    ("z", "targets", "best"),
    [
        # sigmoid(z / T) is the share of positives, where every z is the same
        ([2.0, 2.0, 2.0, 2.0], [1, 1, 1, 0], 2 / math.log(3)),
        ([-3.0, -3.0, 3.0, 3.0, 3.0], [0, 0.4, 0.8, 0.8, 0.8], 3 / math.log(4)),
        # the sharper, the better: z tells the targets apart
        ([-2.0, -1.0, 1.0, 3.0], [0, 0, 1, 1], 0),
        # the flatter, the better: z says the contrary, or nothing
        ([-2.0, -1.0, 1.0, 3.0], [1, 1, 0, 0], math.inf),
        ([-1.0, -1.0, 1.0, 1.0], [0, 1, 0, 1], math.inf),
        ([5.0, 5.0], [1, 0], math.inf),
        # sigmoid(0 / T) is 0.5 for every T
        ([0.0, 0.0, 0.0], [1, 0, 1], math.nan),
    ],
)
def test_temperature_in_closed_form(z: list[float], targets: list[float], best: float) -> None:
    target = np.array(targets, dtype=np.float64)
    found = scored(np.array(z), target, target >= 0.5)["temperature"]
    assert found == pytest.approx(best, rel=1e-9, abs=0, nan_ok=True)


def test_temperature_is_found_for_each_member_alone() -> None:
    rng = np.random.default_rng(5)
    true_logit = rng.normal(size=3000)
    positive = rng.random(3000) < special.expit(true_logit)
    members = np.stack([true_logit, true_logit * 7, np.full(3000, np.nan), -true_logit])
    logits = torch.tensor(members)
    target = torch.tensor(positive.astype(float))
    classes = Classes.of(torch.tensor(positive), logits.dtype)
    together = score_logits(logits, target, classes).values["temperature"]
    for position in (0, 1, 3):
        alone = scored(members[position], positive.astype(float), positive)["temperature"]
        assert float(together[position]) == pytest.approx(alone, rel=1e-9)
    assert float(together[1]) == pytest.approx(7 * float(together[0]), rel=1e-6)


def test_saturation_counts_p_beyond_a_hundredth_on_either_side() -> None:
    z = np.array([-5.0, -4.6, -4.59, 0.0, 4.59, 4.6, 5.0, 6.0])
    positive = np.array([0, 0, 0, 0, 1, 1, 1, 1], dtype=bool)
    ours = scored(z, positive.astype(float), positive)
    assert ours["saturated"] == 5 / 8
    assert ours["saturated_neg"] == 2 / 4
    assert ours["saturated_pos"] == 3 / 4


def test_class_means_are_those_of_numpy() -> None:
    rng = np.random.default_rng(3)
    z, positive = rng.normal(size=999), rng.random(999) < 0.1
    ours = scored(z, positive.astype(float), positive)
    p = special.expit(z)
    for name, expected in (
        ("p_pos", p[positive].mean()),
        ("p_neg", p[~positive].mean()),
        ("z_pos", z[positive].mean()),
        ("z_neg", z[~positive].mean()),
    ):
        assert ours[name] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_histograms_are_the_counts_of_each_class(dtype: type) -> None:
    rng = np.random.default_rng(4)
    z = (rng.normal(size=3000) * 400).astype(dtype)
    z[:2] = [-np.inf, np.inf]
    positive = rng.random(3000) < 0.3
    logits = torch.tensor(z)[None]
    classes = Classes.of(torch.tensor(positive), logits.dtype)
    counts = score_logits(logits, torch.zeros_like(logits[0]), classes).counts[0]
    assert counts.shape == (2, CELLS)
    np.testing.assert_array_equal(counts[0], count_logits(z[~positive]))
    np.testing.assert_array_equal(counts[1], count_logits(z[positive]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_that_are_no_number_are_in_no_cell(dtype: type) -> None:
    z = np.array([np.nan, -np.inf, -3.0, 3.0, np.inf, np.nan, 1e9], dtype=dtype)
    ordered = torch.tensor(np.sort(z))[None]
    np.testing.assert_array_equal(histogram(ordered)[0], count_logits(z[~np.isnan(z)]))
    assert histogram(torch.full((1, 5), torch.nan)).sum() == 0


def test_means_of_many_rows_in_float32_are_exact_to_its_rounding() -> None:
    rng = np.random.default_rng(0)
    positive = rng.random(300_000) < 0.02
    z = (rng.normal(size=300_000) * 2 - 3 + 3 * positive).astype(np.float32)
    target = torch.tensor(positive, dtype=torch.float32)
    classes = Classes.of(torch.tensor(positive), torch.float32)
    ours = score_logits(torch.tensor(z)[None], target, classes).values
    exact = z.astype(np.float64)
    p = special.expit(exact)
    assert float(ours["nll"]) == pytest.approx(metrics.log_loss(positive, p), rel=1e-6)
    assert float(ours["z_neg"]) == pytest.approx(exact[~positive].mean(), rel=1e-6)
    assert float(ours["auc"]) == pytest.approx(metrics.roc_auc_score(positive, z), abs=1e-12)
    ap = metrics.average_precision_score(positive, z)
    assert float(ours["ap"]) == pytest.approx(ap, abs=1e-12)
