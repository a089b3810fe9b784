"""Scores of given logits, held against scikit-learn, scipy and what the engine computes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit
from sklearn import metrics

from objtui.engine.scoring.logit_scores import Classes
from objtui.engine.scoring.logit_scores import score_logits as engine_scores
from objtui.measures.histogram import CELLS, count_logits
from objtui.measures.scores import OF_TRAINING, SCORE_NAMES
from objtui.measures.scoring import score_heads, score_logits

Floats = npt.NDArray[np.float64]


def scored(logits: npt.ArrayLike, targets: npt.ArrayLike, dtype: str = "f8") -> dict[str, float]:
    """The scores of one head by name."""
    result = score_heads([np.asarray(logits, dtype)], np.asarray(targets, np.float64))
    return dict(zip(SCORE_NAMES, result.scores[0].tolist(), strict=True))


def some_rows(rows: int = 4000, seed: int = 0, soft: bool = False) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    z = np.round(rng.normal(-2, 4, rows), 2)  # with ties
    t = (rng.random(rows) < expit(z / 2)).astype(np.float64)
    return z, (0.8 * t + 0.1 * rng.random(rows) if soft else t)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_scores_are_those_of_scikit_learn(dtype: str) -> None:
    z, t = some_rows()
    z = z.astype(dtype).astype(np.float64)
    p, values = expit(z), scored(z, t, dtype)
    precision, recall, thresholds = metrics.precision_recall_curve(t, z)
    f1 = 2 * precision * recall / (precision + recall)
    expected = {
        "nll": metrics.log_loss(t, p),
        "brier": metrics.brier_score_loss(t, p),
        "auc": metrics.roc_auc_score(t, z),
        "ap": metrics.average_precision_score(t, z),
        "f1": f1.max(),
        "best_threshold": expit(thresholds[f1[:-1].argmax()]),
        "recall": metrics.recall_score(t, p >= 0.5),
        "base_rate": t.mean(),
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("number_format", ["float64", "float32", "bfloat16", "float16"])
def test_ranking_by_p_is_that_of_scikit_learn_on_rounded_p(number_format: str) -> None:
    z, t = some_rows()
    z = z + 8 * t + 3
    values, _ = score_logits(z, t, t >= 0.5, number_format)
    p = torch.tensor(expit(z)).float().to(getattr(torch, number_format))
    if number_format == "float64":
        p = torch.tensor(expit(z))
    theirs = metrics.average_precision_score(t, p.double().numpy())
    assert values["ap_p"] == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("soft", [False, True])
def test_the_temperature_has_the_least_log_loss(soft: bool) -> None:
    z, t = some_rows(soft=soft)

    def log_loss(temperature: float) -> float:
        return float(np.mean(np.logaddexp(0, z / temperature) - t * z / temperature))

    best = minimize_scalar(log_loss, bounds=(0.1, 20), method="bounded", options={"xatol": 1e-8})
    assert scored(z, t)["temperature"] == pytest.approx(best.x, rel=1e-5)


FINITE = st.one_of(
    st.sampled_from([0.0, -0.0, 0.5, 4.6, -4.6, 30.0, -800.0, 1e-5]), st.floats(-60, 60, width=32)
)
TARGETS = st.one_of(
    st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=40),
    st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40),
)


@given(st.data(), TARGETS, st.sampled_from(["f4", "f8"]))
def test_scores_are_those_of_the_engine(data: st.DataObject, t: list[float], dtype: str) -> None:
    rows = len(t)
    z = np.array(data.draw(st.lists(FINITE, min_size=rows, max_size=rows)), dtype)
    target = np.array(t)
    values, counts = score_logits(z, target, target >= 0.5)
    logits = torch.tensor(z.astype(np.float64))[None]  # float64, in which ours are computed
    classes = Classes.of(torch.tensor(target >= 0.5), torch.float64)
    engine = engine_scores(logits, torch.tensor(target), classes, torch.float32)
    for name, tensor in engine.values.items():
        expected = float(tensor[0])
        tolerance = 1e-4 if name == "temperature" else 1e-9
        assert values[name] == pytest.approx(expected, rel=tolerance, abs=1e-9, nan_ok=True), name
    np.testing.assert_array_equal(counts, engine.counts[0].numpy())


@given(st.data(), TARGETS)
def test_infinite_logits_are_scored_as_p_of_exactly_0_and_1(
    data: st.DataObject, t: list[float]
) -> None:
    rows, target = len(t), np.array(t)
    some = st.one_of(st.sampled_from([math.inf, -math.inf]), FINITE)
    z = np.array(data.draw(st.lists(some, min_size=rows, max_size=rows)))
    values, p = scored(z, t), expit(z)
    with np.errstate(invalid="ignore"):
        losses = np.where(target > 0, -target * log_expit(z), 0)
        losses += np.where(target < 1, -(1 - target) * log_expit(-z), 0)
    assert values["nll"] == pytest.approx(losses.mean(), rel=1e-9, abs=1e-9)
    assert values["brier"] == pytest.approx(np.mean((p - target) ** 2), abs=1e-12)
    assert values["saturated"] == np.mean(np.abs(z) > math.log(99))
    positive = target >= 0.5
    if positive.any() and not positive.all():
        ranks = np.clip(z, -1e9, 1e9)
        assert values["auc"] == pytest.approx(metrics.roc_auc_score(positive, ranks))
        assert values["ap"] == pytest.approx(metrics.average_precision_score(positive, ranks))


def test_infinite_logits_on_their_own_side_do_not_change_the_temperature() -> None:
    z, t = some_rows()
    more = np.append(z, [math.inf, -math.inf]), np.append(t, [1, 0])
    assert scored(*more)["temperature"] == pytest.approx(scored(z, t)["temperature"], rel=1e-12)
    assert math.isnan(scored(np.append(z, math.inf), np.append(t, 0))["temperature"])


def test_infinite_logits_are_counted_beyond_the_last_edge() -> None:
    z = [math.inf, -math.inf, -math.inf, 0.0]
    counts = score_heads([np.array(z)], np.array([1.0, 0, 0, 1])).counts[0]
    assert (counts[1, -1], counts[0, 0], counts.sum()) == (1, 2, 4)


def test_histograms_are_those_that_are_counted_one_by_one() -> None:
    z, t = some_rows(500)
    counts = score_heads([z], t).counts[0]
    assert counts.shape == (2, CELLS)
    np.testing.assert_array_equal(counts[1], count_logits(z[t >= 0.5]))
    np.testing.assert_array_equal(counts[0], count_logits(z[t < 0.5]))


def test_the_calibration_error_is_that_of_bins_written_out() -> None:
    z, t = some_rows()
    p = expit(z)
    bins = np.minimum((p * 15).astype(int), 14)
    error = sum(abs(p[bins == b].sum() - t[bins == b].sum()) for b in range(15)) / len(p)
    assert scored(z, t)["ece"] == pytest.approx(error, abs=1e-12)


def test_gradients_are_those_of_the_log_loss_by_autograd() -> None:
    z, t = some_rows(soft=True)
    logits = torch.tensor(z, requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, torch.tensor(t), reduction="sum"
    )
    loss.backward()
    assert logits.grad is not None
    size, positive = np.abs(logits.grad.numpy()), t >= 0.5
    values = scored(z, t)
    assert values["grad_pos"] == pytest.approx(size[positive].mean(), rel=1e-12)
    assert values["grad_neg"] == pytest.approx(size[~positive].mean(), rel=1e-12)
    share = size[~positive].sum() / size.sum()
    assert values["grad_share_neg"] == pytest.approx(share, rel=1e-12)


def test_what_logits_do_not_tell_is_undefined() -> None:
    values = scored(*some_rows())
    assert {name for name, value in values.items() if math.isnan(value)} == set(OF_TRAINING)


def test_a_head_is_compared_with_the_first() -> None:
    first = np.array([0.0, 1, -1, math.inf, -math.inf])
    other = np.array([0.5, 1, 1, math.inf, -math.inf])
    scores = score_heads([first, other], np.array([0.0, 1, 0, 1, 0])).scores
    gap, disagree = SCORE_NAMES.index("gap"), SCORE_NAMES.index("disagree")
    assert scores[:, gap].tolist() == [0, 2]
    assert scores[:, disagree].tolist() == [0, 0.2]
    opposite = score_heads([first, -first], np.array([0.0, 1, 0, 1, 0])).scores
    assert opposite[1, gap] == math.inf


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_one_row_and_one_class_leave_undefined_what_needs_the_other(target: float) -> None:
    values = scored([0.3], [target])
    assert math.isnan(values["auc"])
    assert math.isnan(values["p_neg" if target else "p_pos"])
    assert values["nll"] == pytest.approx(math.log1p(math.exp(-0.3 if target else 0.3)))


def test_rows_in_many_blocks_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    z, t = some_rows(1000, soft=True)
    whole = scored(z, t)
    monkeypatch.setattr("objtui.measures.blocks.BLOCK_ROWS", 7)
    assert scored(z, t) == pytest.approx(whole, rel=1e-12, nan_ok=True)
