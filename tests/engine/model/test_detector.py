"""Detectors of all members at once, against one member after the other in plain PyTorch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images.image_set import AnchorImage
from objtui.engine.model.box_loss import offset_loss, offset_slopes
from objtui.engine.model.conv import Conv
from objtui.measures.frames import Frame
from objtui.scenario.schema import Model, Scenario
from tests.engine.detector_cases import (
    TWINS,
    PlainDetector,
    detector_data,
    detector_scenario,
    detector_training,
)

HEADS = (
    {"name": "mse", "loss": "mse", "prior": 0.1},
    {"name": "ce", "loss": "ce", "lr_scale": 0.5, "weight_decay_scale": 3.0},
    {"name": "bce", "loss": "bce", "positive_weight": 3.0, "lr_scale": 2.0},
    {"name": "twin", "loss": "ce", "mirror": "bce"},
    {"name": "focal", "loss": "focal", "label_smoothing": 0.1},
)
SGD = {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}
ADAMW = {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.1}


def largest_difference(scenario: Scenario, steps: int, dataset: Dataset | None = None) -> float:
    """Of any parameter of any member, after so many steps of both."""
    training = detector_training(scenario, dataset)
    population = training._population
    members = [(seed, head) for seed in range(population.seeds) for head in range(population.heads)]
    peers = {each: PlainDetector(training, scenario, each[1], each[0]) for each in members}
    optimizers = {each: peer.optimizer() for each, peer in peers.items()}
    for step in range(steps):
        (batch,) = training._stepper._batches.take(step, 1)
        for (seed, head), peer in peers.items():
            peer.step(optimizers[seed, head], batch, seed)
        training.advance(1)
    differences = []
    for (seed, head), peer in peers.items():
        ours = [block[seed, head] for block in population.backbone_parameters]
        theirs = [p for layer in peer.trunk for p in layer.parameters()]
        theirs += [] if peer.boxes is None else list(peer.boxes.parameters())
        for layer, neurons in (
            (peer.object, population.object),
            (peer.background, population.background),
        ):
            if layer is not None:
                ours += [block[seed, head] for block in neurons]
                theirs += list(layer.parameters())
        for mine, plain in zip(ours, theirs, strict=True):
            differences.append((mine - plain.detach().view_as(mine)).abs().max())
    return float(torch.stack(differences).max())


@pytest.mark.parametrize("boxes", ["joint", "detached", "none"])
@pytest.mark.parametrize("optimizer", [SGD, ADAMW], ids=["sgd", "adamw"])
def test_steps_are_those_of_plain_torch(boxes: str, optimizer: dict[str, Any]) -> None:
    model = {"boxes": boxes} | ({} if boxes == "none" else {"box_weight": 0.7})
    scenario = detector_scenario(HEADS, model, seeds=2, **optimizer)
    assert largest_difference(scenario, 20) < 1e-11


@pytest.mark.parametrize(
    ("model", "data", "train"),
    [
        ({}, {"objectness": "iou"}, {}),
        ({}, {}, {"clip_norm": 0.05, "optimizer": "sgd", "lr": 0.1}),
        ({}, {"size": 76, "train_images": 2}, {"tile": "whole", "batch": "all"}),
        ({"layers": [[4, 2, 2], [3, 6, 4], [4, 5, 1]]}, {}, {"init": "independent"}),
    ],
    ids=["iou targets", "clipped", "whole images", "other layers"],
)
def test_so_are_those_with(
    model: dict[str, Any], data: dict[str, Any], train: dict[str, Any]
) -> None:
    heads = [head for head in HEADS if "mirror" not in head]
    assert largest_difference(detector_scenario(heads, model, data, seeds=2, **train), 20) < 1e-11


def test_the_norm_of_a_gradient_is_that_over_all_parameters_of_a_member() -> None:
    scenario = detector_scenario(HEADS, seeds=2)
    training = detector_training(scenario)
    training._stepper.first_gradient()
    norms = training._stepper.gradient_norm()  # (seeds, heads)
    (batch,) = training._stepper._batches.take(0, 1)
    for seed in range(2):
        for head in range(len(HEADS)):
            plain = PlainDetector(training, scenario, head, seed)
            plain.loss(batch, seed).backward()
            squares = [(p.grad**2).sum() for p in plain.parameters() if p.grad is not None]
            torch.testing.assert_close(norms[seed, head], torch.stack(squares).sum().sqrt())


def in_colour(dataset: Dataset) -> Dataset:
    """The same scenes in three channels that differ."""
    images = dataset.images
    assert images is not None

    def coloured(image: AnchorImage) -> AnchorImage:
        return replace(
            image, pixels=np.concatenate([image.pixels, 255 - image.pixels // 2, image.pixels // 3])
        )

    train, val = (tuple(map(coloured, part)) for part in (images.train, images.evaluation))
    mean, sd = np.array([90.0, 120.0, 30.0]), np.array([40.0, 20.0, 10.0])
    return replace(dataset, images=replace(images, train=train, val=val, mean=mean, sd=sd))


def test_so_are_those_on_colour() -> None:
    scenario = detector_scenario(seeds=2)
    dataset = in_colour(detector_data(scenario))
    assert dataset.input_shape == (3, 2)
    assert largest_difference(scenario, 10, dataset) < 1e-11


def test_a_member_that_diverges_disturbs_no_other() -> None:
    heads = (*TWINS[:2], {"name": "raw", "loss": "raw_mse", "lr_scale": 1e30})
    events = detector_training(detector_scenario(heads, seeds=2, dtype="float32")).events()
    *_, last = (event for event in events if isinstance(event, Frame) and event.scheduled)
    assert last.step == 20
    assert last.diverged.tolist() == [[False, False], [False, False], [True, True]]
    assert np.isfinite(last.score("nll")[:2]).all()
    assert not last.score("gap")[1].any()


@pytest.mark.parametrize("boxes", ["joint", "detached", "none"])
@pytest.mark.parametrize("optimizer", [SGD, ADAMW], ids=["sgd", "adamw"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_mirrored_head_is_its_reference_to_the_last_bit(
    boxes: str, optimizer: dict[str, Any], dtype: str
) -> None:
    scenario = detector_scenario(
        TWINS, {"boxes": boxes}, seeds=2, steps=60, dtype=dtype, **optimizer
    )
    events = detector_training(scenario).events()
    frames = [event for event in events if isinstance(event, Frame) and event.scheduled]
    gaps = np.array([frame.score("gap") for frame in frames])  # (frames, heads, seeds)
    assert float(gaps[:, 1].max()) == 0
    assert float(gaps[-1, 2].min()) > 0.1


def test_without_twice_the_decay_it_would_not_be() -> None:
    heads = (TWINS[0], {"name": "ce", "loss": "ce", "lr_scale": 0.5})
    events = detector_training(detector_scenario(heads, steps=100, **SGD)).events()
    *_, last = (event for event in events if isinstance(event, Frame) and event.scheduled)
    assert float(last.score("gap")[1].min()) > 1e-6


@pytest.mark.parametrize("activation", ["relu", "tanh", "silu", "gelu"])
def test_a_cell_sees_its_receptive_field_around_its_middle(activation: str) -> None:
    model = Model(backbone="conv", activation=activation)  # type: ignore[arg-type]
    backbone = Conv(model, (1, 3))
    assert (backbone.receptive_field, backbone.stride) == (40, 8)
    assert backbone.parameters + 3 * (backbone.units + 1) == 21_343
    generator = torch.Generator().manual_seed(0)
    parameters = [block[None, None] for block in backbone.initial(generator)]
    images = torch.randn(1, 1, 96, 96, dtype=torch.float64, generator=generator).requires_grad_()
    values = backbone.values(parameters, images)
    assert values.shape == (1, 32, 12, 12)
    values[0, :, 5, 6].sum().backward()
    assert images.grad is not None
    rows, columns = images.grad[0, 0].nonzero().T
    reach = [int(each) for part in (rows, columns) for each in (part.min(), part.max() + 1)]
    middles = [(reach[i] + reach[i + 1]) / 2 for i in (0, 2)]
    assert middles == [5.5 * 8, 6.5 * 8]
    assert max(reach[1] - reach[0], reach[3] - reach[2]) <= 40


def test_members_start_as_the_same_function_with_the_spread_of_he() -> None:
    scenario = detector_scenario(HEADS, {"layers": [[64, 8, 8], [64, 3, 1]]}, seeds=2)
    population = detector_training(scenario, detector_data(scenario))._population
    weight = population.backbone_parameters[2]  # (seeds, heads, 64, 64, 3, 3)
    assert float(weight[0, 0].std()) == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    assert torch.equal(weight[:, :1].expand_as(weight), weight)
    assert not torch.equal(weight[0], weight[1])
    assert all(not bias.any() for bias in population.backbone_parameters[1::2])


def test_slopes_of_offsets_are_those_of_their_loss() -> None:
    generator = torch.Generator().manual_seed(0)
    offsets = torch.randn(50, 4, dtype=torch.float64, generator=generator).mul_(0.1)
    goals = torch.zeros(50, 4, dtype=torch.float64)
    (slopes,) = torch.autograd.grad(offset_loss(offsets.requires_grad_(), goals).sum(), [offsets])
    torch.testing.assert_close(offset_slopes(offsets.detach(), goals), slopes, rtol=0, atol=1e-15)
