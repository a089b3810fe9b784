"""Steps of a real compiler, in the place of plain ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch._inductor.cpp_builder import get_cpp_compiler
from torch._inductor.exc import InvalidCxxCompiler

from objtui.engine.steps.compiled.job import CompileJob
from objtui.engine.steps.compiled.process import Compiling
from objtui.engine.training import Training
from objtui.measures.frames import Frame
from objtui.scenario.schema import Scenario
from tests.engine.cases import TWINS, make_rows, make_scenario, make_training, tensor_rows


def has_compiler() -> bool:
    try:
        get_cpp_compiler()
    except InvalidCxxCompiler:
        return False
    return True


pytestmark = pytest.mark.skipif(not has_compiler(), reason="needs a C++ compiler")


def a_scenario(**train: Any) -> Scenario:
    model = {"backbone": "mlp", "hidden": [8]}
    return make_scenario(TWINS, model, seeds=2, dtype="float32", lr=1e-2, eval_every=35, **train)


@pytest.fixture(scope="module")
def package() -> Iterator[Path]:
    """The steps of `a_scenario`, compiled by the process that compiles those of a training."""
    scenario = a_scenario()
    job = CompileJob(scenario.model_dump_json(), 6, 300, 32, torch.get_num_threads())
    compiling = Compiling(job)
    try:
        made = compiling.package()
        assert isinstance(made, Path), made
        yield made
    finally:
        compiling.close()


def compiled(package: Path) -> Training:
    training = make_training(a_scenario(), float32_rows())
    training._stepper.compile(package)
    return training


def float32_rows() -> Any:
    rows = make_rows(300)
    return tensor_rows(rows.features.float(), rows.targets.float(), rows.positive)


def frames_of(training: Training) -> list[Frame]:
    return [event for event in training.events() if isinstance(event, Frame) and event.scheduled]


def test_frames_are_those_of_plain_steps_within_the_rounding_of_float32(package: Path) -> None:
    frames = frames_of(compiled(package))
    plain = frames_of(make_training(a_scenario(), float32_rows()))
    assert [frame.step for frame in frames] == [frame.step for frame in plain] == [0, 35, 70, 100]
    for score in ("nll", "z_pos", "weight_norm", "grad_norm", "ap"):
        for frame, expected in zip(frames, plain, strict=True):
            np.testing.assert_allclose(
                frame.score(score), expected.score(score), rtol=2e-4, atol=2e-5, err_msg=score
            )


def test_two_trainings_give_the_same_bits_and_so_does_one_that_is_resumed(package: Path) -> None:
    first, second, third = compiled(package), compiled(package), compiled(package)
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


def test_denormal_numbers_stay_what_they_are(package: Path) -> None:
    compiled(package)
    assert float(torch.tensor([1e-40]) * 1) != 0


def test_the_step_of_another_training_is_refused(package: Path) -> None:
    training = make_training(a_scenario(), make_rows(299))
    with pytest.raises(ValueError, match="of another training"):
        training._stepper.compile(package)
