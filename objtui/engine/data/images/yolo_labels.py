"""The lines of a YOLO label file: `class cx cy w h` in shares of the image, or a polygon.

What Ultralytics takes is taken (`verify_image_label` in ultralytics/data/utils.py), but for a
line of 5 numbers among polygons, which it takes for two corners and which is a box here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from objtui.datafiles.files import quoted
from objtui.engine.data.images.annotation_box import Box

TOLERANCE = 0.01
"""How far beyond 0…1 a number may be, as rounding tools write it and Ultralytics takes it."""

_BOX = 5  # numbers of a box with its class
_COLUMNS = ("the class", "the centre's x", "the centre's y", "the width", "the height")
_MAX_CLASS = 1_000_000


@dataclass(frozen=True, slots=True)
class Label:
    """A box in shares of its image's width and height, and the line of its file."""

    line: int
    category: int
    box: Box


@dataclass(slots=True)
class Labels:
    """What a label file says.

    Attributes:
        labels: of boxes with an area, in the order of the file.
        problems: line and what is wrong with it.
        polygons, boxes: lines of polygons, and of boxes beside them.
        flat, repeated: lines of boxes without area, and of those that stand there before.
    """

    labels: list[Label] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    polygons: list[int] = field(default_factory=list)
    boxes: list[int] = field(default_factory=list)
    flat: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)


def parse_labels(text: str, keypoints: int = 0) -> Labels:
    """The labels of a file's text; empty lines are none.

    `keypoints`: numbers of keypoints that come after every box, which are passed over.
    """
    result = Labels()
    seen: set[tuple[int, Box]] = set()
    for line, row in enumerate(text.split("\n"), 1):
        words = row.split()
        if not words:
            continue
        numbers, problem = _numbers(words)
        if keypoints and len(numbers) == _BOX + keypoints:
            numbers = numbers[:_BOX]
        problem = problem or _row_problem(numbers, keypoints)
        if problem:
            result.problems.append((line, problem))
            continue
        polygon = len(numbers) > _BOX
        (result.polygons if polygon else result.boxes).append(line)
        label = Label(line, int(numbers[0]), _polygon_box(numbers) if polygon else _box(numbers))
        left, top, right, bottom = label.box
        if right <= left or bottom <= top:
            result.flat.append(line)
        elif (key := (label.category, label.box)) in seen:
            result.repeated.append(line)
        else:
            seen.add(key)
            result.labels.append(label)
    return result


def in_pixels(box: Box, width: int, height: int) -> Box:
    """A box in shares as one in pixels of an image of this size.

    Rounded to 2⁻²⁰ of a pixel: what is whole, or a half, in pixels comes out exactly, however
    many digits of its share rounding has cost.
    """
    left, top, right, bottom = box
    return (
        _on_grid(left * width),
        _on_grid(top * height),
        _on_grid(right * width),
        _on_grid(bottom * height),
    )


def _on_grid(value: float) -> float:
    return round(value * (1 << 20)) / (1 << 20)


def _numbers(words: list[str]) -> tuple[list[float], str]:
    """The numbers of a line, and what is wrong where a word is none."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    if numbers and all(map(math.isfinite, numbers)) and not any("_" in word for word in words):
        return numbers, ""
    if any("," in word or ";" in word for word in words):
        return [], (
            f"{quoted(' '.join(words))} has commas; expected numbers with decimal points, with "
            "spaces between: class cx cy w h"
        )
    wrong = next(word for word in words if not _is_number(word))
    return [], f"{quoted(wrong)} is not a finite number; expected class cx cy w h"


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word)) and "_" not in word
    except ValueError:
        return False


def _row_problem(numbers: list[float], keypoints: int) -> str:
    """What is wrong with the numbers of a line; empty if nothing is."""
    count = len(numbers)
    if keypoints and count != _BOX:
        return (
            f"has {count} numbers; with kpt_shape a line has {_BOX + keypoints}: class cx cy w h "
            "and the keypoints"
        )
    if count < _BOX:
        return f"has {count} number{'s' * (count != 1)}; expected 5: class cx cy w h"
    if count == _BOX + 1:
        return (
            "has 6 numbers, as predictions saved with a confidence have; expected 5: class cx cy "
            "w h; remove the last, or give the labels themselves"
        )
    if count % 2 == 0:
        return (
            f"has {count} numbers; expected 5 (class cx cy w h), or a class and the x and y of a "
            "polygon's corners; of keypoints data.yaml says kpt_shape"
        )
    category = numbers[0]
    if not category.is_integer() or not 0 <= category <= _MAX_CLASS:
        return f"class {category:g} is not a whole number from 0 on"
    return _range_problem(numbers)


def _range_problem(numbers: list[float]) -> str:
    """That a number is no share of the image."""
    sizes = len(numbers) == _BOX
    for place, number in enumerate(numbers[1:], 1):
        # A negative size is a box without area, which is passed over.
        low = -math.inf if sizes and place >= 3 else -TOLERANCE
        if not low <= number <= 1 + TOLERANCE:
            if not sizes:
                return (
                    f"{'x' if place % 2 else 'y'} is {number:g}, outside 0…1; expected a polygon's "
                    "corners in shares of the image's size; of keypoints data.yaml says kpt_shape"
                )
            return (
                f"{_COLUMNS[place]} is {number:g}, outside 0…1; YOLO has shares of the image: "
                "divide x and width by the image's width, y and height by its height"
            )
    return ""


def _box(numbers: list[float]) -> Box:
    x, y, width, height = numbers[1:]
    return (x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _polygon_box(numbers: list[float]) -> Box:
    xs, ys = numbers[1::2], numbers[2::2]
    return (min(xs), min(ys), max(xs), max(ys))
