"""Rows from the anchors of images: what the sources of images share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from objtui.datafiles.files import Problems
from objtui.datafiles.memory import count_text, require_memory
from objtui.engine.data.arrays import Features, block_bytes, numpy_dtype, standardize
from objtui.engine.data.dataset import Dataset, Rows, make_rows
from objtui.engine.data.images.anchor_reach import (
    LOW_CEILING,
    Scene,
    advice,
    better_anchors,
    fit_anchors,
    share_text,
    sides_text,
    sizes_text,
)
from objtui.engine.data.images.anchors import (
    Boxes,
    Grid,
    Labels,
    anchor_grids,
    anchor_sides,
    label_grids,
)
from objtui.engine.data.images.crops import workspace_bytes, write_crops
from objtui.engine.data.parallel import Progress, in_parallel, workers
from objtui.errors import DataError
from objtui.scenario.schema import Anchors
from objtui.session import ProgressListener

_LABEL_BYTES = 16  # of an anchor: its IoU and its flags, with those being computed
_ROW_BYTES = 48  # of a row, beside its features: IoU, target, flags, with those being computed
_ROUNDING = 4  # units of rounding of a resized pixel, whose values are up to 1

_NAMES = ("training", "validation")
_PART_KEYS = {"training": "train", "validation": "val"}

_Labelled = list[tuple[Grid, Labels]]
"""The grids of one image that hold anchors, with their labels."""

Pixels = npt.NDArray[np.floating[Any]]
"""`(height, width, channels)` in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An image with its boxes; the pixels are made when they are asked for.

    Attributes:
        width, height, channels: its shape.
        boxes: `(boxes, 4)`, the objects.
        crowds: `(crowds, 4)`, regions whose negatives are left out.
        pixels: returns the pixels in the dtype that it is given; may raise
            DataError where the image turns out to be damaged.
    """

    width: int
    height: int
    channels: int
    boxes: Boxes
    crowds: Boxes
    pixels: Callable[[np.dtype[Any]], Pixels]


@dataclass(frozen=True, slots=True)
class AnchorRules:
    """How anchors of images become rows: the keys that all sources of images have.

    `seed` is that of fitting sizes that are "auto".
    """

    anchors: Anchors
    objectness: Literal["hard", "iou"]
    crop: int
    seed: int = 0

    def width(self, channels: int) -> int:
        """Number of features of a row."""
        return self.crop * self.crop * channels + len(_side_features(self.anchors)[0])


def require_anchors_fit(
    rules: AnchorRules, anchors: int, rows: int, channels: int, itemsize: int
) -> None:
    """Raise DataError where labels of `anchors` and features of `rows` would not fit in memory."""
    width = rules.width(channels)
    needed = anchors * _LABEL_BYTES + rows * (width * itemsize + _ROW_BYTES)
    most = count_text(max(anchors, rows))
    what = f"a data set of {most} anchors with {count_text(width)} features"
    require_memory(needed + block_bytes(width), what, partial(_smaller, rules))


def _smaller(rules: AnchorRules, share: Fraction) -> str:
    """Which keys to change so that a share of the memory is enough."""
    # Anchors are as many as the square of the stride is small, features as that of the crop.
    factor = math.isqrt(max(1, math.ceil(1 / share))) + 1
    stride, crop = rules.anchors.stride * factor, rules.crop // factor
    smaller_crop = f", data.crop = {crop}" if crop else ""
    return f"use data.anchors.stride = {stride}{smaller_crop} or fewer images"


def build_anchor_rows(
    train: Sequence[Picture],
    val: Sequence[Picture] | None,
    rules: AnchorRules,
    precision: torch.dtype,
    progress: ProgressListener,
) -> Dataset:
    """A row for every anchor that is positive or negative.

    Rows follow the images, in them the sizes, in those the anchors row by row.
    Features: the resized crop (y, x, channel), then width and height over the
    largest anchor side, or one number where all anchors are square; each
    standardised by the training rows. The images are all of one number of
    channels. Raises DataError where no anchor is left or memory is too small, or there are
    no boxes to fit sizes to.
    """
    anchors, fitted = fit_anchors(scenes_of(train), rules.anchors, rules.seed)
    rules = replace(rules, anchors=anchors)
    dtype = numpy_dtype(precision)
    parts = [train] if val is None else [train, val]
    total = sum(_anchor_count(picture, rules.anchors) for part in parts for picture in part)
    require_anchors_fit(rules, total, 0, train[0].channels, dtype.itemsize)
    labels = [_label(part, rules.anchors, name) for part, name in zip(parts, _NAMES, strict=False)]
    _require_positives(train, labels[0], rules.anchors)
    rows = sum(_kept(each) for part in labels for each in part)
    _require_features_fit(parts, rules, rows, dtype)
    features = [
        _features(part, part_labels, rules, dtype, name, progress)
        for part, part_labels, name in zip(parts, labels, _NAMES, strict=False)
    ]
    rounding = _ROUNDING * float(np.finfo(dtype).eps)
    standardize(features[0], features[1] if val is not None else None, rounding)
    done = [
        _rows(part, part_labels, rules) for part, part_labels in zip(features, labels, strict=True)
    ]
    notices = [
        notice
        for part, part_labels, name in zip(parts, labels, _NAMES, strict=False)
        if (notice := _lost_boxes(part, part_labels, anchors, name, fitted=bool(fitted)))
    ]
    if fitted:
        boxes = sum(len(picture.boxes) for picture in train)
        share = share_text(_matched(labels[0]), boxes)
        notices.insert(0, f"{fitted}; {share} of the boxes are reached")
    return Dataset(done[0], done[1] if val is not None else None, tuple(notices))


def scenes_of(pictures: Sequence[Picture]) -> list[Scene]:
    """Size and boxes of every picture, which is all that anchors are fitted by."""
    return [(picture.width, picture.height, picture.boxes) for picture in pictures]


def _anchor_count(picture: Picture, anchors: Anchors) -> int:
    return sum(grid.count for grid in anchor_grids(picture.width, picture.height, anchors))


def _label(pictures: Sequence[Picture], anchors: Anchors, name: str) -> list[_Labelled]:
    """The labels of every image; DataError where no anchor of them all is a row."""
    labels = [_labelled(picture, anchors) for picture in pictures]
    if not any(labels):
        sizes = sizes_text(anchors)
        largest = max(pictures, key=lambda picture: picture.width * picture.height)
        raise DataError(
            f"the {name} images have no anchors: none of the sizes {sizes} at stride "
            f"{anchors.stride} lies whole inside an image (the largest is "
            f"{largest.width} × {largest.height}); use data.anchors.sizes of at most "
            f"{min(largest.width, largest.height)}",
            ("data", "anchors", "sizes"),
        )
    if not any(map(_kept, labels)):
        raise DataError(
            f"all anchors of the {name} images are left out, by their IoU or inside iscrowd boxes; "
            f"lower data.anchors.positive_iou, now {anchors.positive_iou:g}, or raise "
            f"negative_iou, now {anchors.negative_iou:g}",
            ("data", "anchors"),
        )
    return labels


def _labelled(picture: Picture, anchors: Anchors) -> _Labelled:
    grids = anchor_grids(picture.width, picture.height, anchors)
    some = [grid for grid in grids if grid.count]
    return list(zip(some, label_grids(some, picture.boxes, picture.crowds, anchors), strict=True))


def _require_positives(
    pictures: Sequence[Picture], labels: list[_Labelled], anchors: Anchors
) -> None:
    """Raise DataError where there are boxes, but no anchor of the training images is positive."""
    boxes = sum(len(picture.boxes) for picture in pictures)
    if not boxes or any(label.positive.any() for labelled in labels for _, label in labelled):
        return
    scenes = scenes_of(pictures)
    raise DataError(
        f"none of the {boxes} training boxes, of {sides_text(scenes)} pixels, has an anchor of "
        f"{_enough(anchors)} among sizes {sizes_text(anchors)} at stride {anchors.stride}, so no "
        f"row is positive; {advice(scenes, anchors)}",
        ("data", "anchors", "sizes"),
    )


def _lost_boxes(
    pictures: Sequence[Picture],
    labels: list[_Labelled],
    anchors: Anchors,
    name: str,
    *,
    fitted: bool,
) -> str:
    """That boxes have no positive anchor, so that no row stands for them; empty if all have.

    The share of the others is the recall ceiling: whatever is learnt finds no more of them.
    """
    matched, boxes = _matched(labels), sum(len(picture.boxes) for picture in pictures)
    if matched == boxes:
        return ""
    more = "a larger data.anchors.count" if fitted else "more data.anchors.sizes, nearer to theirs,"
    remedy = f"{more} or a smaller stride would find them"
    if matched < LOW_CEILING * boxes and name == _NAMES[0]:
        remedy = better_anchors(scenes_of(pictures), anchors) or remedy
    return (
        f"{boxes - matched} of {boxes} {name} boxes have no anchor of {_enough(anchors)} and give "
        f"no positive row: the recall ceiling is {share_text(matched, boxes)}; {remedy}"
    )


def _matched(labels: list[_Labelled]) -> int:
    """Boxes that have a positive anchor."""
    matched = [[label.matched for _, label in labelled] for labelled in labels if labelled]
    return sum(int(np.any(each, axis=0).sum()) for each in matched)


def _enough(anchors: Anchors) -> str:
    """The IoU by which an anchor is positive for a box."""
    return "IoU > 0" if anchors.per_object else f"IoU >= {anchors.positive_iou:g}"


def _kept(labels: _Labelled) -> int:
    return sum(int(each.kept.sum()) for _, each in labels)


def _require_features_fit(
    parts: list[Sequence[Picture]], rules: AnchorRules, rows: int, dtype: np.dtype[Any]
) -> None:
    """Raise DataError where the features and the work on so many of the largest image would not."""
    channels = parts[0][0].channels
    require_anchors_fit(rules, 0, rows, channels, dtype.itemsize)
    work = max(
        # An image as its file has it, converted, and as numbers.
        picture.width * picture.height * channels * (2 * dtype.itemsize + 4)
        + max(
            workspace_bytes(grid, rules.crop, picture.width, channels, dtype.itemsize)
            for grid in anchor_grids(picture.width, picture.height, rules.anchors)
        )
        for part in parts
        for picture in part
    )
    at_once = min(workers(), max(map(len, parts)))
    width = rules.width(channels)
    what = f"a data set of {count_text(rows)} anchors with {count_text(width)} features"
    needed = rows * (width * dtype.itemsize + _ROW_BYTES) + at_once * work
    require_memory(needed, what, partial(_smaller, rules))


def _features(
    pictures: Sequence[Picture],
    labels: list[_Labelled],
    rules: AnchorRules,
    dtype: np.dtype[Any],
    name: str,
    progress: ProgressListener,
) -> Features:
    """The features of every row before they are standardised: `(rows, features)`.

    Every worker writes the rows of its pictures into their place, so no second copy
    arises, and the result is the same to the last bit however many work.
    """
    channels = pictures[0].channels
    pixel_features = rules.crop * rules.crop * channels
    sides = dict(zip(anchor_sides(rules.anchors), _side_features(rules.anchors), strict=True))
    features = np.empty((sum(map(_kept, labels)), rules.width(channels)), dtype)
    ends = np.cumsum([_kept(labelled) for labelled in labels]).tolist()
    positions = range(len(pictures))

    def write(position: int) -> str | None:
        """Write the rows of one picture, which no other touches; what is wrong with it."""
        end = ends[position]
        rows = features[end - _kept(labels[position]) : end]
        try:
            image = pictures[position].pixels(dtype)
        except DataError as error:
            return str(error)
        for grid, label in labels[position]:
            mine, rows = np.split(rows, [int(label.kept.sum())])
            write_crops(image, grid, rules.crop, label.kept, mine[:, :pixel_features])
            mine[:, pixel_features:] = sides[grid.x.size, grid.y.size]
        return None

    problems, building = Problems(), Progress(f"{name} anchors", len(features), progress)
    for end, problem in zip(ends, in_parallel(write, positions), strict=True):
        if problem is not None:
            problems.add(problem, ("data", _PART_KEYS[name], "images"))
        building.done(end)
    problems.raise_if_any()
    return features


def _side_features(anchors: Anchors) -> list[tuple[float, ...]]:
    """The size of each kind of anchor over the largest side: one number if all are square."""
    sides = anchor_sides(anchors)
    largest = max(max(side) for side in sides)
    if all(w == h for w, h in sides):
        return [(w / largest,) for w, _ in sides]
    return [(w / largest, h / largest) for w, h in sides]


def _rows(features: Features, labels: list[_Labelled], rules: AnchorRules) -> Rows:
    kept = [(each.iou[each.kept], each.positive[each.kept]) for part in labels for _, each in part]
    iou = np.concatenate([each for each, _ in kept])  # (rows,)
    positive = np.concatenate([each for _, each in kept])  # (rows,)
    overlap = np.minimum(iou, 1.0) if rules.objectness == "iou" else 1.0
    return make_rows(features, np.where(positive, overlap, 0.0), positive)
