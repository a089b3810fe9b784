"""Whole images in memory, with the rows that the same images give as crops."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from objtui.engine.data import build_dataset, builder_of
from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images import dense_anchors as dense_anchors_module
from objtui.engine.data.images.anchors import anchor_grids, label_grids
from objtui.engine.data.images.dense_anchors import dense_anchors, label_dense
from objtui.engine.data.images.image_set import cells_of, grid_window
from objtui.errors import DataError
from objtui.scenario.schema import SOURCES, Anchors, CocoData, Scenario, ScenesData
from tests.engine.detector_cases import detector_scenario, plain_labels

NUCLEI = Path(__file__).parents[4] / "scenarios/data/nuclei"
COCO = CocoData.model_validate(
    {
        "source": "coco",
        **{part: {"images": ".", "annotations": f"{part}.json"} for part in ("train", "val")},
    }
)


def both(data: Any, base: Path = NUCLEI) -> tuple[Dataset, Dataset]:
    """As crops, and as images."""
    return (
        build_dataset(data, base, torch.float64),
        build_dataset(data, base, torch.float64, whole=True),
    )


SCENES = {"source": "scenes", "train_images": 2, "val_images": 1, "size": 100, "objects": 3}


@pytest.mark.parametrize("objectness", ["hard", "iou"])
def test_rows_are_those_of_crops(objectness: str) -> None:
    scenes = ScenesData.model_validate(SCENES | {"objectness": objectness})
    for data in (COCO.model_copy(update={"objectness": objectness}), scenes):
        crops, images = both(data)
        for ours, theirs in ((images.train, crops.train), (images.evaluation, crops.evaluation)):
            assert torch.equal(ours.targets, theirs.targets)
            assert torch.equal(ours.positive, theirs.positive)
            assert ours.features.shape == (len(theirs), 0)
        # Decoded boxes may reach what no anchor does.
        without = [re.sub(": the recall ceiling is [^;]*", "", line) for line in crops.notices]
        assert list(images.notices) == without


def test_places_of_rows_are_those_of_anchors_one_by_one() -> None:
    dataset = both(ScenesData.model_validate(SCENES))[1]
    images = dataset.images
    assert images is not None
    assert images.val is not None
    scenario = detector_scenario(data={"anchors": {}})
    start = 0
    for image in images.train:
        labels = plain_labels(*image.size, image.boxes, image.crowds, scenario)
        kept = [kind == "object" for kind, _ in labels.values() if kind != "ignored"]
        places = [place for place, (kind, _) in enumerate(labels.values()) if kind != "ignored"]
        assert image.rows.tolist() == places  # a dict keeps order: sizes, rows, columns
        assert dataset.train.positive[start : start + len(places)].tolist() == kept
        start += len(places)
    assert start == len(dataset.train)


def test_pixels_are_the_files_own_and_moments_those_of_all_training_pixels() -> None:
    images = both(COCO)[1].images
    assert images is not None
    files = json.loads((NUCLEI / "train.json").read_text())["images"]
    pixels = [np.asarray(Image.open(NUCLEI / file["file_name"]).convert("L")) for file in files]
    for image, expected in zip(images.train, pixels, strict=True):
        assert image.pixels.dtype == np.uint8
        np.testing.assert_array_equal(image.pixels[0], expected)
    together = np.concatenate([each.ravel() for each in pixels]).astype(np.float64)
    np.testing.assert_allclose(images.mean, [together.mean()], rtol=1e-12)
    np.testing.assert_allclose(images.sd, [together.std()], rtol=1e-12)


def test_a_channel_without_contrast_is_0_everywhere(tmp_path: Path) -> None:
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[..., 0], pixels[..., 2] = 7, np.arange(40)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    boxes = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [4, 4, 16, 16], "iscrowd": 0}]
    (tmp_path / "a.json").write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 40}],
                "annotations": boxes,
                "categories": [{"id": 1, "name": "box"}],
            }
        )
    )
    data = CocoData.model_validate(
        {"source": "coco", "train": {"images": ".", "annotations": "a.json"}}
    )
    images = build_dataset(data, tmp_path, torch.float64, whole=True).images
    assert images is not None
    values = images.standard_values(np.dtype(np.float64))
    assert not values[:2].any()
    assert values[2, 39] > 1


@pytest.mark.parametrize("block_values", [1, 1 << 18])
def test_labels_of_an_image_leave_crowds_out(
    block_values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense_anchors_module, "_BLOCK_VALUES", block_values)
    scenario: Scenario = detector_scenario()
    generator = np.random.default_rng(0)
    for _ in range(5):
        corner = generator.uniform(-10, 60, (6, 2))
        boxes = np.hstack([corner, corner + generator.uniform(8, 30, (6, 2))])
        dense = dense_anchors(70, 60, scenario.data.anchors)
        parts = dense.inside, boxes[:4], boxes[4:]
        labels = label_dense(dense, *parts, scenario.data.anchors)
        expected = plain_labels(70, 60, boxes[:4], boxes[4:], scenario)
        kinds = [kind for kind, _ in expected.values()]
        assert labels.positive.ravel().tolist() == [kind == "object" for kind in kinds]
        assert labels.kept.ravel().tolist() == [kind != "ignored" for kind in kinds]
        offsets = [each for kind, each in expected.values() if kind == "object"]
        np.testing.assert_allclose(labels.offsets, np.reshape(offsets, (-1, 4)))


def test_the_best_anchors_of_an_object_are_those_of_crops() -> None:
    anchors = Anchors(stride=8, sizes=(12.0, (24.0, 16.0)), per_object=2)
    generator = np.random.default_rng(0)
    for _ in range(20):
        corner = generator.uniform(0, 40, (4, 2))
        boxes = np.hstack([corner, np.minimum(corner + generator.uniform(8, 30, (4, 2)), 64)])
        dense = dense_anchors(64, 64, anchors)
        labels = label_dense(dense, dense.inside, boxes, np.empty((0, 4)), anchors)
        grids = anchor_grids(64, 64, anchors)
        expected = np.zeros_like(dense.inside)
        for size, (grid, of_grid) in enumerate(
            zip(grids, label_grids(grids, boxes, np.empty((0, 4)), anchors), strict=True)
        ):
            expected[(size, *grid_window(grid))] = of_grid.positive
        assert np.array_equal(labels.positive, expected)
        assert np.array_equal(labels.kept, dense.inside)


def test_an_object_beyond_the_cells_chooses_none_of_them() -> None:
    anchors = Anchors(stride=8, sizes=(16.0,), per_object=1)
    dense = dense_anchors(64, 64, anchors)
    beyond, cut = [60.0, 20, 90, 50], [-7.0, 20, 9, 36]
    for box in (beyond, cut):
        labels = label_dense(dense, dense.inside, np.array([box]), np.empty((0, 4)), anchors)
        assert not labels.positive.any()
        assert len(labels.offsets) == 0


def test_an_anchor_is_where_it_stands() -> None:
    anchors = detector_scenario().data.anchors
    assert cells_of(70, 8) == 9
    dense = dense_anchors(70, 60, anchors)
    boxes = dense.boxes().reshape(2, 9, 8, 4)
    assert boxes[0, 0, 0].tolist() == [4, 4, 16, 16]
    assert boxes[1, 2, 3].tolist() == [28, 20, 24, 16]
    assert np.array_equal(dense.boxes(dense.inside), boxes[dense.inside])


def test_every_source_of_images_gives_them() -> None:
    for source in SOURCES:
        if "anchors" in source.model_fields:
            assert callable(builder_of(source, whole=True))


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    for name in ("train.json", "val.json"):
        (tmp_path / name).write_text((NUCLEI / name).read_text())
    for path in NUCLEI.glob("*.png"):
        whole = path.read_bytes()
        (tmp_path / path.name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"data\.train\.images: .*\.png"):
        build_dataset(COCO, tmp_path, torch.float32, whole=True)


def test_images_beyond_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("objtui.engine.data.images.anchor_images._READING_BYTES", 10**9)
    with pytest.raises(DataError, match="use fewer images, or smaller ones"):
        build_dataset(COCO, NUCLEI, torch.float32, whole=True)
