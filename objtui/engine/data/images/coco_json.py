"""Reading and checking a COCO annotation file.

What every reader of COCO takes is taken, and counted in a notice where it is not as the
format says; what is open in its meaning is refused.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from objtui.datafiles.files import (
    Notices,
    Oddity,
    Problems,
    data_file,
    quoted,
    reading,
    shown,
)
from objtui.datafiles.memory import require_memory
from objtui.engine.data.images.annotation_box import (
    as_flag,
    as_identity,
    as_number,
    outline_box,
    written_box,
)
from objtui.engine.data.images.box_frames import (
    AnnotatedImage,
    Annotations,
    WrittenBox,
    place_boxes,
    size_problem,
)
from objtui.engine.data.images.categories import chosen_categories
from objtui.engine.data.images.file_names import ImageFolder, same_name
from objtui.engine.data.images.images import image_shape
from objtui.engine.data.images.other_formats import name_of_json, refuse_other_format
from objtui.errors import DataError, KeyPath
from objtui.measures.all_detections import OBJECT, Category

_JSON_FACTOR = 8  # memory of parsed JSON over the size of its file

_Id = int | str

_SPELLING = Oddity(
    "image is not under its file_name and was found by the last parts of it",
    "images are not under their file_name and were found by the last parts of it",
)
_LISTED_TWICE = Oddity(
    "image is listed more than once and was taken once, with the boxes of all",
    "images are listed more than once and were taken once, with the boxes of all",
)
_NO_SIZE = Oddity(
    "image has no width and height in it; those of its file were taken",
    "images have no width and height in it; those of their files were taken",
)
_NO_NAME = Oddity(
    "category has no text under 'name' and was named by its id",
    "categories have no text under 'name' and were named by their ids",
)
_NO_CATEGORY = Oddity(
    "annotation is of no category of the file and was taken as an object, as all are one",
    "annotations are of no category of the file and were taken as objects, as all are one",
)
_NO_IMAGE = Oddity(
    "annotation is of no image of the file and was passed over",
    "annotations are of no image of the file and were passed over",
)
_OUTLINE = Oddity(
    "annotation has no bbox; the box around its segmentation was taken",
    "annotations have no bbox; the boxes around their segmentations were taken",
)


@dataclass(slots=True)
class _Reading:
    """What has been read of one file, and what is wrong with it."""

    path: Path
    part: str
    problems: Problems = field(default_factory=Problems)
    notices: Notices = field(init=False)

    def __post_init__(self) -> None:
        self.notices = Notices(self.path)

    @property
    def images_key(self) -> KeyPath:
        return ("data", self.part, "images")

    @property
    def annotations_key(self) -> KeyPath:
        return ("data", self.part, "annotations")

    def problem(self, text: str) -> None:
        self.problems.add(text, self.annotations_key)


def read_annotations(
    path: Path, images: Path, category: str | int | None, part: str = "train"
) -> Annotations:
    """The images of an annotation file and their boxes.

    `category` is the name or id of the one to take; None takes all as one. Boxes of other
    categories are background; boxes without area are passed over, as public files hold
    some. `part`, train or val, is the key that names the file. Raises DataError with the
    first problems of the file, each with the id of the annotation or image.
    """
    read = _Reading(path, part)
    document = _load(read, images)
    names = _categories(document, read)
    chosen = _chosen(names, category, read)
    by_id = _images(document, ImageFolder(images), read)
    boxes, counts = _boxes(document, by_id, names, chosen, read)
    read.problems.raise_if_any()
    listed = list({id(image): image for image in by_id.values() if image is not None}.values())
    if not listed:
        raise DataError(
            f"{shown(path)}: images: is empty; at least one image is needed", read.annotations_key
        )
    place_boxes(path, listed, boxes, read.annotations_key, read.notices)
    taken = None if chosen is None else frozenset(names[each] for each in chosen)
    first = next((each for each in names if chosen is None or each in chosen), None)
    kind = OBJECT if first is None else Category(first, names[first])
    return Annotations(listed, read.notices.lines(), counts, taken, shown(path), kind)


def _load(read: _Reading, images: Path) -> dict[str, Any]:
    path, key = read.path, read.annotations_key
    refuse_other_format(path, images, read.part)
    try:
        size = data_file(path).stat().st_size
        require_memory(size * _JSON_FACTOR, shown(path), lambda share: "split the file")
        with reading(path, "JSON"):
            document = json.loads(path.read_bytes())
    except RecursionError as error:
        raise DataError(f"{shown(path)}: cannot be read as JSON: nested too deep", key) from error
    except DataError as error:
        raise error.under(key) from error
    if other := name_of_json(document):
        raise DataError(f"{shown(path)}: {other}", key)
    if not isinstance(document, dict):
        raise DataError(f"{shown(path)}: is no COCO file: expected an object at the top", key)
    for name in ("images", "annotations"):
        if not isinstance(document.get(name), list):
            keys = ", ".join(map(quoted, list(document)[:5])) or "none"
            raise DataError(
                f"{shown(path)}: is no COCO file: expected a list under {name!r}; its keys are "
                f"{keys}; export the annotations as COCO",
                key,
            )
    if not isinstance(document.setdefault("categories", []), list | None):
        raise DataError(f"{shown(path)}: is no COCO file: expected a list under 'categories'", key)
    return document


def _entries(
    document: dict[str, Any], key: str, read: _Reading
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a list with a name for each, by its id or else by its place."""
    noun = "category" if key == "categories" else key[:-1]
    for position, entry in enumerate(document[key] or ()):
        identity = as_identity(entry.get("id")) if isinstance(entry, dict) else None
        if not isinstance(entry, dict):
            read.problem(
                f"{shown(read.path)}: {key}[{position}]: expected an object, got {quoted(entry)}"
            )
        elif identity is None:
            yield f"{shown(read.path)}: {key}[{position}]", entry
        else:
            yield f"{shown(read.path)}: {noun} {quoted(identity)}", entry


def _identity(where: str, entry: dict[str, Any], read: _Reading) -> _Id | None:
    """The id of an image or category, which others name; None, and a problem, without one."""
    identity = as_identity(entry.get("id"))
    if identity is None:
        read.problem(f"{where}: expected a whole number under 'id', got {_got(entry, 'id')}")
    return identity


def _categories(document: dict[str, Any], read: _Reading) -> dict[_Id, str]:
    """The name of every category by its id."""
    names: dict[_Id, str] = {}
    for where, entry in _entries(document, "categories", read):
        identity = _identity(where, entry, read)
        if identity is None:
            continue
        name = entry.get("name")
        if not isinstance(name, str):
            read.notices.add(_NO_NAME, _id_of(where))
            name = str(identity)
        if names.setdefault(identity, name) != name:
            read.problem(
                f"{where}: its id is used for {quoted(names[identity])} and for {quoted(name)}, "
                "so it is open which of them its annotations are"
            )
    return names


def _chosen(
    names: dict[_Id, str], category: str | int | None, read: _Reading
) -> frozenset[_Id] | None:
    """The ids of the categories to take; None for all of them."""
    if category is None:
        return None
    try:
        return chosen_categories(names, category, shown(read.path))
    except DataError as error:
        for key, problem in error.problems:
            read.problems.add(problem, key)
        return frozenset()


def _images(
    document: dict[str, Any], folder: ImageFolder, read: _Reading
) -> dict[_Id, AnnotatedImage | None]:
    """Every image by its id; None for one that is itself a problem."""
    images: dict[_Id, AnnotatedImage | None] = {}
    names: dict[_Id, str] = {}
    by_name: dict[str, AnnotatedImage] = {}
    by_path: dict[Path, str] = {}
    for where, entry in _entries(document, "images", read):
        identity, name = _identity(where, entry, read), entry.get("file_name")
        if identity is None:
            continue
        if not isinstance(name, str) or not name:
            read.problem(
                f"{where}: expected a text under 'file_name', got {_got(entry, 'file_name')}"
            )
            images.setdefault(identity, None)
            continue
        plain = same_name(name)
        if names.setdefault(identity, plain) != plain:
            read.problem(
                f"{where}: its id is used for {quoted(names[identity])} and for {quoted(name)}, "
                "so it is open whose its annotations are; give each image an id of its own"
            )
            continue
        if identity in images or plain in by_name:
            read.notices.add(_LISTED_TWICE, quoted(name))
            images.setdefault(identity, by_name.get(plain))
            continue
        image = images[identity] = _image(where, entry, name, folder, read)
        if image is None:
            continue
        by_name[plain] = image
        if by_path.setdefault(image.path, name) != name:
            read.problems.add(
                f"{where}: file_name {quoted(name)} and {quoted(by_path[image.path])} both lead "
                f"to {shown(image.path)}, so it is open which of them it is",
                read.images_key,
            )
    return images


def _image(
    where: str, entry: dict[str, Any], name: str, folder: ImageFolder, read: _Reading
) -> AnnotatedImage | None:
    try:
        path, exact = folder.find(name)
        shape = image_shape(path)
    except DataError as error:
        read.problems.add(f"{where}: {error}", read.images_key)
        return None
    if not exact:
        read.notices.add(
            _SPELLING, f"{quoted(name)} as {quoted(str(path.relative_to(folder.path)))}"
        )
    written = [as_number(entry.get(key)) for key in ("width", "height")]
    for key, number in zip(("width", "height"), written, strict=True):
        if number is None and entry.get(key) not in (None, ""):
            read.problem(f"{where}: expected a number under {key!r}, got {_got(entry, key)}")
            return None
    if None in written or min(each for each in written if each is not None) <= 0:
        if "width" in entry or "height" in entry:
            read.notices.add(_NO_SIZE, quoted(name))
        return AnnotatedImage(path, name, shape, None, identity=as_identity(entry["id"]))
    size = (written[0] or 0.0, written[1] or 0.0)
    if problem := size_problem(shape, size):
        read.problem(f"{where}: {problem[0]}, but {quoted(name)} is {problem[1]}")
        return None
    return AnnotatedImage(path, name, shape, size, identity=as_identity(entry["id"]))


def _boxes(
    document: dict[str, Any],
    images: dict[_Id, AnnotatedImage | None],
    names: dict[_Id, str],
    chosen: frozenset[_Id] | None,
    read: _Reading,
) -> tuple[list[WrittenBox], Counter[str]]:
    """The boxes of the file, those of other categories too, and how many each category has."""
    boxes: list[WrittenBox] = []
    counts: Counter[str] = Counter()
    without_image: list[tuple[str, dict[str, Any]]] = []
    by_name = {name: each for each, name in names.items()}
    for where, entry in _entries(document, "annotations", read):
        image_id = as_identity(entry.get("image_id"))
        category_id = as_identity(entry.get("category_id"))
        if image_id is None or image_id not in images:
            without_image.append((where, entry))
            continue
        if category_id not in names and isinstance(category_id, str):
            category_id = by_name.get(category_id, category_id)  # its name in place of its id
        if category_id is None and len(names) == 1:
            category_id = next(iter(names))
            read.notices.add(_NO_CATEGORY, _id_of(where))
        crowd = as_flag(entry.get("iscrowd"))
        box = written_box(entry.get("bbox"))
        empty = box is None or box[2:] == box[:2]
        if empty and (outline := outline_box(entry.get("segmentation"))):
            box = outline
            read.notices.add(_OUTLINE, _id_of(where))
        if crowd is None:
            read.problem(
                f"{where}: expected 0 or 1 under 'iscrowd', got {quoted(entry['iscrowd'])}"
            )
        elif box is None:
            read.problem(
                f"{where}: expected 4 finite numbers under 'bbox', got {_got(entry, 'bbox')}"
                + ("" if entry.get("segmentation") else ", and there is no segmentation")
            )
        elif box[2] < box[0] or box[3] < box[1]:
            read.problem(f"{where}: bbox {quoted(entry['bbox'])} has a negative width or height")
        elif category_id not in names and chosen is not None:
            few = ", ".join(map(quoted, islice(names, 5))) or "none"
            read.problem(
                f"{where}: there is no category with category_id {_got(entry, 'category_id')} "
                f"(there is {few}), so it is open whether it is of the one of data.category"
            )
        else:
            if category_id is None or category_id not in names:
                read.notices.add(_NO_CATEGORY, _id_of(where))
            if (image := images[image_id]) is not None:
                taken = chosen is None or category_id in chosen
                boxes.append(WrittenBox(where, image, box, entry.get("area"), crowd, taken))
            if not crowd and box[2] > box[0] and box[3] > box[1]:
                counts[names.get(category_id, "") if category_id is not None else ""] += 1
    _report_without_image(without_image, read, has_boxes=bool(boxes))
    return boxes, counts


def _report_without_image(
    entries: list[tuple[str, dict[str, Any]]], read: _Reading, *, has_boxes: bool
) -> None:
    """Problems where no annotation has an image, else notices: of a part of a split file."""
    for where, entry in entries:
        if has_boxes and as_identity(entry.get("image_id")) is not None:
            read.notices.add(_NO_IMAGE, _id_of(where))
        else:
            read.problem(f"{where}: there is no image with image_id {_got(entry, 'image_id')}")


def _id_of(where: str) -> str:
    """The last part of the name of an entry: `annotation 7`."""
    return where.rpartition(": ")[2]


def _got(entry: dict[str, Any], key: str) -> str:
    return quoted(entry[key]) if key in entry else "nothing"
