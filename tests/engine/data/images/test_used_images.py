"""Holding images out, and taking a part of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from objtui.engine.data import Dataset, build_dataset
from objtui.engine.data.images.used_images import used_images
from objtui.errors import DataError
from objtui.scenario.schema import CocoData, YoloData
from tests.user_data import write_coco, write_yolo


def yolo(**keys: object) -> YoloData:
    return YoloData.model_validate({"source": "yolo", "data": ".", **keys})


def test_the_parts_are_all_images_each_once_and_the_same_for_a_seed() -> None:
    images = list(range(50))
    parts = used_images(images, None, yolo(val_share=0.2))
    assert parts.val is not None
    assert len(parts.val) == 10
    assert sorted(parts.train + parts.val) == images
    assert parts.train == sorted(parts.train)
    assert used_images(images, None, yolo(val_share=0.2)) == parts
    assert used_images(images, None, yolo(val_share=0.2, seed=1)).val != parts.val


def test_as_many_images_are_taken_as_the_scenario_says_and_that_is_told() -> None:
    parts = used_images(list(range(50)), list(range(5)), yolo(max_images=7))
    assert (len(parts.train), len(set(parts.train)), parts.val) == (7, 7, [0, 1, 2, 3, 4])
    assert parts.notices == ("7 of 50 training images are used (data.max_images)",)


def test_at_least_one_image_stays_in_each_part() -> None:
    for share in (0.01, 0.99):
        parts = used_images([1, 2], None, yolo(val_share=share))
        assert parts.val is not None
        assert sorted(parts.train + parts.val) == [1, 2]


def test_a_share_cannot_be_held_out_twice_nor_of_one_image() -> None:
    with pytest.raises(DataError, match="val_share: there are validation images already"):
        used_images([1, 2], [3], yolo(val_share=0.5))
    with pytest.raises(DataError, match="one training image alone"):
        used_images([1], None, yolo(val_share=0.5))


def test_images_held_out_give_the_validation_rows_of_yolo_and_coco(tmp_path: Path) -> None:
    write_yolo(tmp_path / "yolo", {"train": 5})
    write_coco(tmp_path / "coco" / "train.json", tmp_path / "coco", 5)
    keys = {"val_share": 0.4, "crop": 3, "anchors": {"sizes": [16.0]}}
    from_yolo = YoloData.model_validate({"source": "yolo", "data": "yolo", **keys})
    train = {"images": "coco", "annotations": "coco/train.json"}
    from_coco = CocoData.model_validate({"source": "coco", "train": train, **keys})
    built: list[Dataset] = [
        build_dataset(data, tmp_path, torch.float64) for data in (from_yolo, from_coco)
    ]
    for dataset in built:
        assert dataset.val is not None
    one, other = built
    assert one.val is not None
    assert other.val is not None
    torch.testing.assert_close(one.train.features, other.train.features)
    torch.testing.assert_close(one.val.targets, other.val.targets)
    assert len(one.val) < len(one.train)
