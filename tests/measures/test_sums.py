"""Scores from sums, held against those of the rows themselves and scikit-learn."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from functools import reduce

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn import metrics

from objtui.measures.histogram import count_logits
from objtui.measures.scoring import score_logits
from objtui.measures.sums import KEPT_ROWS, Positive, Sums, pairing

Floats = npt.NDArray[np.float64]
Rows = tuple[npt.NDArray[np.floating], Floats]

BY_CELLS = ("auc", "ap", "ap_p", "f1", "best_threshold", "temperature")
"""Scores that are not exact where rows are not kept."""


def sums_of(z: npt.ArrayLike, t: npt.ArrayLike, positive: Positive = "half") -> Sums:
    sums = Sums.zero()
    sums.add(z, t, positive=positive)
    return sums


def without_rows(sums: Sums) -> Sums:
    """The same, of which no rows are kept."""
    return Sums.from_arrays(sums.to_arrays())


def exact_scores(
    z: npt.NDArray[np.floating], t: Floats, threshold: float = 0.5
) -> dict[str, float]:
    values, _ = score_logits(z, t, t >= threshold)
    inside = t[(t > 0) & (t < 1)]
    entropy = -(inside * np.log(inside) + (1 - inside) * np.log1p(-inside)).sum()
    floor = entropy / len(t) if len(t) else math.nan
    return values | {"loss": values["nll"], "loss_floor": floor, "excess": values["nll"] - floor}


def drawn(rows: int, mean: float, spread: float, slope: float, bias: float) -> Rows:
    """Normal logits, and targets with p = sigmoid(slope · z + bias)."""
    rng = np.random.default_rng(0)
    z = rng.normal(mean, spread, rows).astype(np.float32)
    return z, (rng.random(rows) < expit(slope * z.astype(np.float64) + bias)).astype(np.float64)


def bfloat16(rows: Rows) -> Rows:
    bits = rows[0].astype(np.float32).view(np.uint32)
    return (bits & np.uint32(0xFFFF0000)).view(np.float32), rows[1]


def float16(rows: Rows) -> Rows:
    return rows[0].astype(np.float16), rows[1]


def rounded(rows: Rows, unit: float) -> Rows:
    return np.round(rows[0] / unit) * unit, rows[1]


def clamped(rows: Rows) -> Rows:
    return rows[0].clip(-6, -1), rows[1]


def half_sure(rows: Rows) -> Rows:
    """Every other row right beyond doubt, so that the rest decides about the temperature."""
    z = np.where(np.arange(len(rows[0])) % 2, np.where(rows[1] > 0, 50, -50), rows[0])
    return z.astype(np.float32), rows[1]


def soft(rows: Rows) -> Rows:
    rng = np.random.default_rng(1)
    return rows[0], np.where(rows[1] > 0, rng.uniform(0.2, 1, len(rows[1])), 0.0)


def outliers(rows: Rows) -> Rows:
    z = rows[0].copy()
    z[:1000], z[1000:2000] = 100, -100
    return z, rows[1]


HARD: dict[str, Callable[[], Rows]] = {
    "a million easy rows": lambda: drawn(1_000_000, -4, 3, 1.5, 0),
    "a million hard rows": lambda: drawn(1_000_000, -4, 1, 0.8, -1),
    "first steps, logits nearly alike": lambda: drawn(400_000, -4.6, 0.05, 10, 41),
    "zero weights, no bias": lambda: drawn(200_000, 0, 0.01, 40, -2),
    "one logit": lambda: (np.full(50_000, -4.6, np.float32), (np.arange(50_000) < 300) * 1.0),
    "only logit 0": lambda: (np.zeros(20_000, np.float32), (np.arange(20_000) < 300) * 1.0),
    "three logits": lambda: rounded(drawn(100_000, -2, 3, 0.5, 0), 4),
    "bfloat16": lambda: bfloat16(drawn(300_000, -4, 3, 1.5, 0)),
    "bfloat16 near 0": lambda: bfloat16(drawn(300_000, 0, 0.3, 2, 0)),
    "float16": lambda: float16(drawn(300_000, -4, 3, 1.5, 0)),
    "clamped": lambda: clamped(drawn(300_000, -4, 3, 1.5, 0)),
    "one positive in 100 000": lambda: drawn(1_000_000, -9, 1.5, 1, -3.6),
    "soft targets": lambda: soft(drawn(300_000, -3, 2, 1, 0)),
    "saturated": lambda: outliers(drawn(100_000, 0, 3, 1, 0)),
    "sure ones beside ties that say little": lambda: half_sure(
        rounded(drawn(100_000, 0, 0.5, 0.05, 0), 0.7)
    ),
    "spread over hundreds": lambda: drawn(100_000, 0, 200, 0.01, 0),
    "separated": lambda: (
        np.linspace(-9, 9, 20_000).astype(np.float32),
        (np.arange(20_000) >= 10_000) * 1.0,
    ),
    "one class": lambda: (drawn(20_000, 0, 3, 1, 0)[0], np.zeros(20_000)),
}


@pytest.mark.parametrize("case", HARD)
def test_scores_of_many_rows_are_near_those_of_the_rows(case: str) -> None:
    z, t = HARD[case]()
    sums = sums_of(z, t)
    values, exact = sums.scores(), exact_scores(z.astype(np.float32), t)
    assert not sums.exact
    for name, value in exact.items():
        if name not in BY_CELLS:
            assert values[name] == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), name
    assert values["auc"] == pytest.approx(exact["auc"], abs=1e-3, nan_ok=True)
    for name in ("ap", "ap_p"):
        assert values[name] == pytest.approx(exact[name], abs=1e-3, nan_ok=True)
    assert values["f1"] == pytest.approx(exact["f1"], abs=1e-3, nan_ok=True)
    assert values["temperature"] == pytest.approx(exact["temperature"], rel=1e-2, nan_ok=True)
    if t.any():
        p = expit(z.astype(np.float64))
        nearby = [values["best_threshold"] + shift for shift in (-1e-3, 0, 1e-3)]
        f1 = [metrics.f1_score(t >= 0.5, p >= threshold, zero_division=0) for threshold in nearby]
        assert max(f1) == pytest.approx(exact["f1"], abs=1e-3)


@pytest.mark.parametrize("mean", [0.0, -4.6])
def test_logits_within_some_twenty_cells_are_ranked_well(mean: float) -> None:
    z, t = drawn(200_000, mean, 0.01, 150, -150 * mean - 3)
    values, exact = sums_of(z, t).scores(), exact_scores(z, t)
    assert 0.7 < exact["auc"] < 0.95
    assert values["auc"] == pytest.approx(exact["auc"], abs=1e-3)
    assert values["ap"] == pytest.approx(exact["ap"], abs=1e-3)


@pytest.mark.parametrize("number_format", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("mean", [-4.0, 5.0])
def test_ranking_by_p_is_near_that_of_scikit_learn_on_rounded_p(
    mean: float, number_format: str
) -> None:
    z, t = drawn(200_000, mean, 3, 1.5, -1.5 * mean - 3)
    p = torch.tensor(expit(z.astype(np.float64))).float().to(getattr(torch, number_format))
    theirs = metrics.average_precision_score(t, p.double().numpy())
    assert sums_of(z, t).scores(number_format)["ap_p"] == pytest.approx(theirs, abs=1e-3)


def test_scores_are_those_of_scikit_learn() -> None:
    z, t = drawn(200_000, -3, 2, 1.2, 0)
    p, values = expit(z.astype(np.float64)), sums_of(z, t).scores()
    assert values["nll"] == pytest.approx(metrics.log_loss(t, p), abs=1e-9)
    assert values["brier"] == pytest.approx(metrics.brier_score_loss(t, p), abs=1e-9)
    assert values["recall"] == pytest.approx(metrics.recall_score(t, p >= 0.5), abs=1e-9)
    assert values["auc"] == pytest.approx(metrics.roc_auc_score(t, z), abs=1e-3)
    assert values["ap"] == pytest.approx(metrics.average_precision_score(t, z), abs=1e-3)


LOGITS = st.one_of(
    st.sampled_from([0.0, -0.0, 4.6, -4.6, 100.0, -800.0, 2000.0, 1e-5, math.inf, -math.inf]),
    st.floats(-60, 60, width=32),
    st.floats(-1 / 128, 1 / 128, width=32),
)
ROWS = st.one_of(
    st.lists(st.tuples(LOGITS, st.sampled_from([0.0, 1.0])), max_size=30),
    st.lists(st.tuples(LOGITS, st.floats(0, 1, width=32)), max_size=30),
)


def columns(rows: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    table = np.array(rows, np.float64).reshape(-1, 2)
    return table[:, 0].copy(), table[:, 1].copy()


@given(ROWS)
def test_scores_of_few_rows_are_exact(rows: list[tuple[float, float]]) -> None:
    z, t = columns(rows)
    sums = sums_of(z, t)
    assert sums.exact or not rows
    if rows:
        assert sums.scores() == pytest.approx(exact_scores(z, t), rel=1e-9, abs=1e-9, nan_ok=True)


@given(ROWS)
def test_scores_of_any_rows_by_cells_keep_their_bounds(rows: list[tuple[float, float]]) -> None:
    z, t = columns(rows)
    sums = without_rows(sums_of(z, t))
    values, exact = sums.scores(), exact_scores(z, t)
    for name, value in exact.items():
        if name not in BY_CELLS:
            assert values[name] == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), name
    within = sums.auc_slack + 1e-12
    assert values["auc"] == pytest.approx(exact["auc"], abs=within, nan_ok=True)
    assert values["temperature"] == pytest.approx(exact["temperature"], rel=1e-2, nan_ok=True)


@given(ROWS, st.integers(1, 6), st.booleans())
def test_parts_add_up_to_the_whole(
    rows: list[tuple[float, float]], parts: int, through_arrays: bool
) -> None:
    z, t = columns(rows)
    whole = sums_of(z, t)
    pieces = [sums_of(z[i::parts], t[i::parts]) for i in range(parts)]
    if through_arrays:
        whole, pieces = without_rows(whole), [without_rows(piece) for piece in pieces]
    merged = reduce(Sums.merged, pieces, Sums.zero())
    assert np.array_equal(merged.counts, whole.counts)
    assert merged.exact == whole.exact
    assert merged.scores() == pytest.approx(whole.scores(), rel=1e-9, abs=1e-12, nan_ok=True)


def test_vectors_of_ranks_add_up_as_one_collective_adds_them() -> None:
    z, t = drawn(30_000, -3, 2, 1, 0)
    ranks = [sums_of(part, of).to_arrays() for part, of in ((z[:9], t[:9]), (z[9:], t[9:]))]
    added = Sums.from_arrays({name: ranks[0][name] + ranks[1][name] for name in ranks[0]})
    assert added.scores() == pytest.approx(sums_of(z, t).scores(), rel=1e-12)
    assert {str(array.dtype) for array in ranks[0].values()} == {"int64", "float64"}


def test_sums_of_other_rooms_are_refused() -> None:
    arrays = Sums.zero().to_arrays()
    with pytest.raises(ValueError, match="not sums: integers"):
        Sums.from_arrays(arrays | {"integers": arrays["integers"][1:]})
    with pytest.raises(ValueError, match="not sums: floats"):
        Sums.from_arrays(arrays | {"floats": arrays["floats"].astype(np.float32)})


def test_rows_are_kept_until_they_are_many() -> None:
    z, t = drawn(KEPT_ROWS, -3, 2, 1, 0)
    sums = sums_of(z, t)
    assert sums.exact
    assert len(pickle.dumps(sums)) < 1_000_000
    sums.add([1.0], [1.0])
    assert not sums.exact
    assert sums.rows == KEPT_ROWS + 1


def test_three_billion_rows_in_a_cell_are_counted() -> None:
    arrays = sums_of([-5.0, -5.0, 2.0], [0.0, 0.0, 1.0]).to_arrays()
    sums = Sums.from_arrays({name: array * 1_500_000_000 for name, array in arrays.items()})
    assert sums.rows == 4_500_000_000
    assert sums.counts.max() == 3_000_000_000
    assert sums.scores()["auc"] == 1
    assert sums.scores()["base_rate"] == pytest.approx(1 / 3, rel=1e-12)


def test_many_batches_lose_nothing_to_rounding() -> None:
    sums = sums_of([20.0], [0.0])
    for _ in range(2000):
        sums.add([-20.0, -20.0], [0.0, 0.0])
    expected = (20 + 4001 * math.log1p(math.exp(-20))) / 4001
    assert without_rows(sums).scores()["nll"] == pytest.approx(expected, rel=1e-15)


def test_nan_and_ignored_rows_are_counted_apart() -> None:
    z = [math.nan, math.nan, math.nan, 1.0, 2.0, 3.0, math.nan]
    t = [0.0, 1.0, 1.0, 1.0, 0.0, math.nan, 1.0]
    sums = Sums.zero()
    sums.add(z, t, ignore=[0, 0, 0, 0, 1, 0, 1])
    assert sums.nan.tolist() == [1, 2]
    assert (sums.rows, sums.positives, sums.ignored) == (1, 1, 3)
    assert np.array_equal(sums.counts[1], count_logits([1.0]))
    assert sums.scores()["z_pos"] == 1


def test_without_rows_every_score_is_undefined() -> None:
    assert all(math.isnan(value) for value in Sums.zero().scores().values())


def test_what_is_assigned_is_positive_from_any_target_above_0() -> None:
    z, t = soft(drawn(20_000, -3, 2, 1, 0))
    values = sums_of(z, t, "assigned").scores()
    exact = exact_scores(z, t, threshold=math.ulp(0))
    for name in set(exact) - {*BY_CELLS}:
        assert values[name] == pytest.approx(exact[name], rel=1e-9, abs=1e-9), name
    assert values["base_rate"] > sums_of(z, t).scores()["base_rate"]


@pytest.mark.parametrize(
    ("logits", "targets", "expected"),
    [
        ((8, 3), (8, 3), "alike"),
        ((8, 2), (8, 2), "alike"),
        ((8, 2), (8,), "neurons"),
        ((8, 2), (8, 1), "neurons"),
        ((4, 8, 2), (4, 8), "neurons"),
        ((8, 1), (8,), "column"),
        ((8,), (8, 1), "column"),
        ((), (), "alike"),
    ],
)
def test_logits_belong_to_targets_by_their_shapes(
    logits: tuple[int, ...], targets: tuple[int, ...], expected: str
) -> None:
    assert pairing(logits, targets) == expected


@pytest.mark.parametrize("logits", [(8, 3), (7,), (2, 8), (1, 8)])
def test_logits_of_another_shape_are_refused(logits: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        sums_of(np.zeros(logits), np.zeros(8))


def test_ignored_rows_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="ignored of shape"):
        Sums.zero().add(np.zeros(8), np.zeros(8), ignore=np.zeros(7))


def test_two_neurons_are_their_difference() -> None:
    z, t = drawn(500, -3, 2, 1, 0)
    two = np.stack([-z, np.zeros_like(z)], axis=-1)
    assert sums_of(two, t).scores() == pytest.approx(sums_of(z, t).scores(), rel=1e-12)


def test_arrays_given_are_not_written_to() -> None:
    z, t = np.array([np.nan, 1.0, np.inf]), np.array([0.0, np.nan, 1.0])
    z.setflags(write=False)
    t.setflags(write=False)
    assert sums_of(z, t).rows == 1
