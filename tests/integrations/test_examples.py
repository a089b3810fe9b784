"""The lines that `objtui help recorder` shows do what they say, on stand-ins where needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import objtui
from objtui.integrations.examples import EXAMPLES
from objtui.runfile.reader import RunReader

CODE = {example.framework: example.code for example in EXAMPLES}


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OBJTUI_RUNS", str(tmp_path))
    return tmp_path


def frames_of(recorder: objtui.Recorder) -> list[tuple[int, int]]:
    """Step and rows of each frame."""
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        frames = [stored.frame for stored in reader.frames_after()]
    return [(frame.step, int(frame.counts.sum())) for frame in frames]


@pytest.mark.parametrize("framework", CODE)
def test_every_example_is_python(framework: str) -> None:
    ast.parse(CODE[framework])


def test_pytorch() -> None:
    model, loader = nn.Linear(3, 1), DataLoader(TensorDataset(torch.ones(8, 3), torch.ones(8, 1)))
    names: dict[str, Any] = {
        "objtui": objtui,
        "criterion": nn.BCEWithLogitsLoss(),
        "model": model,
        "loader": range(1000),
        "epochs": 1,
        "batches": ((torch.ones(2, 3), torch.ones(2, 1)) for _ in range(1000)),
        "val_loader": loader,
    }
    exec(CODE["PyTorch"], names)
    assert frames_of(names["recorder"]) == [(1000, 8)]


class ComputeLoss:
    """As YOLOv5's: objectness of three levels, soft targets."""

    def __init__(self) -> None:
        self.BCEobj = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0]))

    def __call__(self, levels: list[Tensor], targets: Tensor) -> tuple[Tensor, Tensor]:
        loss = torch.zeros(1)
        for level in levels:
            loss += self.BCEobj(level[..., 4], torch.zeros_like(level[..., 0]))
        return loss, loss.detach()


def test_yolov5() -> None:
    levels = [torch.randn(2, 3, size, size, 6) for size in (8, 4, 2)]

    def validate(data: object, compute_loss: ComputeLoss) -> tuple[int, int, int]:
        for _ in range(2):
            compute_loss(levels, torch.zeros(1))
        return 0, 0, 0

    names: dict[str, Any] = {
        "objtui": objtui,
        "compute_loss": ComputeLoss(),
        "validate": SimpleNamespace(run=validate),
        "epochs": 1,
        "nb": 3,
        "ni": 2,
        "pred": levels,
        "targets": torch.zeros(1),
        "device": "cpu",
        "data_dict": {},
    }
    exec(CODE["YOLOv5"], names)
    names["recorder"].finish()
    assert frames_of(names["recorder"])[-1] == (3, 2 * 2 * 3 * (64 + 16 + 4))


class Head(nn.Module):
    """As YOLOX's: one loss module for objectness and, after it, classes."""

    def __init__(self) -> None:
        super().__init__()
        self.bcewithlog_loss = nn.BCEWithLogitsLoss(reduction="none")

    def losses(self) -> None:
        self.bcewithlog_loss(torch.zeros(84, 1), torch.zeros(84, 1))
        self.bcewithlog_loss(torch.zeros(5, 1), torch.ones(5, 1))


class Trainer:
    """As YOLOX's: iterations of epochs."""

    max_epoch, max_iter, epoch, iter = 2, 3, 0, 0

    def __init__(self) -> None:
        self.model = SimpleNamespace(head=Head())

    def before_train(self) -> None: ...

    def train_one_iter(self) -> None:
        self.model.head.losses()


def test_yolox() -> None:
    names: dict[str, Any] = {"objtui": objtui, "Trainer": Trainer}
    exec(CODE["YOLOX"], names)
    trainer = names["Recorded"]()
    trainer.before_train()
    trainer.train_one_iter()
    trainer.recorder.finish()
    assert frames_of(trainer.recorder) == [(1, 84)]


def test_frameworks_are_imported_where_they_are_named_alone() -> None:
    code = (
        "import sys, objtui, objtui.integrations, objtui.integrations.examples; objtui.Recorder\n"
        "print([m for m in ('torch', 'lightning', 'transformers', 'mmengine', 'torchvision')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
