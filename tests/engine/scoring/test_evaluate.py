"""Measuring a population block by block."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from objtui.engine import blocks
from objtui.engine.scoring.evaluate import Measurement, score_table
from objtui.engine.session import prepare
from objtui.measures.scores import SCORE_NAMES
from objtui.scenario.schema import Scenario

HEADS = [
    {"name": "bce", "loss": "bce"},
    {"name": "ce", "loss": "ce", "label_smoothing": 0.1},
    {"name": "focal", "loss": "focal", "positive_weight": 3.0},
    {"name": "twice", "loss": "mse", "double_sigmoid": True},
]


def measured(dtype: str = "float64", heads: list[dict[str, object]] = HEADS) -> Measurement:
    """Four heads of two seeds on 300 rows, after a few steps."""
    scenario = Scenario.model_validate(
        {
            "title": "a",
            "data": {"source": "gaussians", "train_rows": 300, "dim": 4, "positive_share": 0.3},
            "train": {"steps": 40, "batch": 64, "seeds": 2, "dtype": dtype, "lr": 0.1},
            "heads": heads,
        }
    )
    training = prepare(scenario, Path()).training
    training.advance(training.chunk_steps)
    return training._evaluator.measure()


@pytest.mark.parametrize("block_values", [1, 8 * 7, 8 * 299])
def test_blocks_do_not_show_in_scores_and_counts(
    monkeypatch: pytest.MonkeyPatch, block_values: int
) -> None:
    whole = measured()
    monkeypatch.setattr(blocks, "BLOCK_VALUES", block_values)
    parts = measured()
    np.testing.assert_array_equal(parts.counts, whole.counts)
    for position, name in enumerate(SCORE_NAMES):
        np.testing.assert_allclose(
            parts.scores[..., position], whole.scores[..., position], rtol=1e-10, err_msg=name
        )
    assert not parts.diverged.any()


def test_a_member_that_diverges_in_any_block_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_VALUES", 16)
    heads = [HEADS[0], {"name": "raw", "loss": "raw_mse", "lr_scale": 1e30}]
    found = measured("float32", heads)
    assert found.diverged.tolist() == [[False, False], [True, True]]
    assert np.isnan(found.scores[1]).all()
    assert np.isfinite(found.scores[0]).any()


def test_a_score_without_a_value_and_a_value_without_a_score_are_named() -> None:
    values = {name: torch.zeros(2, 3) for name in SCORE_NAMES}
    assert score_table(values).shape == (2, 3, len(SCORE_NAMES))
    del values["nll"]
    values["margin"] = torch.zeros(2, 3)
    with pytest.raises(RuntimeError, match=r"without a value: nll; without an entry: margin"):
        score_table(values)
