"""Measuring a population block by block."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from objtui.engine import blocks
from objtui.engine.scoring.evaluate import Measurement, score_table
from objtui.engine.scoring.fit_half import FitHalf
from objtui.engine.session import prepare
from objtui.engine.training import Training
from objtui.measures.halves import fitting_half
from objtui.measures.histogram import LOGIT_EDGES, count_logits
from objtui.measures.scores import SCORE_NAMES
from objtui.scenario.schema import Scenario

HEADS = [
    {"name": "bce", "loss": "bce"},
    {"name": "ce", "loss": "ce", "label_smoothing": 0.1},
    {"name": "focal", "loss": "focal", "positive_weight": 3.0},
    {"name": "twice", "loss": "mse", "double_sigmoid": True},
]


def measured(dtype: str = "float64", heads: list[dict[str, object]] = HEADS) -> Measurement:
    """What is measured of such heads after a few steps."""
    return trained(dtype, heads)._evaluator.measure()


def trained(dtype: str = "float64", heads: list[dict[str, object]] = HEADS) -> Training:
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
    assert isinstance(training, Training)
    return training


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


def test_the_fitting_half_is_counted_as_all_rows_are() -> None:
    """Against NumPy's own histogram of the logits of those rows."""
    training = trained()
    evaluator = training._evaluator
    frame = evaluator.measure()
    positive = evaluator._classes.positive.numpy()
    fitting = fitting_half(positive, 0)
    population = training._population
    logits = population.in_scenario_order(population.logits(evaluator._outputs))
    for (head, seed), of_class in product(np.ndindex(4, 2), (0, 1)):
        z = logits[head, seed].numpy()[fitting & (positive == of_class)]
        inner, _ = np.histogram(z, LOGIT_EDGES)
        assert np.array_equal(frame.fit_counts[head, seed, of_class, 1:-1], inner)
    assert (frame.fit_counts <= frame.counts).all()


def test_blocks_do_not_show_in_the_fitting_half(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measured()
    monkeypatch.setattr(blocks, "BLOCK_VALUES", 8 * 7)
    np.testing.assert_array_equal(measured().fit_counts, whole.fit_counts)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_has_no_bin_is_counted_beside_them(dtype: torch.dtype) -> None:
    logits = torch.tensor([[-torch.inf, -900.0, 0.0, torch.inf, torch.nan, 9.0]], dtype=dtype)
    fitting = torch.tensor([True, True, True, True, True, False])
    positive = torch.tensor([False, True, True, True, False, True])
    counts = FitHalf(fitting, positive).counts(logits)[0].numpy()
    assert np.array_equal(counts[0], count_logits([-np.inf]))
    assert np.array_equal(counts[1], count_logits([-900.0, 0.0, np.inf]))


def test_live_frames_have_no_halves() -> None:
    assert trained()._evaluator.measure(halves=False).fit_counts is None


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
