"""Sources `gaussians` and `logistic`."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expit
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from objtui.engine.data import arrays, build_dataset
from objtui.errors import DataError
from objtui.scenario.schema import GaussiansData, LogisticData

HERE = Path()


def gaussians(**keys: object) -> GaussiansData:
    return GaussiansData.model_validate({"source": "gaussians", **keys})


def logistic(**keys: object) -> LogisticData:
    return LogisticData.model_validate({"source": "logistic", **keys})


def test_the_best_separation_of_two_gaussians_is_that_of_theory() -> None:
    data = gaussians(train_rows=40_000, dim=5, separation=1.5)
    rows = build_dataset(data, HERE, torch.float64).train
    along = rows.features.sum(dim=1) / math.sqrt(5)  # u·x
    assert roc_auc_score(rows.positive, along) == pytest.approx(norm.cdf(1.5 / 2**0.5), abs=0.006)
    for label, side in ((True, 0.75), (False, -0.75)):
        chosen = along[rows.positive == label]
        assert chosen.mean().item() == pytest.approx(side, abs=0.03)
        assert chosen.std().item() == pytest.approx(1, abs=0.03)
    across = (rows.features[:, 0] - rows.features[:, 1]) / math.sqrt(2)
    assert roc_auc_score(rows.positive, across) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("share", "positives"), [(0.001, 20), (0.5, 10_000)])
def test_the_number_of_positives_is_exact_and_their_order_random(
    share: float, positives: int
) -> None:
    data = gaussians(train_rows=20_000, val_rows=20_000, positive_share=share)
    dataset = build_dataset(data, HERE, torch.float32)
    for rows in (dataset.train, dataset.evaluation):
        assert int(rows.positive.sum()) == positives
    assert not torch.equal(dataset.train.positive, dataset.evaluation.positive)
    assert 8000 < dataset.train.positive.nonzero().float().mean() < 12_000 or positives < 100


def test_a_share_that_rounds_to_no_positive_is_refused_with_one_that_does_not() -> None:
    with pytest.raises(DataError, match=r"data\.positive_share: .* use at least 5e-05"):
        build_dataset(gaussians(train_rows=20_000, positive_share=1e-5), HERE, torch.float32)


@pytest.mark.parametrize("make", [gaussians, logistic])
def test_exactly_the_flipped_share_of_targets_differs(make: type) -> None:
    plain = build_dataset(make(val_rows=300), HERE, torch.float64)
    flipped = build_dataset(make(val_rows=300, label_flip=0.15), HERE, torch.float64)
    for a, b, count in (
        (plain.train, flipped.train, 300),
        (plain.evaluation, flipped.evaluation, 45),
    ):
        assert torch.equal(a.features, b.features)
        assert int((a.targets != b.targets).sum()) == count
        assert torch.equal(b.positive, b.targets == 1)


@pytest.mark.parametrize("slope", [1.5, -5.0, 1e308])
def test_frequencies_of_a_logistic_source_are_its_probabilities(slope: float) -> None:
    rows = build_dataset(logistic(train_rows=60_000, dim=3, slope=slope), HERE, torch.float64).train
    along = rows.features.numpy().sum(axis=1) / math.sqrt(3)
    with np.errstate(over="ignore"):
        p = expit(slope * along)
    bins = np.digitize(along, [-1, -0.3, 0, 0.3, 1])
    for each in range(6):
        chosen = bins == each
        frequency = rows.targets.numpy()[chosen].mean()
        assert frequency == pytest.approx(p[chosen].mean(), abs=4 * 0.5 / chosen.sum() ** 0.5)


@pytest.mark.parametrize("make", [gaussians, logistic])
class TestRandomness:
    def test_the_same_seed_gives_the_same_bits(self, make: type) -> None:
        first, second = (build_dataset(make(label_flip=0.1), HERE, torch.float32) for _ in "ab")
        assert torch.equal(first.train.features, second.train.features)
        assert torch.equal(first.train.targets, second.train.targets)
        assert torch.equal(first.evaluation.features, second.evaluation.features)

    def test_another_seed_and_the_validation_rows_differ(self, make: type) -> None:
        first = build_dataset(make(), HERE, torch.float32)
        second = build_dataset(make(seed=1), HERE, torch.float32)
        assert not torch.equal(first.train.features, second.train.features)
        assert not torch.equal(first.train.features, first.evaluation.features)

    def test_the_number_of_training_rows_leaves_the_validation_rows_alone(self, make: type) -> None:
        first = build_dataset(make(train_rows=100), HERE, torch.float32).val
        second = build_dataset(make(train_rows=150), HERE, torch.float32).val
        assert first is not None
        assert second is not None
        assert torch.equal(first.features, second.features)

    def test_float32_rows_are_the_rounded_float64_rows(self, make: type) -> None:
        double = build_dataset(make(), HERE, torch.float64).train
        single = build_dataset(make(), HERE, torch.float32).train
        assert torch.equal(double.features.float(), single.features)
        assert torch.equal(double.positive, single.positive)

    def test_blocks_do_not_show(self, make: type, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = build_dataset(make(dim=8), HERE, torch.float64).train
        monkeypatch.setattr(arrays, "BLOCK_VALUES", 1000)
        parts = build_dataset(make(dim=8), HERE, torch.float64).train
        assert torch.equal(whole.features, parts.features)
        assert torch.equal(whole.targets, parts.targets)

    def test_without_validation_rows_there_are_none(self, make: type) -> None:
        assert build_dataset(make(val_rows=0), HERE, torch.float32).val is None

    @pytest.mark.parametrize(
        "keys", [{"train_rows": 10**12}, {"val_rows": 10**12}, {"dim": 10**400}]
    )
    def test_more_rows_than_memory_are_refused_at_once(
        self, make: type, keys: dict[str, int]
    ) -> None:
        with pytest.raises(DataError, match=r"needs about .* of memory, but only"):
            build_dataset(make(**keys), HERE, torch.float32)


def test_the_standard_normal_is_pinned() -> None:
    rows = build_dataset(logistic(train_rows=3), HERE, torch.float64).train
    rng = np.random.default_rng(np.random.SeedSequence(0).spawn(2)[0])
    rng.random(3)
    assert rows.features[:, 0].tolist() == rng.standard_normal(3).tolist()


def test_a_separation_beyond_float32_is_refused() -> None:
    with pytest.raises(DataError, match=r"data\.separation: .* no finite float32"):
        build_dataset(gaussians(separation=1e300), HERE, torch.float32)
