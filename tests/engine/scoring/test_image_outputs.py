"""Outputs of whole evaluation images, and boxes decoded from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from objtui.engine.data.dataset import Dataset
from objtui.engine.scoring import image_outputs
from objtui.engine.scoring.image_outputs import ImageOutputs, ImagePass
from objtui.engine.training import Training
from tests.engine.detector_cases import (
    PlainDetector,
    detector_data,
    detector_scenario,
    detector_training,
    plain_labels,
)

SCENARIO = detector_scenario(seeds=3, data={"size": 70})


def trained() -> tuple[Training, Dataset, ImageOutputs]:
    """A few steps into a training whose images are no whole number of cells."""
    dataset = detector_data(SCENARIO)
    training = detector_training(SCENARIO, dataset)
    training.advance(10)
    assert dataset.images is not None
    return training, dataset, ImageOutputs(training._population, dataset.images, SCENARIO.detect)


def test_they_are_those_of_each_member_on_the_padded_image() -> None:
    training, dataset, outputs = trained()
    images = dataset.images
    assert images is not None
    passes = list(outputs.passes())
    assert [each.image for each in passes] == list(images.evaluation)
    for each in passes:
        padded = torch.zeros(1, 1, 72, 72, dtype=torch.float64)
        pixels = (each.image.pixels - images.mean[0]) / images.sd[0]
        padded[..., :70, :70] = torch.from_numpy(pixels)
        for seed in range(3):
            for head in range(3):
                z, offsets = PlainDetector(training, SCENARIO, head, seed)(padded)
                assert each.offsets is not None
                torch.testing.assert_close(each.outputs[seed, head], z[0], rtol=0, atol=1e-12)
                torch.testing.assert_close(each.offsets[seed, head], offsets[0], rtol=0, atol=1e-12)


def test_rows_are_the_kept_anchors_in_their_order() -> None:
    _, dataset, outputs = trained()
    rows = torch.empty(3, 3, len(dataset.evaluation), dtype=torch.float64)
    outputs.write(rows)
    expected, positive = [], []
    for each in outputs.passes():
        labels = plain_labels(*each.image.size, each.image.boxes, each.image.crowds, SCENARIO)
        inside = each.inside
        for at, (kind, _) in labels.items():
            if kind != "ignored":
                expected.append(each.outputs[(slice(None), slice(None), *at)])
                positive.append(kind == "object")
                assert inside[at]
    assert torch.equal(rows, torch.stack(expected, dim=-1))
    assert dataset.evaluation.positive.tolist() == positive


def test_seeds_one_after_the_other_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, outputs = trained()
    together = next(outputs.passes())
    monkeypatch.setattr(image_outputs, "BLOCK_BYTES", 1)
    apart = next(outputs.passes())
    torch.testing.assert_close(apart.outputs, together.outputs, rtol=0, atol=1e-12)
    torch.testing.assert_close(apart.offsets, together.offsets, rtol=0, atol=1e-12)


def decoded(offsets: Any) -> np.ndarray[Any, Any]:
    """The box of the wide anchor in row 2, column 3, whose offsets these are."""
    _, _, outputs = trained()
    each = next(outputs.passes())
    assert each.offsets is not None
    each.offsets[0, 0, 1, :, 2, 3] = torch.tensor(offsets, dtype=torch.float64)
    result: np.ndarray[Any, Any] = each.boxes()[0, 0, 1, 2, 3].numpy()
    return result


def test_offsets_move_and_scale_an_anchor() -> None:
    np.testing.assert_allclose(decoded([0, 0, 0, 0]), [16, 12, 40, 28])
    np.testing.assert_allclose(decoded([0.25, -0.5, np.log(0.5), np.log(2)]), [28, 0, 40, 28])
    np.testing.assert_allclose(
        decoded([0, 0, 1e9, -1e9]), [0, 20 - 8e0 * np.exp(-4), 70, 20 + 8e0 * np.exp(-4)]
    )


def test_boxes_of_true_offsets_are_the_true_boxes() -> None:
    _, _, outputs = trained()
    for each in outputs.passes():
        assert each.offsets is not None
        labels = plain_labels(*each.image.size, each.image.boxes, each.image.crowds, SCENARIO)
        for (size, row, column), (_, offsets) in labels.items():
            if offsets:
                each.offsets[:, :, size, :, row, column] = torch.tensor(offsets).double()
        boxes = each.boxes()
        for at, (_, offsets) in labels.items():
            if offsets:
                nearest = np.abs(each.image.boxes - boxes[(2, 1, *at)].numpy()).max(-1).min()
                assert nearest < 1e-6


def test_without_offsets_boxes_are_the_anchors() -> None:
    _, _, outputs = trained()
    each = next(outputs.passes())
    bare = ImagePass(each.image, each.anchors, each.outputs, None)
    assert bare.boxes().shape == (1, 1, *each.outputs.shape[2:], 4)
    assert bare.boxes()[0, 0, 1, 2, 3].tolist() == [16, 12, 40, 28]
