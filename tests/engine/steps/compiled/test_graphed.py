"""Recorded steps, replayed from a tape on the CPU in the place of a CUDA device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from objtui.engine.schedule import is_recorded
from objtui.engine.training import Training
from objtui.errors import TrainingError
from objtui.scenario.schema import Train
from tests.engine.cases import make_rows, make_scenario, make_training, scheduled
from tests.engine.steps.compiled.tape import record_on_tape
from tests.engine.steps.compiled.test_traced import HEADS, TRAINS

MLP = {"backbone": "mlp", "hidden": [9, 5], "activation": "silu"}
CLIPPED = {"clip_norm": 0.05, "optimizer": "sgd", "lr": 0.5}


def recorded(training: Training) -> Training:
    """The same training with its steps on tape."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("objtui.engine.steps.stepper.record_cuda_graph", record_on_tape)
        training._stepper.record()
    return training


@pytest.mark.parametrize("train", [*TRAINS, CLIPPED], ids=str)
@pytest.mark.parametrize("model", [{}, MLP], ids=["none", "mlp"])
def test_replayed_steps_follow_plain_ones_to_1e_12(model: Any, train: dict[str, Any]) -> None:
    heads = HEADS if "clip_norm" not in train else HEADS[:3]
    scenario = make_scenario(heads, model, seeds=2, **train)
    plain, ours = (make_training(scenario, make_rows(48)) for _ in range(2))
    recorded(ours)
    step = 0
    for steps in (1, 7, 2):
        losses, expected = (each._stepper.advance(step, steps) for each in (ours, plain))
        torch.testing.assert_close(losses, expected, rtol=1e-12, atol=1e-12)
        step += steps
    for name, values in plain._stepper.state().items():
        torch.testing.assert_close(
            ours._stepper.state()[name], values, rtol=1e-12, atol=1e-12, msg=name
        )


def test_a_value_that_python_would_work_out_at_each_step_cannot_be_recorded() -> None:
    """That the tape is as strict as a device."""
    weight = torch.ones(3)
    with pytest.raises(RuntimeError, match="_local_scalar_dense"):
        record_on_tape(lambda: weight.mul_(float(weight.sum())), weight.device)
    with pytest.raises(RuntimeError, match="lift_fresh"):
        record_on_tape(lambda: weight.add_(torch.tensor([1.0, 2.0, 3.0])), weight.device)


def test_nor_is_memory_kept_that_was_there_before() -> None:
    weight, others = torch.ones(3), [torch.ones(3)]
    replay = record_on_tape(lambda: weight.mul_(others[0]), weight.device)
    replay()
    others.clear()
    with pytest.raises(RuntimeError, match="freed"):
        replay()


def test_frames_and_a_resumed_run_are_those_of_plain_steps(monkeypatch: Any) -> None:
    monkeypatch.setattr("objtui.engine.steps.stepper.record_cuda_graph", record_on_tape)
    scenario = make_scenario(HEADS, seeds=2, eval_every=30)
    plain = scheduled(make_training(scenario))
    ours = make_training(scenario)
    ours._recorded = ours._stepper  # as on a CUDA device
    frames = scheduled(ours)
    half = make_training(scenario)
    half._recorded = half._stepper
    next(event for event in half.events() if half.step >= 50)
    resumed = make_training(scenario)
    resumed._recorded = resumed._stepper
    resumed.restore(half.checkpoint())
    for found, expected in zip(frames, plain, strict=True):
        torch.testing.assert_close(
            torch.from_numpy(found.scores),
            torch.from_numpy(expected.scores),
            rtol=1e-9,
            atol=1e-9,
            equal_nan=True,
        )
    assert scheduled(resumed)[-1].scores.tobytes() == frames[-1].scores.tobytes()


def fails(step: Callable[[], None], device: torch.device) -> Callable[[], object]:
    step()
    raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nlong words")


def test_a_training_whose_step_cannot_be_recorded_says_so_and_goes_on(monkeypatch: Any) -> None:
    plain = scheduled(make_training(make_scenario()))
    monkeypatch.setattr("objtui.engine.steps.stepper.record_cuda_graph", fails)
    training = make_training(make_scenario())
    training._recorded = training._stepper
    with pytest.warns(RuntimeWarning, match=r"cannot be recorded: .* stream is capturing$"):
        frames = scheduled(training)
    for frame, expected in zip(frames, plain, strict=True):
        assert frame.scores.tobytes() == expected.scores.tobytes()


def test_one_that_must_be_ends(monkeypatch: Any) -> None:
    monkeypatch.setattr("objtui.engine.steps.stepper.record_cuda_graph", fails)
    training = make_training(make_scenario(compile="always"))
    training._recorded, training._takeover = training._stepper, None
    with pytest.raises(TrainingError, match=r'capturing; train.compile = "never"'):
        scheduled(training)


def test_short_trainings_are_recorded_only_if_asked() -> None:
    assert not is_recorded(Train(steps=999))
    assert is_recorded(Train(steps=1000))
    assert is_recorded(Train(steps=1, compile="always"))
    assert not is_recorded(Train(steps=10**6, compile="never"))
    assert not is_recorded(Train(steps=10**6, dtype="bfloat16"))
