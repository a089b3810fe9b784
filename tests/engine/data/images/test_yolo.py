"""Source `yolo`: the rows of images with YOLO label files."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from objtui.datafiles.provenance import noted_files
from objtui.engine.data import Dataset, build_dataset
from objtui.engine.session import train
from objtui.errors import DataError
from objtui.scenario.load import parse_scenario
from objtui.scenario.schema import CocoData, YoloData

SCENARIOS = Path(__file__).parents[4] / "scenarios"
GRID = {"stride": 8, "sizes": [16.0, [24.0, 16.0]]}


def build(folder: Path, **keys: object) -> Dataset:
    table = {"source": "yolo", "crop": 4, "anchors": GRID, **keys}
    return build_dataset(YoloData.model_validate(table), folder, torch.float64)


def refused(folder: Path, **keys: object) -> tuple[object, str]:
    with pytest.raises(DataError) as caught:
        build(folder, **keys)
    return caught.value.problems[0]


def write(folder: Path, files: dict[str, str | np.ndarray]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_bytes(content.encode())
        else:
            Image.fromarray(content).save(path)


def picture(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape or (64, 96), dtype=np.uint8)


def shares(x: float, y: float, w: float, h: float, width: int = 96, height: int = 64) -> str:
    """The YOLO line of a COCO box, with as many digits as Python writes."""
    return f"0 {(x + w / 2) / width!r} {(y + h / 2) / height!r} {w / width!r} {h / height!r}\n"


BOX, WIDE = shares(12, 12, 16, 16), shares(40, 28, 24, 16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two training images, the second without an object, and one for validation."""
    write(
        tmp_path,
        {
            "data.yaml": "train: images/train\nval: images/val\nnames: [cell, dust]\n",
            "images/train/a.png": picture(0),
            "images/train/b.png": picture(1),
            "images/val/c.png": picture(2),
            "labels/train/a.txt": BOX + WIDE,
            "labels/val/c.txt": shares(44, 36, 16, 16),
        },
    )
    return tmp_path


def same(one: Dataset, other: Dataset) -> None:
    """Both hold the same bits."""
    for rows, others in ((one.train, other.train), (one.evaluation, other.evaluation)):
        assert torch.equal(rows.features, others.features)
        assert torch.equal(rows.targets, others.targets)
        assert torch.equal(rows.positive, others.positive)


@pytest.mark.parametrize("digits", ["", ".12f"])
@pytest.mark.parametrize("objectness", ["hard", "iou"])
def test_nuclei_as_yolo_are_the_rows_of_nuclei_as_coco_to_the_last_bit(
    tmp_path: Path, digits: str, objectness: str
) -> None:
    nuclei = SCENARIOS / "data/nuclei"
    parts = {
        part: {"images": "data/nuclei", "annotations": f"data/nuclei/{part}.json"}
        for part in ("train", "val")
    }
    for part in parts:
        document = json.loads((nuclei / f"{part}.json").read_text())
        for image in document["images"]:
            target = tmp_path / "images" / part / image["file_name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(nuclei / image["file_name"], target)
            size = image["width"], image["height"]
            lines = []
            for each in document["annotations"]:
                if each["image_id"] == image["id"] and not each["iscrowd"]:
                    x, y, w, h = each["bbox"]
                    values = (x + w / 2) / size[0], (y + h / 2) / size[1], w / size[0], h / size[1]
                    lines.append("0 " + " ".join(f"{value:{digits}}" for value in values))
            write(tmp_path, {f"labels/{part}/{target.stem}.txt": "\n".join(lines)})
            # YOLO has no regions to be left out.
            document["annotations"] = [a for a in document["annotations"] if not a["iscrowd"]]
            (tmp_path / f"{part}.json").write_text(json.dumps(document))
    coco = CocoData.model_validate(
        {
            "source": "coco",
            **{part: {"images": f"images/{part}", "annotations": f"{part}.json"} for part in parts},
            "objectness": objectness,
        }
    )
    yolo = YoloData.model_validate({"source": "yolo", "data": ".", "objectness": objectness})
    same(build_dataset(yolo, tmp_path, torch.float64), build_dataset(coco, tmp_path, torch.float64))


LAYOUTS = {
    "images/train and labels/train": ("images/{}", "labels/{}"),
    "train/images and train/labels": ("{}/images", "{}/labels"),
    "images/train2017 and labels/train2017": ("images/{}2017", "labels/{}2017"),
    "train and val with the labels beside": ("{}", "{}"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("val", ["val", "valid"])
@pytest.mark.parametrize("yaml", [True, False])
def test_a_folder_is_read_by_its_yaml_or_its_usual_folders(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, layout: str, val: str, yaml: bool
) -> None:
    moved = tmp_path_factory.mktemp("moved")
    images, labels = LAYOUTS[layout]
    for part, name in (("train", "train"), ("val", val)):
        shutil.copytree(folder / f"images/{part}", moved / images.format(name), dirs_exist_ok=True)
        shutil.copytree(folder / f"labels/{part}", moved / labels.format(name), dirs_exist_ok=True)
    if yaml:
        text = f"train: {images.format('train')}\nval: {images.format(val)}\nnames: [cell]\n"
        write(moved, {"data.yaml": text})
    plain = build(folder, data="data.yaml")
    same(build(moved, data="."), plain)
    same(build(moved, train=images.format("train"), val=images.format(val)), plain)


def test_images_in_one_folder_with_labels_beside_are_all_for_training(folder: Path) -> None:
    write(
        folder,
        {
            "flat/a.png": picture(0),
            "flat/a.txt": BOX,
            "flat/b.png": picture(1),
            "flat/classes.txt": "cell\n",
        },
    )
    dataset = build(folder, data="flat")
    assert dataset.val is None
    assert dataset.train.positive.any()


def test_lists_of_files_name_images_from_their_own_folder(folder: Path) -> None:
    write(
        folder,
        {
            "lists/train.txt": "../images/train/a.png\r\n./../images/train/b.png\n\n",
            "val.txt": "/content/somewhere/images/val/c.png\n",
        },
    )
    plain = build(folder, data="data.yaml")
    same(build(folder, train="lists/train.txt", val="val.txt"), plain)
    write(folder, {"lists.yaml": "train: [lists/train.txt]\nval: [val.txt]\nnames: {0: cell}"})
    same(build(folder, data="lists.yaml"), plain)


@pytest.mark.parametrize(
    ("path", "train", "val", "notice"),
    [
        (".", "images/train", "images/val", ""),
        ("../{name}", "images/train", "images/val", ""),
        ("", "../images/train", "../images/val", "train '../images/train' is not there"),
        ("../datasets/mine", "images/train", "images/val", "path '../datasets/mine' is not there"),
        ("/content/x", "/content/x/images/train", "images/val", "path '/content/x' is not there"),
    ],
)
def test_paths_are_those_of_ultralytics_or_the_last_parts_beside_the_file(
    folder: Path, path: str, train: str, val: str, notice: str
) -> None:
    plain = build(folder, data="data.yaml")
    text = f"path: {path.format(name=folder.name)}\ntrain: {train}\nval: {val}\nnames: [cell]\n"
    write(folder, {"moved.yaml": text})
    read = build(folder, data="moved.yaml")
    same(read, plain)
    added = [line for line in read.notices if line not in plain.notices]
    assert bool(added) == bool(notice)
    assert notice in "".join(added)


@pytest.mark.parametrize("val", ["val:\n", "", "val: images/train\n"])
def test_without_validation_images_of_their_own_those_of_training_are_evaluated(
    folder: Path, val: str
) -> None:
    write(folder, {"data.yaml": f"train: images/train\n{val}names: [cell]\n"})
    dataset = build(folder, data=".")
    assert dataset.val is None
    told = [line for line in dataset.notices if "val names the images of train" in line]
    assert len(told) == ("images" in val)


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("train: [\n", "cannot be read as YAML"),
        ("- a\n", "is no data.yaml"),
        ("names: [cell]\n", "train: expected a folder or a list file"),
        ("train: images/tarin\n", "train: "),
        ("train: images/train\nnames: [a, b]\nnc: 3\n", "nc is 3, but there are 2 names"),
        ("train: images/train\nnames: cell\n", "names: expected a list of names"),
        ("train: images/train\nnames: {x: cell}\n", "names: expected numbers"),
        ("train: images/train\nkpt_shape: 3\n", "kpt_shape"),
        ("!!python/object/apply:os.system ['true']\n", "cannot be read as YAML"),
        ("train: " + "[" * 5000, "cannot be read as YAML"),
        ("train: 5\n", "train: expected a folder or a list file (.txt), or a list of them, got 5"),
        ("path: 5\ntrain: images\n", "path: expected a text"),
        ("train: images/train\nval: nowhere\n", "val: "),
        ("train: images/train\nval: ../valid/images\n", "No such folder or file, nor is it beside"),
        ("train: images/train\nval: /x/valid/images\n", "No such folder or file, nor is it beside"),
    ],
)
def test_what_is_wrong_with_a_yaml_is_said_at_its_key(
    folder: Path, yaml: str, message: str
) -> None:
    write(folder, {"data.yaml": yaml})
    key, line = refused(folder, data="data.yaml")
    assert key == ("data", "data")
    assert line.startswith(f"{folder / 'data.yaml'}: ")
    assert message in line


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("dato.yaml", "did you mean 'data.yaml'?"),
        ("images/val/c.png", "expected a data.yaml, or the folder"),
        ("list.txt", "a list belongs in data.train"),
        ("coco.json", 'COCO annotations are read by source = "coco"'),
        ("empty", "holds no images"),
        ("labels", "give the folder of the images, whose labels lie beside"),
        ("two", "has several .yaml files, 'x.yaml', 'y.yaml'"),
    ],
)
def test_what_is_no_data_set_is_said(folder: Path, data: str, message: str) -> None:
    (folder / "empty").mkdir()
    write(folder, {"list.txt": "", "coco.json": "{}", "two/x.yaml": "", "two/y.yaml": ""})
    key, line = refused(folder, data=data)
    assert key == ("data", "data")
    assert message in line


def test_images_without_any_label_are_refused_with_the_place_of_the_first(folder: Path) -> None:
    shutil.rmtree(folder / "labels")
    key, line = refused(folder, train="images/train")
    assert key == ("data", "train")
    assert f"that would be {folder / 'labels/train/a.txt'}" in line


def test_all_lines_that_are_no_labels_are_said_with_their_places(folder: Path) -> None:
    write(folder, {"labels/train/a.txt": BOX + "0 1 2\n", "labels/train/b.txt": "5 .5 .5 .2 .2"})
    with pytest.raises(DataError) as caught:
        build(folder, data=".")
    assert [line for _, line in caught.value.problems] == [
        f"{folder}/labels/train/a.txt:2: has 3 numbers; expected 5: class cx cy w h",
        f"{folder}/labels/train/b.txt:1: class 5 is not among the 2 names, which go from 0 to 1; "
        "add its name, or remove the line",
    ]


def test_what_is_passed_over_is_counted(folder: Path) -> None:
    lines = BOX + BOX + "0 .5 .5 0 .1\n0 .5 .5 -.1 .1\n1 .1 .1 .3 .1 .3 .4\n0 .99 .5 .1 .5\n"
    write(folder, {"labels/train/a.txt": lines})
    assert set(build(folder, data=".").notices) >= {
        "train: 2 labels have no width or height and were passed over (the first: 'a.txt', line 3)",
        "train: 1 label is a polygon; the box around it was taken ('a.txt', line 5)",
        "train: 1 label is the same as one before it in its file and was removed ('a.txt', line 2)",
        "train: 1 label file has boxes and polygons; each line was read as what its numbers are "
        "('a.txt')",
        "train: 1 box reaches past its image and was cut (a.txt:6: bbox 90.24, 16, 9.6, 32)",
        "train: 1 image has no label file, or an empty one, and is background ('b.png')",
    }


def test_a_category_is_named_by_its_name_or_number(folder: Path) -> None:
    write(folder, {"labels/train/a.txt": BOX + "1" + WIDE[1:]})
    both = build(folder, data=".")
    assert (
        "training boxes of 2 categories are taken as one: 'cell' (1), 'dust' (1); data.category = "
        "'cell' would take that one alone"
    ) in both.notices
    cells = int(build(folder, data=".", category="cell").train.positive.sum())
    for category in ("dust", 1, "1"):
        one = build(folder, data=".", category=category)
        assert 0 < int(one.train.positive.sum()) == int(both.train.positive.sum()) - cells
        assert not any("categories" in line for line in one.notices)
    key, line = refused(folder, data=".", category="dusk")
    assert key == ("data", "category")
    assert "did you mean 'dust'?" in line
    assert "there is 0 ('cell'), 1 ('dust')" in refused(folder, data=".", category=7)[1]


def test_without_names_a_category_is_its_number(folder: Path) -> None:
    one = build(folder, train="images/train", category="0")
    assert one.train.positive.any()
    assert "give the number" in refused(folder, train="images/train", category="cell")[1]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_shares_are_of_the_picture_that_exif_turns_upright(folder: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture(3, 64, 96)).save(folder / "images/train/a.png", exif=exif)
    width, height = (64, 96) if orientation >= 5 else (96, 64)
    write(folder, {"labels/train/a.txt": shares(8, 16, 16, 24, width, height)})
    document = {
        "images": [{"id": 0, "file_name": "a.png", "width": width, "height": height}],
        "annotations": [{"id": 0, "image_id": 0, "category_id": 0, "bbox": [8, 16, 16, 24]}],
        "categories": [{"id": 0, "name": "cell"}],
    }
    (folder / "a.json").write_text(json.dumps(document))
    (folder / "images/train/b.png").unlink()
    table = {
        "source": "coco",
        "crop": 4,
        "anchors": GRID,
        "train": {"images": "images/train", "annotations": "a.json"},
    }
    coco = build_dataset(CocoData.model_validate(table), folder, torch.float64)
    yolo = build(folder, train="images/train")
    assert torch.equal(yolo.train.features, coco.train.features)
    assert torch.equal(yolo.train.positive, coco.train.positive)
    turned = [line for line in yolo.notices if "EXIF" in line]
    assert len(turned) == (orientation != 1)


def test_the_digest_is_over_yaml_lists_labels_and_images_and_no_cache(folder: Path) -> None:
    write(
        folder,
        {
            "train.txt": "images/train/a.png\nimages/train/b.png\n",
            "data.yaml": "train: train.txt\nval: images/val\nnames: [cell]\n",
            "labels/train.cache": "x",
        },
    )
    with noted_files() as files:
        build(folder, data="data.yaml")
    assert {str(file.relative_to(folder)) for file in files} == {
        "data.yaml",
        "train.txt",
        *(f"images/{name}.png" for name in ("train/a", "train/b", "val/c")),
        *(f"labels/{name}.txt" for name in ("train/a", "val/c")),
    }


@pytest.mark.parametrize("given", [{}, {"data": ".", "train": "images"}])
def test_images_are_named_by_data_or_by_train(given: dict[str, str]) -> None:
    data = YoloData.model_validate({"source": "yolo", **given})
    assert len(list(data.problems())) == 1


@pytest.mark.parametrize("text", ["\ufeff" + BOX + WIDE, BOX.strip() + " \r\n\r\n" + WIDE + "\n"])
def test_marks_and_line_ends_of_other_systems_are_read(folder: Path, text: str) -> None:
    plain = build(folder, data=".")
    write(folder, {"labels/train/a.txt": text})
    same(build(folder, data="."), plain)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"0 0.5 0.5 0.1 0.1\n\xff\xfe0", ":2: not UTF-8: byte 0xff"),
        (b"0 " * 9_000_000, ": is larger than"),
        (None, ": is not a regular file"),
    ],
)
def test_label_files_that_are_no_text_are_said(
    folder: Path, content: bytes | None, message: str
) -> None:
    path = folder / "labels/train/a.txt"
    path.unlink()
    if content is None:
        os.mkfifo(path)
    else:
        path.write_bytes(content)
    key, line = refused(folder, data=".")
    assert key == ("data", "data")
    assert line.startswith(f"{path}{message}")


def test_a_line_of_a_list_that_leads_nowhere_is_said(folder: Path) -> None:
    write(folder, {"list.txt": "images/train/a.png\nimages/train/no.png\nreadme.md\n"})
    with pytest.raises(DataError) as caught:
        build(folder, train="list.txt")
    assert [line for _, line in caught.value.problems] == [
        f"{folder}/list.txt:2: 'images/train/no.png': No such file",
        f"{folder}/list.txt:3: 'readme.md' names no image",
    ]


def test_labels_whose_boxes_have_no_area_are_not_called_missing(folder: Path) -> None:
    for label in (folder / "labels/train").iterdir():
        label.write_text("0 0.5 0.5 0 0.2\n")
    _, line = refused(folder, data=".")
    assert "boxes in its label files has no area" in line or "only box in its" in line


def test_an_image_that_is_listed_twice_is_taken_once(folder: Path) -> None:
    dataset = build(folder, train=["images/train", "images"], val="images/val")
    assert any("2 images are listed more than once" in line for line in dataset.notices)
    same(dataset, build(folder, train="images", val="images/val"))


def test_images_of_formats_that_are_not_read_are_counted(folder: Path) -> None:
    write(folder, {"images/train/z.heic": "", "images/train/y.AVIF": ""})
    (notice,) = [line for line in build(folder, data=".").notices if "formats" in line]
    assert notice.startswith("train: 2 images of formats that are not read were passed over")


def test_hidden_files_are_no_images_and_a_damaged_image_is_said(folder: Path) -> None:
    plain = build(folder, data=".")
    write(folder, {"images/train/._a.png": "macOS", "images/train/.thumbs/a.png": "x"})
    same(build(folder, data="."), plain)
    write(folder, {"images/train/c.png": "no image"})
    key, line = refused(folder, data=".")
    assert key == ("data", "data")
    assert line.startswith(f"{folder}/images/train/c.png: cannot be read as an image")


def test_pose_labels_are_boxes_with_what_the_yaml_says_of_keypoints(folder: Path) -> None:
    plain = build(folder, data="data.yaml")
    pose = BOX.strip() + " .1 .1 2 .2 .2 0\n" + WIDE.strip() + " 0 0 0 0 0 0\n"
    write(folder, {"labels/train/a.txt": pose})
    assert "of keypoints data.yaml says kpt_shape" in refused(folder, data="data.yaml")[1]
    text = (folder / "data.yaml").read_text() + "kpt_shape: [2, 3]\n"
    write(folder, {"data.yaml": text})
    same(build(folder, data="data.yaml"), plain)


def test_a_scenario_on_a_yolo_folder_trains(folder: Path) -> None:
    text = """
title = "mine"
data = { source = "yolo", data = ".", crop = 4, anchors = { sizes = "auto" } }
train = { steps = 20, seeds = 1, eval_every = 10 }
heads = [{ name = "bce", loss = "bce" }, { name = "mse", loss = "mse" }]
"""
    scenario = parse_scenario(text, "mine.toml", folder).scenario
    assert [frame.step for frame in train(scenario, folder)] == [0, 10, 20]
