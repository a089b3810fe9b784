"""Whether the boxes of a file are in the pixels of its images, and cutting them to those.

That is a question to all boxes of a file together: one box alone may be anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from objtui.datafiles.files import Notices, Oddity, quoted, shown
from objtui.engine.data.images.annotation_box import Box, as_number
from objtui.engine.data.images.images import ImageShape
from objtui.errors import DataError, KeyPath
from objtui.measures.all_detections import OBJECT, Category

OUTSIDE_ALLOWED = 1.0
"""Pixels by which a box may leave its image: annotation tools round that far."""

_MOSTLY = 0.5  # share of boxes, from which on they cannot be slips
_FEW = 3  # boxes that may be corners by chance

_CUT = Oddity(
    "box reaches past its image and was cut", "boxes reach past their images and were cut"
)
_OUTSIDE = Oddity(
    "box lies outside its image and was passed over",
    "boxes lie outside their images and were passed over",
)
_THIN = Oddity(
    "box is less than a pixel wide or high; no anchor can match it",
    "boxes are less than a pixel wide or high; no anchor can match them",
)
_TURNED = Oddity(
    "image is turned upright by its EXIF orientation, as viewers do, and its boxes were taken "
    "as drawn on the upright picture",
    "images are turned upright by their EXIF orientation, as viewers do, and their boxes were "
    "taken as drawn on the upright picture",
)
_TURNED_TOO = Oddity(
    "image is turned upright by its EXIF orientation, and its boxes, which are those of the "
    "stored picture, with it",
    "images are turned upright by their EXIF orientation, and their boxes, which are those of "
    "the stored pictures, with them",
)


@dataclass(slots=True, eq=False)
class AnnotatedImage:
    """An image file with the boxes of the chosen category.

    `name` is its file_name, `size` the width and height that the annotations give, if any,
    `identity` its id there.
    """

    path: Path
    name: str
    shape: ImageShape
    size: tuple[float, float] | None
    boxes: list[Box] = field(default_factory=list)
    crowds: list[Box] = field(default_factory=list)
    identity: int | str | None = None


@dataclass(frozen=True, slots=True)
class Annotations:
    """What the annotations of a part of a data set say.

    Attributes:
        images: in their order, those without a box too.
        notices: what was read otherwise than it is written, a line a kind.
        counts: boxes of every name of a category.
        chosen: the names of the categories taken; None where all are.
        where: the file or folder that they are from, for people.
        category: the first of those taken, by its id there.
    """

    images: list[AnnotatedImage]
    notices: tuple[str, ...]
    counts: Counter[str]
    chosen: frozenset[str] | None
    where: str
    category: Category = OBJECT


@dataclass(slots=True)
class WrittenBox:
    """A box as it is written, in whatever it is measured.

    `area` is what the annotation gives as its area, `taken` whether the category is chosen.
    """

    where: str
    image: AnnotatedImage
    corners: Box
    area: object
    crowd: bool
    taken: bool


def size_problem(shape: ImageShape, size: tuple[float, float]) -> tuple[str, str] | None:
    """What the annotations say of an image's size and what it is; None where that agrees.

    Both the size of the stored and that of the upright picture agree.
    """
    if size in ((shape.width, shape.height), shape.stored):
        return None
    width, height = size
    key, number = ("width", width) if width != shape.width else ("height", height)
    actual = f"{shape.width} × {shape.height} pixels"
    if size == (shape.height, shape.width):
        actual += ": the two are swapped, or the image was turned after it was annotated"
    else:
        actual += (
            f"; the boxes are for {width:g} × {height:g}: use the images that were annotated, "
            "or export the annotations again"
        )
    return f"{key} is {number:g}", actual


def place_boxes(
    path: Path,
    images: Sequence[AnnotatedImage],
    boxes: Sequence[WrittenBox],
    key: KeyPath,
    notices: Notices,
) -> None:
    """Give every image the boxes that are taken, in pixels of the upright picture.

    Raises DataError, with `key`, where the boxes of the file are not in pixels.
    """
    solid = [box for box in boxes if _area(box.corners) > 0]
    _refuse_shares(path, solid, key)
    _turn(path, images, solid, key, notices)
    _refuse_corners(path, solid, key)
    _refuse_other_images(path, solid, key)
    thin = [box for box in solid if min(_sides(box.corners)) < 1 and not box.crowd]
    if thin and len(thin) == sum(not box.crowd for box in solid):
        shape = thin[0].image.shape
        raise DataError(
            f"{shown(path)}: all {len(thin)} boxes are less than a pixel wide or high, as "
            f"{_text(thin[0])} in an image of {shape.width} × {shape.height} pixels, so no anchor "
            "can match one; COCO is in pixels: export the annotations again",
            key,
        )
    _cut_boxes(boxes, notices)


def place_upright_boxes(
    images: Sequence[AnnotatedImage], boxes: Sequence[WrittenBox], notices: Notices
) -> None:
    """Give every image the boxes that are taken, all drawn on the upright picture, in pixels."""
    for image in images:
        if image.shape.orientation != 1:
            notices.add(_TURNED, quoted(image.name))
    _cut_boxes(boxes, notices)


def _cut_boxes(boxes: Sequence[WrittenBox], notices: Notices) -> None:
    """Give every image its boxes, as far as they lie in it."""
    for box in boxes:
        if _area(box.corners) > 0 and min(_sides(box.corners)) < 1 and not box.crowd:
            notices.add(_THIN, _text(box))
    for box in boxes:
        inside = _cut(box, notices)
        if box.taken and inside is not None and _area(inside) > 0:
            (box.image.crowds if box.crowd else box.image.boxes).append(inside)


def _cut(box: WrittenBox, notices: Notices) -> Box | None:
    """The part of a box that is in its image; None where none is."""
    shape = box.image.shape
    if not _leaves(box.corners, shape.width, shape.height):
        return box.corners
    inside = _within(box.corners, shape.width, shape.height)
    if _area(box.corners) == 0:
        return None
    notices.add(_CUT if _area(inside) > 0 else _OUTSIDE, _text(box))
    return inside


def _turn(
    path: Path,
    images: Sequence[AnnotatedImage],
    boxes: Sequence[WrittenBox],
    key: KeyPath,
    notices: Notices,
) -> None:
    """Turn boxes of stored pictures upright, where the file's boxes are those.

    Boxes that fit only in stored pictures say so; else viewers are believed, which annotation
    tools are too, whatever size a script has written into the file.
    """
    turned = [image for image in images if image.shape.orientation != 1]
    sideways = [image for image in turned if _is_sideways(image)]
    sideways_ids = {id(image) for image in sideways}
    only_stored = only_upright = 0
    for box in boxes:
        if id(box.image) in sideways_ids:
            shape = box.image.shape
            fits_upright = not _leaves(box.corners, shape.width, shape.height)
            fits_stored = not _leaves(box.corners, *shape.stored)
            only_stored += fits_stored and not fits_upright
            only_upright += fits_upright and not fits_stored
    if only_stored and only_upright:
        raise DataError(
            f"{shown(path)}: {only_upright} boxes fit only in their images as EXIF turns them "
            f"upright, {only_stored} only as they are stored; save the images without an EXIF "
            "orientation and annotate them again",
            key,
        )
    as_stored = only_stored > 0
    for image in turned:
        kind = _TURNED_TOO if as_stored and id(image) in sideways_ids else _TURNED
        notices.add(kind, quoted(image.name))
    if as_stored:
        for box in boxes:
            if id(box.image) in sideways_ids:
                box.corners = upright_box(box.corners, box.image.shape)


def _is_sideways(image: AnnotatedImage) -> bool:
    """Whether upright and stored picture differ in size, and the file does not say the upright."""
    upright = (image.shape.width, image.shape.height)
    return image.shape.stored != upright != image.size


def upright_box(box: Box, shape: ImageShape) -> Box:
    """A box of the stored picture as one of the upright picture."""
    width, height = shape.stored
    turns: dict[int, Callable[[float, float], tuple[float, float]]] = {
        1: lambda x, y: (x, y),
        2: lambda x, y: (width - x, y),
        3: lambda x, y: (width - x, height - y),
        4: lambda x, y: (x, height - y),
        5: lambda x, y: (y, x),
        6: lambda x, y: (height - y, x),
        7: lambda x, y: (height - y, width - x),
        8: lambda x, y: (y, width - x),
    }
    turn = turns[shape.orientation]
    (x0, y0), (x1, y1) = turn(*box[:2]), turn(*box[2:])
    return (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _refuse_shares(path: Path, boxes: Sequence[WrittenBox], key: KeyPath) -> None:
    """Boxes in shares of the image's size, as YOLO has them, are not in pixels."""
    if not boxes or any(max(map(abs, box.corners)) > 1.01 for box in boxes):
        return
    if all(max(box.image.shape.width, box.image.shape.height) <= 2 for box in boxes):
        return
    first = boxes[0]
    shape = first.image.shape
    raise DataError(
        f"{shown(path)}: all {len(boxes)} boxes lie within 0…1, as {_text(first)} does in an image "
        f"of {shape.width} × {shape.height} pixels: they are shares of the image's width and "
        "height; multiply x and width by the width, y and height by the height, as COCO is in "
        "pixels",
        key,
    )


def _refuse_corners(path: Path, boxes: Sequence[WrittenBox], key: KeyPath) -> None:
    """Boxes whose last two numbers are the other corner and not width and height.

    They are where all are corners inside their images, and either all areas that the file
    gives are those of corners, or some box leaves its image as (x, y, width, height).
    """
    as_sizes = as_corners = 0
    for box in boxes:
        left, top, x1, y1 = *box.corners[:2], *_sides(box.corners)
        if not (left < x1 and top < y1) or _leaves((left, top, x1, y1), *_size(box)):
            return
        area = as_number(box.area)
        as_sizes += _is_near(area, x1 * y1)
        as_corners += _is_near(area, (x1 - left) * (y1 - top))
    leaving = [box for box in boxes if _leaves(box.corners, *_size(box))]
    by_area = boxes and as_corners == len(boxes) and not as_sizes
    by_place = len(boxes) >= _FEW and leaving and not as_sizes
    if not by_area and not by_place:
        return
    first = (leaving or boxes)[0]
    raise DataError(
        f"{shown(path)}: the {len(boxes)} boxes seem to be corners (left, top, right, bottom), "
        "as which all lie inside their images; COCO has (x, y, width, height), as which "
        f"{len(leaving)} reach past theirs, {_text(first)} in one of {_size(first)[0]} × "
        f"{_size(first)[1]} pixels; subtract x from the third number and y from the fourth",
        key,
    )


def _is_near(area: float | None, expected: float) -> bool:
    return area is not None and abs(area - expected) <= 0.01 * expected


def _refuse_other_images(path: Path, boxes: Sequence[WrittenBox], key: KeyPath) -> None:
    """Boxes most of which lie outside their images are of other images."""
    outside = [box for box in boxes if _area(_within(box.corners, *_size(box))) == 0]
    if not outside or len(outside) <= _MOSTLY * len(boxes):
        return
    right = max(box.corners[2] for box in boxes)
    bottom = max(box.corners[3] for box in boxes)
    first = outside[0]
    raise DataError(
        f"{shown(path)}: {len(outside)} of {len(boxes)} boxes lie outside their images, as "
        f"{_text(first)} does in one of {_size(first)[0]} × {_size(first)[1]} pixels; the boxes "
        f"reach to {right:g} × {bottom:g}: use the images that were annotated, or export the "
        "annotations again",
        key,
    )


def _text(box: WrittenBox) -> str:
    """A box as a message names it, in COCO's (x, y, width, height)."""
    left, top = box.corners[:2]
    width, height = _sides(box.corners)
    name = box.where.rpartition(": ")[2]
    return f"{name}: bbox {left:.6g}, {top:.6g}, {width:.6g}, {height:.6g}"


def _size(box: WrittenBox) -> tuple[int, int]:
    return box.image.shape.width, box.image.shape.height


def _sides(corners: Box) -> tuple[float, float]:
    left, top, right, bottom = corners
    return right - left, bottom - top


def _area(corners: Box) -> float:
    width, height = _sides(corners)
    return width * height if width > 0 and height > 0 else 0.0


def _within(corners: Box, width: float, height: float) -> Box:
    left, top, right, bottom = corners
    return (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))


def _leaves(corners: Box, width: float, height: float) -> bool:
    left, top, right, bottom = corners
    return (
        min(left, top) < -OUTSIDE_ALLOWED
        or right > width + OUTSIDE_ALLOWED
        or bottom > height + OUTSIDE_ALLOWED
    )
