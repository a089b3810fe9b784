"""What every reader of COCO takes is taken: the same rows, with one counted notice a kind."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from objtui.engine.data import Dataset, build_dataset
from objtui.engine.data.images.annotation_box import outline_box
from objtui.errors import DataError
from objtui.scenario.schema import CocoData

WIDTH, HEIGHT = 96, 64
BOXES = [[4, 4, 16, 16], [70, 40, 20, 20], [30, 30, 16, 16], [60, 10, 16, 20]]


def document() -> dict[str, Any]:
    images = [
        {"id": i, "file_name": f"im{i}.png", "width": WIDTH, "height": HEIGHT} for i in range(2)
    ]
    annotations = [
        {"id": n, "image_id": n % 2, "category_id": 1, "bbox": box, "iscrowd": 0}
        for n, box in enumerate(BOXES)
    ]
    categories = [{"id": 1, "name": "nucleus"}]
    return {"images": images, "annotations": annotations, "categories": categories}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    rng = np.random.default_rng(0)
    for i in range(2):
        pixels = rng.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"images/im{i}.png")
    return tmp_path


def build(folder: Path, content: dict[str, Any], **keys: Any) -> Dataset:
    (folder / "a.json").write_text(json.dumps(content))
    part = {"images": "images", "annotations": "a.json"}
    anchors = {"sizes": [16.0, 20.0], "stride": 4}
    values = {"source": "coco", "train": part, "crop": 4, "anchors": anchors, **keys}
    return build_dataset(CocoData.model_validate(values), folder, torch.float32)


Change = Callable[[dict[str, Any]], object]


def annotation(**keys: Any) -> Change:
    return lambda content: content["annotations"][0].update(keys)


def every(**keys: Callable[[Any], Any]) -> Change:
    """Rewrite these keys wherever they are."""

    def change(content: dict[str, Any]) -> None:
        for entry in (*content["images"], *content["annotations"], *content["categories"]):
            for key in keys.keys() & entry.keys():
                entry[key] = keys[key](entry[key])

    return change


def image(**keys: Any) -> Change:
    return lambda content: content["images"][0].update(keys)


OUTSIDE = {"image_id": 0, "category_id": 1, "bbox": [200, 9, 9, 9]}
POLYGON = [[4, 4, 20, 4, 20, 20, 4, 20]]


@pytest.mark.parametrize(
    ("change", "notice"),
    [
        (every(id=float, image_id=float, category_id=float), None),
        (every(image_id=str), None),
        (every(id=lambda value: f" {value}"), None),
        (lambda content: [each.pop("id") for each in content["annotations"]], None),
        (lambda content: [each.update(id=7) for each in content["annotations"]], None),
        (lambda content: content["categories"].append({"id": 1, "name": "nucleus"}), None),
        (lambda content: content["images"].append(content["images"][0]), "1 image is listed more"),
        (annotation(category_id=None), "1 annotation is of no category"),
        (annotation(category_id="nucleus"), None),
        (annotation(category_id=99), "1 annotation is of no category"),
        (every(category_id=lambda _: None), "4 annotations are of no category"),
        (lambda content: content.pop("categories"), "4 annotations are of no category"),
        (lambda content: content.update(categories=[]), "4 annotations are of no category"),
        (lambda content: content.update(categories=[{"id": 1}]), "1 category has no text"),
        (every(iscrowd=lambda _: None), None),
        (every(iscrowd=str), None),
        (every(iscrowd=bool), None),
        (lambda content: [each.pop("iscrowd") for each in content["annotations"]], None),
        (annotation(bbox=["4", "4.0", " 16", "16"]), None),
        (annotation(bbox={"x": 4, "y": 4, "width": 16, "height": 16}), None),
        (annotation(bbox=None, segmentation=POLYGON), "1 annotation has no bbox"),
        (annotation(bbox=[], segmentation=POLYGON[0]), "1 annotation has no bbox"),
        (annotation(bbox=[0, 0, 0, 0], segmentation=POLYGON), "1 annotation has no bbox"),
        (every(width=str, height=float), None),
        (every(width=lambda _: -1, height=lambda _: -1), "2 images have no width and height"),
        (every(width=lambda _: 0), "2 images have no width and height"),
        (every(height=lambda _: None), "2 images have no width and height"),
        (lambda content: [each.pop("width") for each in content["images"]], "no width and height"),
        (
            lambda content: content["annotations"].append({"image_id": 9, "bbox": [1, 1, 9, 9]}),
            "1 annotation is of no image of the file and was passed over",
        ),
        (
            lambda content: content["annotations"].append(OUTSIDE),
            "1 box lies outside its image and was passed over",
        ),
        *(
            (image(file_name=name), "1 image is not under its file_name and was found")
            for name in (
                "images/im0.png",
                "images\\im0.png",
                "images\\1/im0.png",
                "..\\label\\im0.png",
                "../im0.png",
                "C:\\data\\im0.png",
                "/home/someone/data/im0.png",
                "IM0.PNG",
                "im0",
                "im0%2Epng",
                "file:///home/someone/im0.png",
                "https://example.org/a/im0.png?token=1",
                "/data/local-files/?d=images/im0.png",
            )
        ),
        (image(file_name="./im0.png"), None),
    ],
)
def test_other_spellings_give_the_same_rows(
    folder: Path, change: Change, notice: str | None
) -> None:
    plain = build(folder, document())
    content = copy.deepcopy(document())
    change(content)
    read = build(folder, content)
    assert torch.equal(read.train.features, plain.train.features)
    assert torch.equal(read.train.targets, plain.train.targets)
    added = [line for line in read.notices if line not in plain.notices]
    assert (notice is None and not added) or (
        len(added) == 1 and notice is not None and notice in added[0]
    )


def test_boxes_are_cut_to_their_images_as_if_they_had_been_drawn_there(folder: Path) -> None:
    out, cut = document(), document()
    out["annotations"][0]["bbox"], cut["annotations"][0]["bbox"] = [-4, 4, 20, 16], [0, 4, 16, 16]
    read = build(folder, out)
    assert torch.equal(read.train.targets, build(folder, cut).train.targets)
    assert read.notices[0].startswith(
        "a.json: 1 box reaches past its image and was cut (annotation 0"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (annotation(bbox=[], segmentation=[]), "expected 4 finite numbers under 'bbox', got []"),
        (annotation(bbox=[4, 4, 16, 16, 30]), "expected 4 finite numbers"),
        (lambda c: c["images"][1].update(id=0), "so it is open whose its annotations are"),
        (image(file_name="im0.jpg"), "did you mean 'im0.png'?"),
        (image(file_name="sub/../im1.PNG"), "both lead to"),
        (image(width=HEIGHT, height=WIDTH), "width is 64, but 'im0.png' is 96 × 64"),
        (image(width=192, height=128), "the boxes are for 192 × 128"),
        (
            every(bbox=lambda b: [b[0] / 96, b[1] / 64, b[2] / 96, b[3] / 64]),
            "all 4 boxes lie within 0…1",
        ),
        (every(bbox=lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]), "seem to be corners"),
        (every(bbox=lambda b: [*b[:2], 0.5, 0.5]), "all 4 boxes are less than a pixel"),
        (every(bbox=lambda b: [b[0] + 500, *b[1:]]), "4 of 4 boxes lie outside their images"),
        (every(image_id=lambda value: value + 50), "there is no image with image_id 50"),
    ],
)
def test_what_is_open_in_its_meaning_is_refused(folder: Path, change: Change, message: str) -> None:
    content = document()
    change(content)
    with pytest.raises(DataError) as caught:
        build(folder, content)
    assert message in caught.value.lines()[0]
    assert caught.value.problems[0][0][:2] == ("data", "train")


def test_boxes_that_no_anchor_reaches_are_refused_with_sizes_that_do(folder: Path) -> None:
    large = {"stride": 8, "sizes": [50.0]}
    with pytest.raises(
        DataError, match=r"data\.anchors\.sizes: none of the 4 .* 16 × 16 to 20 × 20"
    ):
        build(folder, document(), anchors=large)
    with pytest.raises(DataError) as caught:
        build(folder, document(), anchors=large)
    advice = str(caught.value).rpartition("data.anchors.sizes = ")[2]
    sizes = json.loads(advice[: advice.index(" and" if " and" in advice else " would")])
    stride = int((str(caught.value).partition("data.anchors.stride = ")[2] or "8").split()[0])
    assert build(
        folder, document(), anchors={"sizes": sizes, "stride": stride}
    ).train.positive.any()


UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {  # EXIF 2.32, table of Orientation
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored, 2).T,
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("told", ["upright", "stored", "nothing"])
def test_pictures_are_turned_as_exif_says_whatever_size_is_told(
    tmp_path: Path, orientation: int, suffix: str, told: str
) -> None:
    (tmp_path / "images").mkdir()
    pixels = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    pixels[4:20, 4:20] = 255
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    path = tmp_path / f"images/a.{suffix}"
    Image.fromarray(pixels).save(path, exif=exif, **({"quality": 100} if suffix == "jpg" else {}))
    if suffix == "jpg":  # which loses some of every pixel
        with Image.open(path) as stored:
            pixels = np.asarray(stored.convert("L"))
    upright = Image.fromarray(np.ascontiguousarray(UPRIGHT[orientation](pixels)))
    stored_size = (WIDTH, HEIGHT)
    width, height = {"stored": stored_size}.get(told, upright.size)
    content = document()
    content["images"] = [{"id": 0, "file_name": path.name, "width": width, "height": height}]
    if told == "nothing":
        content["images"][0] |= {"width": None, "height": None}
    right, bottom = upright.size
    boxes = [[right - 20, 4, 16, 16], [4, bottom - 20, 16, 16]]
    content["annotations"] = [{"image_id": 0, "category_id": 1, "bbox": box} for box in boxes]
    read = build(tmp_path, content)
    plain_folder = tmp_path / "plain"
    (plain_folder / "images").mkdir(parents=True)
    upright.save(plain_folder / "images/a.png")
    content["images"] = [{"id": 0, "file_name": "a.png"}]
    plain = build(plain_folder, content)
    assert torch.equal(read.train.features, plain.train.features)
    assert torch.equal(read.train.targets, plain.train.targets)
    assert any("EXIF" in line for line in read.notices) == (orientation != 1)


def test_boxes_that_fit_only_stored_pictures_are_turned_with_them(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    pixels = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.fromarray(pixels).save(tmp_path / "images/a.png", exif=exif)
    content = document()
    content["images"] = [{"id": 0, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}]
    content["annotations"] = [{"image_id": 0, "category_id": 1, "bbox": [76, 8, 16, 20]}]
    read = build(tmp_path, content)
    assert (
        "their boxes" in read.notices[0]
        or "its boxes, which are those of the stored" in read.notices[0]
    )
    content["images"][0] |= {"width": HEIGHT, "height": WIDTH}
    # A quarter clockwise: what was at (x, y) of 96 × 64 is at (64 − y, x).
    content["annotations"][0]["bbox"] = [64 - 8 - 20, 76, 20, 16]
    assert torch.equal(read.train.targets, build(tmp_path, content).train.targets)


@given(
    masks=st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
        lambda size: st.lists(
            st.lists(st.booleans(), min_size=size[1], max_size=size[1]),
            min_size=size[0],
            max_size=size[0],
        )
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_box_of_a_mask_is_that_of_its_pixels(masks: list[list[bool]]) -> None:
    mask = np.array(masks)
    flat = mask.T.ravel()
    runs, value = [], False
    count = 0
    for pixel in flat.tolist():
        if pixel != value:
            runs.append(count)
            value, count = pixel, 0
        count += 1
    runs.append(count)
    box = outline_box({"size": list(mask.shape), "counts": runs})
    rows, columns = np.nonzero(mask)
    if len(rows) == 0:
        assert box is None
    else:
        assert box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
