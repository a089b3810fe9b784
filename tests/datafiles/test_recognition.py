"""Knowing somebody's data by names and first bytes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from objtui.datafiles.recognition import recognised
from tests.user_data import write_coco, write_logits, write_rows, write_yolo


def kind(path: Path) -> str | None:
    user_data = recognised(path)
    return None if user_data is None else user_data.kind


def test_yolo_is_known_by_its_data_yaml_its_folders_and_its_labels(tmp_path: Path) -> None:
    folder = write_yolo(tmp_path / "cells", {"train": 1})
    assert kind(folder) == kind(folder / "images" / "train") == "yolo"
    (folder / "data.yaml").write_text("path: .\ntrain: images/train\nnames: [a]\n")
    assert kind(folder / "data.yaml") == kind(folder) == "yolo"
    flat = tmp_path / "flat"
    flat.mkdir()
    (flat / "a.png").write_bytes(b"")
    assert kind(flat) == "images"
    (flat / "a.txt").write_text("0 .5 .5 .1 .1\n")
    assert kind(flat) == "yolo"


@pytest.mark.parametrize(
    ("train", "val", "images", "val_images"),
    [
        ("train.json", "val.json", "images", "images"),
        ("train/_annotations.coco.json", "valid/_annotations.coco.json", "train", "valid"),
        (
            "annotations/instances_train2017.json",
            "annotations/instances_val2017.json",
            "train2017",
            "val2017",
        ),
        ("training.json", "validation.json", "training", "validation"),
    ],
)
def test_of_coco_the_images_and_the_validation_part_lie_where_they_usually_do(
    tmp_path: Path, train: str, val: str, images: str, val_images: str
) -> None:
    write_coco(tmp_path / train, tmp_path / images, 1)
    write_coco(tmp_path / val, tmp_path / val_images, 1)
    for path in (tmp_path, tmp_path / train):
        user_data = recognised(path)
        assert user_data is not None
        assert user_data.kind == "coco"
        assert (user_data.path, user_data.val) == (tmp_path / train, tmp_path / val)
        assert (user_data.images, user_data.val_images) == (
            tmp_path / images,
            tmp_path / val_images,
        )


def test_captions_are_not_taken_for_boxes(tmp_path: Path) -> None:
    boxes = write_coco(tmp_path / "annotations" / "instances_train.json", tmp_path / "train", 1)
    (boxes.parent / "captions_train.json").write_bytes(boxes.read_bytes())
    user_data = recognised(tmp_path)
    assert user_data is not None
    assert user_data.path == boxes


def test_a_file_is_one_of_logits_only_where_nothing_else_is_in_it(tmp_path: Path) -> None:
    assert kind(write_logits(tmp_path / "logits.npz", 5)) == "logits"
    assert kind(write_rows(tmp_path / "train.npz", 5)) == "table"
    assert kind(write_rows(tmp_path / "train.csv", 5)) == "table"
    (tmp_path / "p.csv").write_text("label,prob,step\n1,.5,1\n")
    assert kind(tmp_path / "p.csv") == "logits"
    np.savez(tmp_path / "more.npz", logits=[1.0], targets=[1], features=[[1.0]])
    assert kind(tmp_path / "more.npz") == "table"


def test_validation_rows_are_those_of_the_same_arrays(tmp_path: Path) -> None:
    train = write_rows(tmp_path / "x_train.npz", 5)
    np.savez(tmp_path / "x_val.npz", other=[1.0])
    user_data = recognised(train)
    assert user_data is not None
    assert user_data.val is None
    val = write_rows(tmp_path / "x_val.npz", 5)
    user_data = recognised(train)
    assert user_data is not None
    assert user_data.val == val


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.npz", "a.csv", "a.safetensors"])
def test_what_is_no_regular_file_is_not_opened(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)  # opening it would wait for ever
    (tmp_path / f"link-{name}").symlink_to("/dev/zero")
    assert kind(tmp_path / name) is None
    assert kind(tmp_path / f"link-{name}") is None


@pytest.mark.parametrize(
    "document", [{"shapes": []}, [{"image_id": 1, "score": 1}], {"images": {}}, "text"]
)
def test_other_json_is_not_coco(tmp_path: Path, document: object) -> None:
    (tmp_path / "a.json").write_text(json.dumps(document))
    assert kind(tmp_path / "a.json") is None
    assert kind(tmp_path) is None


def test_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert kind(tmp_path / "nowhere") is None
    assert kind(tmp_path / "a\0b.json") is None
    assert kind(tmp_path) is None


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([".json", ".yaml", ".npz", ".csv", ".parquet"]))
def test_no_content_raises(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(content)
    assert kind(path) in (None, "yolo", "coco", "table", "logits")
