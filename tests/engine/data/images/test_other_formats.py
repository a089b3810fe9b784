"""Annotations that are no COCO are named, with how to convert them, at the key to change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from objtui.engine.data import build_dataset
from objtui.errors import DataError
from objtui.scenario.schema import CocoData

VIA_REGION = {"a.png1": {"filename": "a.png", "size": 1, "regions": []}}
OF_JSON = {
    "LabelMe": {"version": "5", "shapes": [], "imagePath": "a.png"},
    "VIA": VIA_REGION,
    "VIA JSON": {"_via_settings": {}, "_via_img_metadata": VIA_REGION},
    "Label Studio": [{"id": 1, "data": {"image": "a"}, "annotations": [{"result": []}]}],
    "Label Studio JSON": [{"id": 1, "image": "a.png", "label": []}],
    "CreateML": [{"image": "a.png", "annotations": [{"coordinates": {"x": 1}}]}],
    "COCO result file": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "score": 0.5}],
    "panoptic": {"images": [], "annotations": [{"segments_info": []}], "categories": []},
    "without annotations": {"images": [], "categories": []},
    "Supervisely": {"size": {"width": 1, "height": 1}, "objects": []},
    "VoTT": {"assets": {}, "tags": []},
    "its keys are 'type', 'features'": {"type": "FeatureCollection", "features": []},
}
OF_TEXT = {
    'YOLO labels: use source = "yolo" with data =': "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.1 0.1\n",
    "the data.yaml of YOLO": "train: images\nval: images\nnames: [cell]\n",
    "list of images, as of YOLO": "images/a.png\nimages/b.png\n",
    "Pascal VOC": "<annotation><filename>a.png</filename></annotation>",
    "CVAT XML": '<?xml version="1.0"?><annotations><version>1.1</version></annotations>',
    "CSV table of boxes": "filename,xmin,ymin,xmax,ymax,class\na.png,1,1,2,2,cell\n",
    "KITTI": "Car 0 0 -1.5 599.4 156.4 629.7 189.2 2.8 2.6 12.3 0.4 1.4 69.4 -1.5\n",
    "JSON lines": '{"image": "a"}\n{"image": "b"}\n',
    "Git LFS": "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    "packed archive": "PK\x03\x04",
}


def refused(folder: Path, annotations: str, images: str = "images") -> tuple[object, str]:
    (folder / "images").mkdir(exist_ok=True)
    part = {"images": images, "annotations": annotations}
    data = CocoData.model_validate({"source": "coco", "train": part})
    with pytest.raises(DataError) as caught:
        build_dataset(data, folder, torch.float32)
    ((key, line),) = caught.value.problems
    return key, line


@pytest.mark.parametrize("name", OF_JSON)
def test_json_of_other_tools_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(OF_JSON[name]))
    key, line = refused(tmp_path, "a.json")
    assert key == ("data", "train", "annotations")
    assert name in line
    assert any(word in line for word in ("COCO", "-f coco", "ground truth", "a bbox each"))


@pytest.mark.parametrize("name", OF_TEXT)
@pytest.mark.parametrize("suffix", [".txt", ".json"])
def test_files_that_are_no_json_are_named(name: str, suffix: str, tmp_path: Path) -> None:
    if (name, suffix) == ("list of images, as of YOLO", ".json"):
        pytest.skip("a list of names is told by its suffix")
    (tmp_path / f"a{suffix}").write_text(OF_TEXT[name])
    key, line = refused(tmp_path, f"a{suffix}")
    assert key == ("data", "train", "annotations")
    assert name in line


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("labels/a.txt", "0 0.5 0.5 0.2 0.2\n", "folder of YOLO labels"),
        ("labels/data.yaml", "names: [a]", "folder of YOLO labels"),
        ("labels/a.xml", "<annotation/>", "folder of Pascal VOC"),
        ("labels/_annotations.coco.json", "{}", "did you mean 'labels/_annotations.coco.json'?"),
        ("labels/a.png", "", "folder of images"),
    ],
)
def test_a_folder_in_the_place_of_a_file_is_named(
    file: str, text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / file).write_text(text)
    assert message in refused(tmp_path, "labels")[1]


def test_a_folder_of_images_and_labels_is_that_of_yolo(tmp_path: Path) -> None:
    for name in ("images", "labels"):
        (tmp_path / "set" / name).mkdir(parents=True)
    assert 'use source = "yolo" with data = ' in refused(tmp_path, "set")[1]


def test_images_and_annotations_that_are_swapped_are_told_so(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    assert "are swapped" in refused(tmp_path, "images", "a.json")[1]


def test_a_folder_or_file_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text("{}")
    assert "did you mean 'train.json'?" in refused(tmp_path, "trian.json")[1]
    key, line = refused(tmp_path, "train.json", "imagse")
    assert key == ("data", "train", "images")
    assert "did you mean 'images'?" in line
