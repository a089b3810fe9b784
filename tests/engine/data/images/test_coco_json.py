"""Checks of COCO annotation files."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from objtui.engine.data.images.coco_json import Annotations, read_annotations
from objtui.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(tmp_path / "colour.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (tmp_path / "sub").mkdir()
    return tmp_path


def image(**changes: Any) -> dict[str, Any]:
    return {"id": 1, "file_name": "a.png", "width": 30, "height": 20} | changes


def annotation(**changes: Any) -> dict[str, Any]:
    whole = {"id": 7, "image_id": 1, "category_id": 3, "bbox": [1, 2, 10, 8], "iscrowd": 0}
    return whole | changes


CATEGORY = {"id": 3, "name": "nucleus"}


def document(**changes: Any) -> dict[str, Any]:
    whole = {"images": [image()], "categories": [CATEGORY], "annotations": [annotation()]}
    return whole | changes


def refused(folder: Path, content: object, category: str | None = None) -> list[str]:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    (folder / "a.json").write_bytes(text)
    with pytest.raises(DataError) as caught:
        read_annotations(folder / "a.json", folder, category)
    for key, line in caught.value.problems:
        assert line.isprintable()
        assert len(line) < 1000
        assert key in KEYS
    return [line.replace(f"{folder}/", "") for _, line in caught.value.problems]


KEYS = (("data", "train", "annotations"), ("data", "train", "images"), ("data", "category"))


def read(folder: Path, content: object, category: str | None = None) -> Annotations:
    (folder / "a.json").write_text(json.dumps(content))
    return read_annotations(folder / "a.json", folder, category)


def test_boxes_and_crowds_are_corners_in_pixels(folder: Path) -> None:
    crowd = annotation(id=8, iscrowd=1, bbox=[0, 0, 4.5, 5])
    (found,) = read(folder, document(annotations=[annotation(), crowd]), "nucleus").images
    assert found.boxes == [(1, 2, 11, 10)]
    assert found.crowds == [(0, 0, 4.5, 5)]


@pytest.mark.parametrize("box", [[1, 2, 0, 4], [1, 2, 3, 0.0], [0, 0, 0, 0], [1, 2, 3, 1e-300]])
def test_a_box_without_area_is_passed_over(folder: Path, box: list[float]) -> None:
    both = [annotation(), annotation(id=8, bbox=box), annotation(id=9, bbox=box, iscrowd=1)]
    (found,) = read(folder, document(annotations=both)).images
    assert (found.boxes, found.crowds) == ([(1, 2, 11, 10)], [])


def test_a_box_may_leave_its_image_by_one_pixel(folder: Path) -> None:
    edge = annotation(bbox=[-1, -1, 32, 22])
    (found,) = read(folder, document(annotations=[edge])).images
    assert found.boxes == [(-1, -1, 31, 21)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bbox": [1, 2, 3]}, "expected 4 finite numbers under 'bbox', got [1, 2, 3]"),
        ({"bbox": [1, 2, 3, "4 px"]}, "4 finite numbers under 'bbox', got [1, 2, 3, '4 px']"),
        ({"bbox": [1, 2, True, 4]}, "expected 4 finite numbers under 'bbox'"),
        ({"bbox": [1, 2, float("nan"), 4]}, "expected 4 finite numbers under 'bbox'"),
        ({"bbox": [1, 2, float("inf"), 4]}, "expected 4 finite numbers under 'bbox'"),
        ({"bbox": [1e308, 2, 1e308, 4]}, "expected 4 finite numbers under 'bbox'"),
        ({"bbox": [1, 2, 10**400, 4]}, "expected 4 finite numbers under 'bbox'"),
        ({"bbox": None}, "expected 4 finite numbers under 'bbox', got None"),
        ({"bbox": [1, 2, 3, -4]}, "bbox [1, 2, 3, -4] has a negative width or height"),
        ({"bbox": [1, 2, -1e-3, 0]}, "has a negative width or height"),
        ({"image_id": 9}, "there is no image with image_id 9"),
        ({"image_id": [1]}, "there is no image with image_id [1]"),
        ({"iscrowd": "no"}, "expected 0 or 1 under 'iscrowd', got 'no'"),
    ],
)
def test_a_wrong_annotation_is_named_by_its_id(
    folder: Path, changes: dict[str, Any], message: str
) -> None:
    (line,) = refused(folder, document(annotations=[annotation(**changes)]))
    assert line.startswith("a.json: annotation 7: ")
    assert message in line


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"file_name": "none.png"}, "none.png: No such file"),
        ({"file_name": "broken.png"}, "broken.png: cannot be read as an image"),
        ({"file_name": "sub"}, "sub: is not a regular file"),
        ({"file_name": "a\0.png"}, "is no possible file name"),
        ({"file_name": "a\ud800.png"}, "is no possible file name"),
        ({"file_name": "/etc/passwd"}, "leaves the folder of the images"),
        ({"file_name": "../none.png"}, "leaves the folder of the images"),
        ({"file_name": 5}, "expected a text under 'file_name', got 5"),
        ({"file_name": "x" * 10**6}, "File name too long"),
        ({"width": 31}, "width is 31, but 'a.png' is 30 × 20 pixels"),
        ({"height": "twenty"}, "expected a number under 'height', got 'twenty'"),
        ({"width": 20, "height": 30}, "the two are swapped, or the image was turned"),
    ],
)
def test_a_wrong_image_is_named_by_its_id(
    folder: Path, changes: dict[str, Any], message: str
) -> None:
    lines = refused(folder, document(images=[image(**changes)]))
    assert lines[0].startswith("a.json: image 1: ")
    assert message in lines[0]
    assert len(lines) == 1  # its annotations are not blamed too


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"images": [image(), image(file_name="colour.png")]},
            "image 1: its id is used for 'a.png' and for 'colour.png', so it is open",
        ),
        (
            {"categories": [CATEGORY, CATEGORY | {"name": "cell"}]},
            "category 3: its id is used for 'nucleus' and for 'cell'",
        ),
        ({"annotations": [5]}, "annotations[0]: expected an object, got 5"),
        ({"annotations": [{}]}, "annotations[0]: there is no image with image_id nothing"),
        ({"images": [{"file_name": "a.png"}]}, "images[0]: expected a whole number under 'id'"),
        ({"images": {}}, "expected a list under 'images'"),
        ({"images": [], "annotations": []}, "images: is empty"),
    ],
)
def test_a_wrong_list_is_named(folder: Path, changes: dict[str, Any], message: str) -> None:
    assert message in refused(folder, document(**changes))[0]


def test_an_unknown_category_is_answered_with_the_nearest(folder: Path) -> None:
    (line,) = refused(folder, document(), "nuclei")
    assert line == "a.json: has no category 'nuclei': did you mean 'nucleus'?"


def test_problems_of_every_kind_come_at_once_the_first_ten_spelled_out(folder: Path) -> None:
    many = [annotation(id=i, bbox=[0, 0, -1, 0]) for i in range(30)]
    lines = refused(folder, document(images=[image(width=1)], annotations=many), "x")
    assert "category 'x'" in lines[0]
    assert "image 1: width is 1" in lines[1]
    assert "annotation 7: bbox" in lines[9]
    assert lines[10:] == ["and 22 more problems like these"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b"[" * 200_000, b"9" * 10_000, b"{}", b'"images"'],
)
def test_what_is_no_coco_file_is_refused(folder: Path, content: bytes) -> None:
    (line,) = refused(folder, content)
    assert line.startswith("a.json: ")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(part=st.sampled_from(["images", "annotations", "categories"]), cuts=st.data())
def test_junk_under_any_key_is_a_data_error_or_none(
    folder: Path, part: str, cuts: st.DataObject
) -> None:
    content = document()
    entry = dict(content[part][0])
    for key in cuts.draw(st.lists(st.sampled_from(sorted(entry)), min_size=1)):
        entry[key] = cuts.draw(junk)
    content[part] = [entry, *cuts.draw(st.lists(junk, max_size=2))]
    (folder / "a.json").write_text(json.dumps(content))
    with contextlib.suppress(DataError):  # every other error fails
        read_annotations(folder / "a.json", folder, None)
