"""Source `points`."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from objtui.engine.data import build_dataset
from objtui.errors import DataError
from objtui.scenario.schema import PointsData

HERE = Path()


def points(features: list[list[float]], targets: list[float]) -> PointsData:
    return PointsData(source="points", features=features, targets=targets)


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_the_rows_are_those_of_the_scenario_and_also_the_evaluation_rows(
    precision: torch.dtype,
) -> None:
    data = points([[0.5, 1], [2, -3], [4, 5]], [0, 0.5, 0.49])
    dataset = build_dataset(data, HERE, precision)
    assert dataset.val is None
    assert dataset.evaluation is dataset.train
    assert (len(dataset.train), dataset.width) == (3, 2)
    expected = torch.tensor([[0.5, 1], [2, -3], [4, 5]], dtype=precision)
    assert torch.equal(dataset.train.features, expected)
    assert torch.equal(dataset.train.targets, torch.tensor([0, 0.5, 0.49], dtype=precision))
    assert dataset.train.positive.tolist() == [False, True, False]


def test_a_target_just_under_a_half_is_negative_though_float32_rounds_it_up() -> None:
    rows = build_dataset(points([[0.0]], [0.5 - 1e-12]), HERE, torch.float32).train
    assert rows.targets.item() == 0.5
    assert not rows.positive.item()


def test_a_number_beyond_the_precision_is_named() -> None:
    data = points([[1.0, 1e300]], [1.0])
    with pytest.raises(DataError, match=r"data\.features: feature 2 of row 1 is no finite float32"):
        build_dataset(data, HERE, torch.float32)
    assert build_dataset(data, HERE, torch.float64).train.features[0, 1] == 1e300
