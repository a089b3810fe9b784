"""The box of one COCO annotation, from what export tools write under `bbox` and `segmentation`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

MAX_MASK_PIXELS = 1 << 32
"""Pixels of a run-length encoded mask; no picture has more."""

_DICT_KEYS = (("x", "y", "width", "height"), ("x", "y", "w", "h"))


def as_number(value: object) -> float | None:
    """A finite number, also one that is written as text; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and (len(value) > 40 or "_" in value):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_identity(value: object) -> int | str | None:
    """An id: 1, 1.0 and "1" are the same one; None where it is no id."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if not isinstance(value, str) or not value.strip():
        return None
    text = value.strip()
    plain = text.removeprefix("-")
    written = plain.isascii() and plain.isdigit() and len(plain) < 19
    return int(text) if written and str(int(text)) == text else text


def as_flag(value: object) -> bool | None:
    """`iscrowd`: 0 or 1 in whatever way it is written, null for 0; None where it is neither."""
    if value is None or value == "":
        return False
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    number = float(value) if isinstance(value, bool) else as_number(value)
    return None if number not in (0, 1) else bool(number)


def written_box(value: object) -> Box | None:
    """Corners of [x, y, width, height], or of an object with those keys; None where it is none."""
    if isinstance(value, dict):
        keys = next((keys for keys in _DICT_KEYS if all(key in value for key in keys)), None)
        value = None if keys is None else [value[key] for key in keys]
    if not isinstance(value, list) or len(value) != 4:
        return None
    numbers = [number for each in value if (number := as_number(each)) is not None]
    if len(numbers) != 4:
        return None
    left, top, width, height = numbers
    corners = (left, top, left + width, top + height)
    return corners if all(map(math.isfinite, corners)) else None


def outline_box(segmentation: object) -> Box | None:
    """The box around polygons, or around a run-length encoded mask; None where there is neither."""
    if isinstance(segmentation, dict):
        return _mask_box(segmentation)
    if not isinstance(segmentation, list):
        return None
    flat = segmentation if segmentation and not isinstance(segmentation[0], list) else None
    polygons: list[Any] = [flat] if flat is not None else segmentation
    xs: list[float] = []
    ys: list[float] = []
    for polygon in polygons:
        if not isinstance(polygon, list):
            return None
        pairs = polygon and all(isinstance(point, list) and len(point) == 2 for point in polygon)
        flat_polygon = [each for point in polygon for each in point] if pairs else polygon
        numbers = [as_number(each) for each in flat_polygon]
        if None in numbers or len(numbers) % 2:
            return None
        values = [each for each in numbers if each is not None]
        xs += values[::2]
        ys += values[1::2]
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None


def _mask_box(mask: dict[str, Any]) -> Box | None:
    """The box of a mask's pixels: runs of background and object down the columns in turn."""
    size, counts = mask.get("size"), mask.get("counts")
    if not isinstance(size, list) or [type(each) for each in size] != [int, int]:
        return None
    height, width = size
    if not 0 < height * width <= MAX_MASK_PIXELS or min(size) < 1:
        return None
    runs = _decoded_runs(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(run) is int and run >= 0 for run in runs):
        return None
    return _runs_box(runs, height, width)


def _runs_box(runs: Sequence[int], height: int, width: int) -> Box | None:
    left, top, right, bottom = width, height, 0, 0
    start = 0
    for position, run in enumerate(runs):
        end = start + run
        if end > height * width:
            return None
        if position % 2 and run:
            first, last = start // height, (end - 1) // height
            whole = last > first
            left, right = min(left, first), max(right, last + 1)
            top = 0 if whole else min(top, start % height)
            bottom = height if whole else max(bottom, (end - 1) % height + 1)
        start = end
    return (float(left), float(top), float(right), float(bottom)) if right > left else None


def _decoded_runs(text: str) -> list[int] | None:
    """The runs of a compressed mask (rleFrString of pycocotools, common/maskApi.c)."""
    runs: list[int] = []
    value = shift = 0
    for char in text:
        code = ord(char) - 48
        if not 0 <= code < 64 or shift > 60:
            return None
        value |= (code & 0x1F) << shift
        shift += 5
        if code & 0x20:
            continue
        if code & 0x10:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    return runs
