"""The same trainings on a CUDA device as on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from objtui.engine.data.dataset import Dataset
from objtui.engine.training import Training
from objtui.measures.frames import Frame
from tests.engine.cases import TWINS, make_rows, make_scenario, scheduled

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

MLP = {"backbone": "mlp", "hidden": [16, 8]}
HEADS = [*TWINS, {"name": "focal", "loss": "focal"}]


def frames_on(device: str, model: dict[str, Any], **train: Any) -> list[Frame]:
    scenario = make_scenario(HEADS, model, seeds=3, steps=300, **train)
    dtype = getattr(torch, scenario.train.dtype)
    dataset = Dataset(make_rows(), None)
    return scheduled(Training(scenario, dataset, torch.device(device), dtype))


@pytest.mark.parametrize("graphs", ["never", "always"])
@pytest.mark.parametrize("batch", [32, "all"])
@pytest.mark.parametrize("model", [{}, MLP], ids=["none", "mlp"])
def test_float64_scores_are_those_of_the_cpu_to_1e_9(
    model: dict[str, Any], batch: Any, graphs: str
) -> None:
    ours = frames_on("cuda", model, batch=batch, compile=graphs)
    cpu = frames_on("cpu", model, batch=batch, compile="never")
    for a, b in zip(ours, cpu, strict=True):
        np.testing.assert_allclose(a.scores, b.scores, rtol=1e-7, atol=1e-9)
        assert (a.counts.sum(-1) == b.counts.sum(-1)).all()


def test_float32_scores_are_those_of_the_cpu_to_1e_3() -> None:
    ours, cpu = (
        frames_on(device, MLP, dtype="float32", compile="never")[-1] for device in ("cuda", "cpu")
    )
    for name in ("nll", "ap", "auc", "brier"):
        np.testing.assert_allclose(ours.score(name), cpu.score(name), atol=1e-3)


def test_a_mirrored_head_is_the_exact_twin_there_too() -> None:
    frames = frames_on("cuda", MLP, compile="always")
    assert max(float(frame.score("gap")[1].max()) for frame in frames) <= 1e-9


def test_two_recorded_trainings_have_the_same_bits() -> None:
    first, second = (frames_on("cuda", MLP, compile="always") for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert a.scores.tobytes() == b.scores.tobytes()
