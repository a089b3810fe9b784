"""Reading and checking a COCO annotation file."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from objtui.engine.data.files import Problems, data_file, nearest_hint, quoted, reading, shown
from objtui.engine.data.images.images import ImageShape, image_shape
from objtui.engine.memory import require_memory
from objtui.errors import DataError

OUTSIDE_ALLOWED = 1.0
"""Pixels by which a box may leave its image: annotation tools round that far."""

_JSON_FACTOR = 8  # memory of parsed JSON over the size of its file

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


@dataclass(slots=True)
class AnnotatedImage:
    """An image file with the boxes of the chosen category."""

    path: Path
    shape: ImageShape
    boxes: list[Box] = field(default_factory=list)
    crowds: list[Box] = field(default_factory=list)


_Id = int | str


def read_annotations(path: Path, images: Path, category: str | None) -> list[AnnotatedImage]:
    """The images of an annotation file, in its order, those without a box too.

    `category` is the name of the one to take; None takes all as one. Boxes of
    other categories are background; boxes without area are passed over, as public
    files hold some. Raises DataError with the first problems of
    the file, each with the id of the annotation or image.
    """
    document = _load(path)
    problems = Problems()
    categories = _categories(document, path, problems)
    chosen = _chosen(categories, category, path, problems)
    by_id = _images(document, path, images, problems)
    for where, annotation in _entries(document, "annotations", path, problems):
        _annotation(where, annotation, by_id, categories, chosen, problems)
    problems.raise_if_any()
    found = [image for image in by_id.values() if image is not None]
    if not found:
        raise DataError(f"{shown(path)}: images: is empty; at least one image is needed")
    return found


def _load(path: Path) -> dict[str, Any]:
    size = data_file(path).stat().st_size
    require_memory(size * _JSON_FACTOR, shown(path))
    try:
        with reading(path, "JSON"):
            document = json.loads(path.read_bytes())
    except RecursionError as error:
        raise DataError(f"{shown(path)}: cannot be read as JSON: nested too deep") from error
    if not isinstance(document, dict):
        raise DataError(f"{shown(path)}: is no COCO file: expected an object at the top")
    for key in ("images", "annotations", "categories"):
        if not isinstance(document.get(key), list):
            raise DataError(f"{shown(path)}: is no COCO file: expected a list under {key!r}")
    return document


def _entries(
    document: dict[str, Any], key: str, path: Path, problems: Problems
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a list with a name for each; a repeated id is a problem."""
    seen: set[_Id] = set()
    for position, entry in enumerate(document[key]):
        place = f"{shown(path)}: {key}[{position}]"
        if not isinstance(entry, dict):
            problems.add(f"{place}: expected an object, got {quoted(entry)}")
            continue
        identity = _identity(entry.get("id"))
        if identity is None:
            problems.add(f"{place}: expected a whole number under 'id', got {_got(entry, 'id')}")
            continue
        where = (
            f"{shown(path)}: {key[:-1] if key != 'categories' else 'category'} {quoted(identity)}"
        )
        if identity in seen:
            problems.add(f"{where}: its id is used twice in {key!r}")
            continue
        seen.add(identity)
        yield where, entry


def _categories(document: dict[str, Any], path: Path, problems: Problems) -> dict[_Id, str]:
    """The name of every category by its id."""
    names: dict[_Id, str] = {}
    for where, entry in _entries(document, "categories", path, problems):
        name = entry.get("name")
        if not isinstance(name, str):
            problems.add(f"{where}: expected a text under 'name', got {_got(entry, 'name')}")
            name = ""  # known, so that its annotations are not blamed
        names[entry["id"]] = name
    return names


def _chosen(
    categories: dict[_Id, str], category: str | None, path: Path, problems: Problems
) -> frozenset[_Id]:
    """The ids of the categories to take."""
    if category is None:
        return frozenset(categories)
    ids = frozenset(each for each, name in categories.items() if name == category)
    if not ids:
        hint = nearest_hint(category, categories.values())
        problems.add(f"{shown(path)}: has no category {quoted(category)}: {hint}")
    return ids


def _images(
    document: dict[str, Any], path: Path, folder: Path, problems: Problems
) -> dict[_Id, AnnotatedImage | None]:
    """Every image by its id; None for one that is itself a problem."""
    images: dict[_Id, AnnotatedImage | None] = {}
    for where, entry in _entries(document, "images", path, problems):
        image = None
        try:
            image = _image(where, entry, folder)
        except DataError as error:
            problems.add(str(error))
        images[entry["id"]] = image
    return images


def _image(where: str, entry: dict[str, Any], folder: Path) -> AnnotatedImage:
    name = entry.get("file_name")
    if not isinstance(name, str) or not name:
        raise DataError(
            f"{where}: expected a text under 'file_name', got {_got(entry, 'file_name')}"
        )
    for pure in (PurePosixPath(name), PureWindowsPath(name)):
        if pure.anchor or ".." in pure.parts:
            raise DataError(
                f"{where}: file_name {quoted(name)} leaves the folder of the images; "
                "expected a path inside it"
            )
    try:
        shape = image_shape(folder / name)
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    for key, actual in (("width", shape.width), ("height", shape.height)):
        if key in entry and (type(entry[key]) is bool or entry[key] != actual):
            raise DataError(
                f"{where}: {key} is {quoted(entry[key])}, but {quoted(name)} is "
                f"{shape.width} × {shape.height} pixels"
            )
    return AnnotatedImage(folder / name, shape)


def _annotation(
    where: str,
    entry: dict[str, Any],
    images: dict[_Id, AnnotatedImage | None],
    categories: dict[_Id, str],
    chosen: frozenset[_Id],
    problems: Problems,
) -> None:
    """Add the box of one annotation to its image, or a problem."""
    image_id, category_id = _identity(entry.get("image_id")), _identity(entry.get("category_id"))
    crowd = entry.get("iscrowd", 0)
    box = _box(entry.get("bbox"))
    if image_id not in images:
        problems.add(f"{where}: there is no image with image_id {_got(entry, 'image_id')}")
    elif category_id not in categories:
        problems.add(f"{where}: there is no category with category_id {_got(entry, 'category_id')}")
    elif crowd not in (0, 1):
        problems.add(f"{where}: expected 0 or 1 under 'iscrowd', got {quoted(crowd)}")
    elif box is None:
        problems.add(f"{where}: expected 4 finite numbers under 'bbox', got {_got(entry, 'bbox')}")
    elif min(entry["bbox"][2:]) < 0:
        problems.add(f"{where}: bbox {quoted(entry['bbox'])} has a negative width or height")
    elif (image := images[_known(image_id)]) is not None:
        if _leaves(box, image.shape):
            problems.add(
                f"{where}: bbox {quoted(entry['bbox'])} (x, y, width, height) leaves its image of "
                f"{image.shape.width} × {image.shape.height} pixels"
            )
        elif category_id in chosen and box[2] > box[0] and box[3] > box[1]:
            (image.crowds if crowd else image.boxes).append(box)


def _box(value: object) -> Box | None:
    """Corners of a COCO box [x, y, width, height]; None where it is not 4 finite numbers."""
    if not isinstance(value, list) or len(value) != 4:
        return None
    numbers = []
    for each in value:
        if type(each) not in (int, float):
            return None
        try:
            numbers.append(float(each))
        except OverflowError:  # a whole number beyond float64
            return None
    left, top, width, height = numbers
    corners = (left, top, left + width, top + height)
    return corners if all(map(math.isfinite, (*numbers, *corners))) else None


def _leaves(box: Box, shape: ImageShape) -> bool:
    left, top, right, bottom = box
    return (
        min(left, top) < -OUTSIDE_ALLOWED
        or right > shape.width + OUTSIDE_ALLOWED
        or bottom > shape.height + OUTSIDE_ALLOWED
    )


def _identity(value: object) -> _Id | None:
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def _known(identity: _Id | None) -> _Id:
    assert identity is not None  # it was found among the images
    return identity


def _got(entry: dict[str, Any], key: str) -> str:
    return quoted(entry[key]) if key in entry else "nothing"
