"""Programs of steps, compiled by the machine's compiler, against the steps of a training."""

from __future__ import annotations

import os
import platform
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from objtui.engine.steps.compiled.compiler import Compiling, find_compiler
from objtui.engine.training import Training
from objtui.losses import LOSSES
from objtui.measures.frames import Frame
from objtui.scenario.schema import Scenario
from tests.engine.cases import TWINS, make_rows, make_scenario, make_training, tensor_rows

HEADS = (
    *TWINS,
    {"name": "focal", "loss": "focal", "gamma": 1.5, "positive_weight": 3.0},
    {"name": "raw", "loss": "raw_mse", "lr_scale": 0.5, "weight_decay_scale": 3.0},
    {"name": "pinned", "loss": "ce", "negative_neuron": "zero", "label_smoothing": 0.1},
    {"name": "frozen", "loss": "ce", "negative_neuron": "frozen", "double_sigmoid": True},
)
MLP = {"backbone": "mlp", "hidden": [9, 5]}
SGD = {"optimizer": "sgd", "lr": 0.1}
CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, SGD | {"momentum": 0.9, "weight_decay": 0.01, "batch": "all"}),
    ({}, SGD | {"momentum": 0.9, "nesterov": True, "schedule": "cosine"}),
    ({}, {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.1, "warmup": 3}),
    (MLP | {"activation": "relu"}, SGD),
    (MLP | {"activation": "tanh"}, {"optimizer": "adamw", "betas": [0.8, 0.99], "batch": "all"}),
    (MLP | {"activation": "silu"}, {"optimizer": "adamw", "lr": 0.01, "batch": 7}),
    ({"backbone": "mlp", "hidden": [20], "activation": "gelu"}, SGD),
    ({}, {"normalise": "positives", "balance": 0.25, "ema": 0.9}),
]


@contextmanager
def compiled(training: Training) -> Iterator[Training]:
    compiling = Compiling(training._stepper.program.text)
    try:
        library = compiling.library()
        assert isinstance(library, Path), library
        training._stepper.compile(library)
        yield training
    finally:
        compiling.close()


def check(scenario: Scenario, rows: int = 150) -> None:
    """Twelve steps against those of a training, in float64."""
    plain = make_training(scenario, make_rows(rows))
    with compiled(make_training(scenario, make_rows(rows))) as training:
        for step in range(0, 12, 4):
            losses = training._stepper.advance(step, 4)
            expected = torch.cat([plain._stepper.advance(step + i, 1) for i in range(4)])
            torch.testing.assert_close(losses, expected, rtol=1e-11, atol=1e-11)
            state = training._stepper.state()
            for name, values in plain._stepper.state().items():
                torch.testing.assert_close(state[name], values, rtol=1e-10, atol=1e-11, msg=name)


@pytest.mark.parametrize(("model", "train"), CASES, ids=str)
def test_state_and_losses_follow_a_training(model: Any, train: Any) -> None:
    check(make_scenario(HEADS, model, seeds=2, **train))


@pytest.mark.parametrize("model", [{}, {"backbone": "mlp", "hidden": [9]}], ids=["none", "mlp"])
def test_clipped_gradients_and_their_norms_do_too(model: Any) -> None:
    heads = [{"name": "bce", "loss": "bce"}, {"name": "mse", "loss": "mse"}]
    check(make_scenario(heads, model, seeds=2, clip_norm=0.05, optimizer="sgd", lr=0.5))


def test_a_batch_of_several_blocks_that_are_not_full_does_too() -> None:
    check(make_scenario(TWINS, {"backbone": "mlp", "hidden": [4]}, seeds=2, batch=300), rows=700)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="of this processor's vectors")
@pytest.mark.parametrize("vectors", ["-mno-avx512f", "-mno-avx"])
def test_vectors_of_any_width_do_the_same(vectors: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = find_compiler(os.environ)
    assert compiler
    monkeypatch.setenv("CC", shlex.join([*compiler, vectors]))
    check(make_scenario(HEADS, MLP, seeds=2, **SGD))


def test_every_loss_has_a_form_in_c() -> None:
    heads = [{"name": name, "loss": name} for name in LOSSES]
    check(make_scenario(heads, seeds=1, optimizer="sgd"))


def a_scenario(**changes: Any) -> Scenario:
    model = {"backbone": "mlp", "hidden": [8]}
    return make_scenario(TWINS, model, seeds=2, dtype="float32", eval_every=35, **changes)


def float32_rows() -> Any:
    rows = make_rows(300)
    return tensor_rows(rows.features.float(), rows.targets.float(), rows.positive)


def frames_of(training: Training) -> list[Frame]:
    return [event for event in training.events() if isinstance(event, Frame) and event.scheduled]


def test_frames_are_those_of_plain_steps_within_the_rounding_of_float32() -> None:
    plain = frames_of(make_training(a_scenario(lr=1e-2), float32_rows()))
    with compiled(make_training(a_scenario(lr=1e-2), float32_rows())) as training:
        frames = frames_of(training)
    assert [frame.step for frame in frames] == [frame.step for frame in plain] == [0, 35, 70, 100]
    for score in ("nll", "z_pos", "weight_norm", "grad_norm", "ap"):
        for frame, expected in zip(frames, plain, strict=True):
            np.testing.assert_allclose(
                frame.score(score), expected.score(score), rtol=2e-4, atol=2e-5, err_msg=score
            )


def test_two_trainings_give_the_same_bits_and_so_does_one_that_is_resumed() -> None:
    trainings = [make_training(a_scenario(), float32_rows()) for _ in range(3)]
    for training in trainings:
        with compiled(training):
            pass
    first, second, third = trainings
    expected = frames_of(first)
    at_70 = b""
    for event in second.events():
        if isinstance(event, Frame) and event.step == 70:
            at_70 = second.checkpoint()
    third.restore(at_70)
    assert frames_of(third)[-1].scores.tobytes() == expected[-1].scores.tobytes()
    for training in (second, third):
        for name, values in training._stepper.state().items():
            assert torch.equal(values, first._stepper.state()[name]), name


def test_trainings_that_differ_in_numbers_alone_share_one_program() -> None:
    def text(heads: Any = HEADS, **train: Any) -> str:
        training = make_training(make_scenario(heads, **({"seeds": 2} | train)), make_rows(64))
        return training._stepper.program.text

    other = [{**head, "gamma": 3.25} if head["loss"] == "focal" else head for head in HEADS]
    assert (
        text()
        == text(seeds=5)
        == text(lr=0.125, betas=[0.7, 0.75], weight_decay=0.3)
        == text(other)
    )
    assert text() != text(batch=16)


def test_a_member_that_diverges_disturbs_no_other() -> None:
    heads = [{"name": "bce", "loss": "bce"}, {"name": "raw", "loss": "raw_mse", "lr_scale": 1e6}]
    scenario = make_scenario(heads, seeds=1, optimizer="sgd", lr=0.1)
    plain = make_training(scenario, make_rows(64))
    expected = plain._stepper.advance(0, 40)
    assert not torch.isfinite(expected[-1, :, 1]).any()
    with compiled(make_training(scenario, make_rows(64))) as training:
        losses = training._stepper.advance(0, 40)
    assert not torch.isfinite(losses[-1, :, 1]).any()
    torch.testing.assert_close(losses[:, :, 0], expected[:, :, 0], rtol=1e-11, atol=1e-11)


def test_denormal_numbers_stay_what_they_are() -> None:
    with compiled(make_training(a_scenario(), float32_rows())):
        assert float(torch.tensor([1e-40]) * 1) != 0
