"""Torchvision's detectors, watched: all anchors, in training and in eval mode."""

from __future__ import annotations

import copy
import io
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import objtui
from objtui.errors import UsageError
from objtui.integrations.torchvision import losses_in_eval, watch
from tests.integrations.conftest import real


class RegionProposalNetwork(nn.Module):
    """The part of torchvision's that matters: 8 anchors an image, 4 of them drawn for the loss."""

    def __init__(self) -> None:
        super().__init__()
        self.head, self.dropout = nn.Linear(5, 1), nn.Dropout(0.5)
        self.objectness: list[Tensor] = []

    def compute_loss(
        self, objectness: Tensor, deltas: Tensor, labels: list[Tensor], targets: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        drawn = torch.randperm(objectness.numel())[:4]
        used = drawn[torch.cat(labels)[drawn] >= 0]
        z, t = objectness.flatten()[used], torch.cat(labels)[used]
        return functional.binary_cross_entropy_with_logits(z, t), deltas.sum()

    def forward(self, x: Tensor, targets: list[Tensor]) -> dict[str, Tensor]:
        objectness = self.head(self.dropout(x)).reshape(-1, 1)
        self.objectness.append(objectness.detach())
        if not self.training:
            return {}
        loss, _ = self.compute_loss(objectness, objectness * 0, targets, targets)
        return {"loss_objectness": loss}


class FasterRCNN(nn.Module):
    """A detector with region proposals."""

    def __init__(self) -> None:
        super().__init__()
        self.rpn = RegionProposalNetwork()

    def forward(self, x: Tensor, targets: list[Tensor]) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = self.rpn(x, targets)
        return losses if self.training else {}


IMAGES = torch.arange(80.0).reshape(2, 8, 5).sin()
LABELS = [torch.tensor([1.0, 0, 0, -1, 0, 0, 0, 0]), torch.tensor([0.0, 0, 0, 0, 1, 1, -1, -1])]


@pytest.fixture
def recorder(tmp_path: Path) -> Any:
    with objtui.Recorder("tv", runs=tmp_path, live_s=0.0, share=1.0, strict=True) as recorder:
        yield recorder


def test_every_anchor_is_a_row_and_those_of_neither_class_are_ignored(
    recorder: objtui.Recorder,
) -> None:
    model = FasterRCNN()
    watch(recorder, model)
    with recorder.evaluation(1) as evaluation:
        model(IMAGES, LABELS)
    sums, labels = evaluation.sums()[0], torch.cat(LABELS)
    assert (sums.rows, sums.positives, sums.ignored) == (13, 3, 3)
    z = model.rpn.objectness[0].flatten()[labels == 1].double()
    assert evaluation.compute()["z_pos"] == pytest.approx(z.mean().item())


def test_nothing_stays_in_the_model_nor_in_its_copies(recorder: objtui.Recorder) -> None:
    model = FasterRCNN()
    watch(recorder, model)
    with recorder.evaluation(1):
        stream = io.BytesIO()
        torch.save(model, stream)
        copied = copy.deepcopy(model)
    assert "compute_loss" not in vars(model.rpn)
    stream.seek(0)
    for made in (copied, torch.load(stream, weights_only=False)):
        with recorder.evaluation(2) as evaluation:
            made(IMAGES, LABELS)
        assert evaluation.sums() == {}
        assert made.rpn.compute_loss.__self__ is made.rpn


def test_losses_in_eval_leave_dropout_and_random_numbers_alone(recorder: objtui.Recorder) -> None:
    model = FasterRCNN().eval()
    watch(recorder, model)
    before = torch.get_rng_state()
    with recorder.evaluation(1) as evaluation, torch.inference_mode(), losses_in_eval(model):
        assert model(IMAGES, LABELS)
        assert not model.rpn.dropout.training
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(part.training for part in model.modules())
    assert model(IMAGES, LABELS) == {}
    assert evaluation.sums()[0].rows == 13


def test_a_training_has_the_same_bits(tmp_path: Path) -> None:
    weights = []
    for is_recorded in (False, True):
        torch.manual_seed(0)
        model = FasterRCNN()
        recorder = objtui.Recorder("bits", runs=tmp_path, live_s=0.0, share=1.0, strict=True)
        if is_recorded:
            watch(recorder, model)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for step in range(1, 9):
            with recorder.step(step):
                loss = model(IMAGES, LABELS)["loss_objectness"]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if is_recorded and step % 4 == 0:
                model.eval()
                with recorder.evaluation(step), torch.no_grad(), losses_in_eval(model):
                    model(IMAGES, LABELS)
                model.train()
        recorder.finish()
        weights.append(list(model.parameters()))
    assert all(map(torch.equal, *weights))


def test_other_models_are_refused(recorder: objtui.Recorder) -> None:
    with pytest.raises(UsageError, match="Linear is none of torchvision's detectors"):
        watch(recorder, nn.Linear(1, 1))


def real_model(kind: str) -> Any:
    detection = real("torchvision.models.detection")
    anchors = detection.anchor_utils.AnchorGenerator(sizes=((16, 32),), aspect_ratios=((1.0,),))
    torch.manual_seed(0)
    backbone: Any = nn.Sequential(nn.Conv2d(3, 32, 16, 16), nn.ReLU(), nn.Dropout2d(0.1))
    backbone.out_channels = 32
    size = {"min_size": 64, "max_size": 64}
    if kind == "FasterRCNN":
        pool = real("torchvision.ops").MultiScaleRoIAlign(["0"], 2, 2)
        return detection.FasterRCNN(
            backbone, 2, rpn_anchor_generator=anchors, box_roi_pool=pool, **size
        )
    if kind == "RetinaNet":
        return detection.RetinaNet(backbone, 2, anchor_generator=anchors, **size)
    one = detection.anchor_utils.AnchorGenerator(sizes=((16,),), aspect_ratios=((1.0,),))
    if kind == "FCOS":
        return detection.FCOS(backbone, 2, anchor_generator=one, **size)
    boxes = detection.anchor_utils.DefaultBoxGenerator([[2]])
    backbone.out_channels = [32]
    return detection.ssd.SSD(backbone, boxes, (64, 64), 2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["FasterRCNN", "RetinaNet", "FCOS", "SSD"])
def test_the_real_one(recorder: objtui.Recorder, kind: str) -> None:
    images = [torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(i)) for i in range(2)]
    target = {"boxes": torch.tensor([[10.0, 10.0, 40.0, 42.0]]), "labels": torch.tensor([1])}
    weights, rows = [], {"FasterRCNN": 64, "RetinaNet": 64, "FCOS": 32, "SSD": 128}
    for is_recorded in (False, True):
        model = real_model(kind)
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        tap = watch(recorder, model) if is_recorded else None
        for step in range(1, 4):
            model.train()
            with recorder.step(step):
                losses = model(images, [dict(target), dict(target)])
            optimizer.zero_grad()
            sum(losses.values()).backward()
            optimizer.step()
            if tap is None:
                continue
            model.eval()
            with recorder.evaluation(step) as evaluation, torch.no_grad(), losses_in_eval(model):
                torch.save(model, io.BytesIO())
                model(images, [dict(target), dict(target)])
            sums = evaluation.sums()[0]
            assert sums.rows + sums.ignored <= rows[kind]
            assert sums.rows > rows[kind] / 3
            assert sums.positives >= 2
        weights.append(list(model.parameters()))
    assert all(map(torch.equal, *weights))
