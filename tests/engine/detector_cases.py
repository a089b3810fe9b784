"""Detectors in a small: scenarios, images, and one member after the other in plain PyTorch."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from objtui.engine.data import build_dataset
from objtui.engine.data.dataset import Dataset
from objtui.engine.steps.tiles import TileBatch
from objtui.engine.training import Training
from objtui.scenario.schema import Scenario

LAYERS = [[4, 4, 4], [6, 2, 2], [5, 3, 1]]

TWINS = (
    {"name": "bce", "loss": "bce"},
    {"name": "ce", "loss": "ce", "mirror": "bce"},
    {"name": "mse", "loss": "mse"},
)


def detector_scenario(
    heads: Any = TWINS,
    model: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    **train: Any,
) -> Scenario:
    """A small detector on a few painted scenes."""
    scenes = {
        "source": "scenes",
        "train_images": 3,
        "val_images": 2,
        "size": 72,
        "objects": 3,
        "anchors": {"stride": 8, "sizes": [16.0, [24.0, 16.0]]},
    }
    return Scenario.model_validate(
        {
            "title": "test",
            "data": scenes | (data or {}),
            "model": {"backbone": "conv", "layers": LAYERS} | (model or {}),
            "train": {"steps": 20, "batch": 2, "tile": 48, "dtype": "float64", "lr": 0.01} | train,
            "heads": list(heads),
        }
    )


def detector_data(scenario: Scenario) -> Dataset:
    """The images of a scenario."""
    dtype = getattr(torch, scenario.train.dtype)
    precision = torch.float64 if dtype == torch.float64 else torch.float32
    return build_dataset(scenario.data, Path(), precision, whole=True)


def detector_training(scenario: Scenario, dataset: Dataset | None = None) -> Training:
    """A training on the CPU in the scenario's dtype."""
    dtype = getattr(torch, scenario.train.dtype)
    return Training(scenario, dataset or detector_data(scenario), torch.device("cpu"), dtype)


class PlainDetector(nn.Module):
    """One member, layer by layer; it starts where the engine's member stands."""

    def __init__(self, training: Training, scenario: Scenario, head: int, seed: int) -> None:
        """`head` counts as the engine orders them."""
        super().__init__()
        population = training._population
        blocks = [block[seed, head].clone() for block in population.backbone_parameters]
        self.scenario = scenario
        self.head = scenario.heads[population.order[head]]
        by_name = {each.name: each for each in scenario.heads}
        self.reference = by_name[self.head.mirror or self.head.name]
        layers: list[nn.Module] = []
        for (_, _, stride), weight, bias in zip(
            scenario.model.layers, blocks[::2], blocks[1::2], strict=False
        ):
            out, before, kernel, _ = weight.shape
            conv = nn.Conv2d(before, out, kernel, stride, (kernel - stride) // 2)
            layers += [_with(conv, weight, bias), nn.ReLU()]
        self.trunk = nn.Sequential(*layers)
        self.object = _one_by_one(*(block[seed, head] for block in population.object))
        self.background = None
        if self.head.neurons == 2:
            self.background = _one_by_one(*(block[seed, head] for block in population.background))
        self.boxes = None if scenario.model.boxes == "none" else _one_by_one(*blocks[-2:])

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Logits (images, sizes, rows, columns), and offsets (images, sizes, 4, rows, columns)."""
        values = self.trunk(images)
        z = self.object(values)
        if self.background is not None:
            z = z - self.background(values)
        if self.boxes is None:
            return z, None
        seen = values.detach() if self.scenario.model.boxes == "detached" else values
        return z, self.boxes(seen).unflatten(1, (-1, 4))

    def loss(self, batch: TileBatch, seed: int) -> Tensor:
        """That of a batch, as the contract words it."""
        channels = self.trunk[0].in_channels
        z, offsets = self(batch.images[:, seed * channels : (seed + 1) * channels])
        kept = batch.weights[:, seed, 0] > 0
        positive, target = batch.positive[:, seed, 0], batch.targets[:, seed, 0]
        loss = self._objectness(z, target, positive)[kept].mean()
        if offsets is not None:
            goals = batch.goals[batch.matches[1] == seed]
            errors = functional.smooth_l1_loss(
                offsets.movedim(2, -1)[positive], goals, beta=0.1, reduction="none"
            )
            loss = loss + self.scenario.model.box_weight * errors.sum() / max(1, len(goals))
        return loss

    def _objectness(self, z: Tensor, target: Tensor, positive: Tensor) -> Tensor:
        head = self.reference
        target = target * (1 - head.label_smoothing) + head.label_smoothing / 2
        p = z.sigmoid()
        if head.loss == "mse":
            values = (p - target) ** 2
        elif head.loss == "focal":
            gamma = head.formula.gamma
            of_objects = -((1 - p) ** gamma) * functional.logsigmoid(z)
            of_background = -(p**gamma) * functional.logsigmoid(-z)
            values = target * of_objects + (1 - target) * of_background
        else:
            values = functional.binary_cross_entropy_with_logits(z, target, reduction="none")
        return torch.where(positive, head.positive_weight * values, values)

    def optimizer(self) -> torch.optim.Optimizer:
        """torch's own, with a group for the last layer of objectness."""
        train, head = self.scenario.train, self.reference
        half = 2 if self.head.mirror is not None else 1
        last = [self.object, *([] if self.background is None else [self.background])]
        own = [p for layer in last for p in layer.parameters()]
        rest = [p for p in self.parameters() if all(p is not other for other in own)]
        groups = [
            {"params": rest, "lr": train.lr, "weight_decay": train.decay},
            {
                "params": own,
                "lr": train.lr * head.lr_scale / half,
                "weight_decay": train.decay * head.weight_decay_scale * half,
            },
        ]
        if train.optimizer == "sgd":
            return torch.optim.SGD(groups, lr=train.lr, momentum=train.momentum)
        return torch.optim.AdamW(groups, lr=train.lr)

    def step(self, optimizer: torch.optim.Optimizer, batch: TileBatch, seed: int) -> None:
        """One optimiser step."""
        optimizer.zero_grad()
        self.loss(batch, seed).backward()
        if self.scenario.train.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.parameters(), self.scenario.train.clip_norm)
        optimizer.step()


def _one_by_one(weight: Tensor, bias: Tensor) -> nn.Conv2d:
    out, before = weight.shape
    return _with(nn.Conv2d(before, out, 1), weight[..., None, None], bias.flatten())


def _with(layer: nn.Conv2d, weight: Tensor, bias: Tensor) -> nn.Conv2d:
    layer.weight = nn.Parameter(weight.clone())
    layer.bias = nn.Parameter(bias.clone())
    return layer


def plain_labels(
    height: int, width: int, boxes: np.ndarray, crowds: np.ndarray, scenario: Scenario
) -> dict[tuple[int, int, int], tuple[str, tuple[float, ...]]]:
    """Anchor by anchor, (size, row, column): "object", "background" or "ignored", and offsets."""
    anchors = scenario.data.anchors
    labels = {}
    for size, sides in enumerate(anchors.sizes):
        w, h = sides if isinstance(sides, tuple) else (sides, sides)
        for row in range(math.ceil(height / anchors.stride)):
            for column in range(math.ceil(width / anchors.stride)):
                x, y = (column + 0.5) * anchors.stride, (row + 0.5) * anchors.stride
                own = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
                if min(own) < 0 or own[2] > width or own[3] > height:
                    labels[size, row, column] = ("ignored", ())
                    continue
                overlaps = [_iou(own, box) for box in boxes]
                best = max(overlaps, default=0.0)
                inside = max((_shared(own, crowd) / (w * h) for crowd in crowds), default=0.0)
                if best >= anchors.positive_iou:
                    left, top, right, bottom = boxes[overlaps.index(best)]
                    offsets = (
                        ((left + right) / 2 - x) / w,
                        ((top + bottom) / 2 - y) / h,
                        math.log((right - left) / w),
                        math.log((bottom - top) / h),
                    )
                    labels[size, row, column] = ("object", offsets)
                elif best < anchors.negative_iou and inside < 0.5:
                    labels[size, row, column] = ("background", ())
                else:
                    labels[size, row, column] = ("ignored", ())
    return labels


def _shared(a: Any, b: Any) -> float:
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return float(max(across, 0) * max(down, 0))


def _iou(a: Any, b: Any) -> float:
    shared = _shared(a, b)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return shared / (sum(areas) - shared)
