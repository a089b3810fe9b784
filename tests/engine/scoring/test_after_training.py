"""A calibration after training: at the last frame alone, of every member, on rows held back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expit
from sklearn.metrics import average_precision_score, log_loss

from objtui.engine.scoring.after_training import Calibrator
from objtui.engine.session import prepare, train
from objtui.measures.calibrators import CALIBRATIONS
from objtui.measures.frames import Frame
from objtui.measures.halves import fitting_half
from objtui.measures.scores import CALIBRATION_SCORE_NAMES
from objtui.scenario.load import parse_scenario

TEXT = """
title = "Calibrated"
[data]
source = "gaussians"
train_rows = 80
val_rows = 400
dim = 4
separation = 2.0
label_flip = 0.1
[model]
backbone = "mlp"
hidden = [32]
[train]
steps = 150
optimizer = "adam"
lr = 0.02
seeds = 2
[calibrate]
method = "{method}"
[[heads]]
name = "mse"
loss = "mse"
[[heads]]
name = "ce"
loss = "ce"
[[heads]]
name = "bce"
loss = "bce"
"""


@pytest.mark.parametrize("method", CALIBRATIONS)
def test_the_last_frame_alone_has_it(method: str) -> None:
    scenario = parse_scenario(TEXT.format(method=method), "a.toml", Path()).scenario
    *earlier, last = train(scenario)
    assert earlier
    for frame in earlier:
        assert frame.calibration is None
        assert np.isnan(frame.scores[..., -6:]).all()
    assert last.calibration is not None
    assert (last.calibration.fitted, last.calibration.held) == (200, 200)
    assert last.score_names[-6:] == CALIBRATION_SCORE_NAMES
    assert np.isfinite(last.scores[..., -6:]).all()
    assert (last.score("nll_calibrated") < last.score("nll_held")).all()
    if method != "isotonic":
        np.testing.assert_array_equal(last.score("ap_calibrated"), last.score("ap_held"))
    plain = parse_scenario(TEXT.format(method="none"), "a.toml", Path()).scenario
    *_, without = train(plain)
    np.testing.assert_array_equal(without.scores, last.scores[..., :-6])  # nothing else changes
    assert without.calibration is None


def test_calibrations_come_in_the_order_of_the_scenario() -> None:
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 2, 600)
    targets = (rng.random(600) < expit(honest)).astype(np.float64)
    fitting = fitting_half(targets >= 0.5, 0)
    factors = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])  # (seeds, heads)
    logits = torch.tensor(factors[..., None] * honest)
    finite = torch.tensor([[True, True, True], [True, False, True]])
    order = [2, 0, 1]  # of the engine's heads, their places in the scenario
    scores, fitted = Calibrator("temperature", targets, fitting).calibrate(logits, finite, order)
    (last,) = fitted.members[2][:1]
    assert last is not None
    for head, place in enumerate(order):
        for seed in range(2):
            member = fitted.members[place][seed]
            if not finite[seed, head]:
                assert member is None
                assert np.isnan(scores[seed, head]).all()
                continue
            assert member is not None
            ratio = member.temperature / last.temperature  # type: ignore[union-attr]
            assert ratio == pytest.approx(factors[seed, head], rel=1e-6)
            z = logits[seed, head].numpy()[~fitting]
            held = targets[~fitting]
            assert scores[seed, head, 0] == pytest.approx(log_loss(held, expit(z)))
            assert scores[seed, head, 5] == pytest.approx(average_precision_score(held, z))


def test_a_resumed_training_has_the_same_calibration_to_the_bit() -> None:
    scenario = parse_scenario(TEXT.format(method="platt"), "a.toml", Path()).scenario
    *_, whole = train(scenario)
    first = prepare(scenario, Path()).training
    for event in first.events():
        if isinstance(event, Frame) and event.step >= 60:
            break
    second = prepare(scenario, Path()).training
    second.restore(first.checkpoint())
    *_, resumed = [event for event in second.events() if isinstance(event, Frame)]
    assert resumed.calibration == whole.calibration
    np.testing.assert_array_equal(resumed.scores, whole.scores)
