"""The anchors of the pictures of a data set, and which of them are rows: of every image builder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np
import numpy.typing as npt

from objtui.datafiles.memory import count_text, require_memory
from objtui.engine.data.images.anchor_reach import (
    LOW_CEILING,
    advice,
    better_anchors,
    share_text,
    sides_text,
    sizes_text,
)
from objtui.engine.data.images.anchors import Grid, Labels, anchor_grids, label_grids
from objtui.engine.data.images.pictures import PART_NAMES, Picture, Pictures, scenes_of
from objtui.errors import DataError
from objtui.scenario.schema import Anchors

LABEL_BYTES = 16
"""Of an anchor: its IoU and its flags, with those being computed."""

ROW_BYTES = 48
"""Of a row, beside its features: IoU, target, flags, with those being computed."""

_SAMPLE = 16  # pictures whose labels tell about how many rows there will be

Labelled = list[tuple[Grid, Labels]]
"""The grids of one image that hold anchors, with their labels."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledParts:
    """The labels of all anchors.

    Attributes:
        labels: of each part, of each of its pictures.
        notices: what is odd about them, a line each.
    """

    labels: list[list[Labelled]]
    notices: tuple[str, ...]

    @property
    def rows(self) -> list[int]:
        """Rows of each part."""
        return [sum(map(kept, part)) for part in self.labels]


def label_parts(
    pictures: Pictures, anchors: Anchors, fitted: str, *, decoded: bool = False
) -> LabelledParts:
    """The labels of every picture.

    Raises DataError where there are no rows, or boxes but no positive training row, or the labels
    do not fit in memory.

    Args:
        anchors, fitted: what `fit_anchors` gave: with sizes, and the notice of it.
        decoded: whether boxes are moved from their anchors, so that these set no ceiling.
    """
    parts = pictures.parts
    require_labels_fit(sum(anchor_count(each, anchors) for part in parts for each in part), anchors)
    labels = [_label(part, anchors, name) for part, name in zip(parts, PART_NAMES, strict=False)]
    _require_positives(pictures.train, labels[0], anchors)
    notices: list[str] = []
    for part, part_labels, name in zip(parts, labels, PART_NAMES, strict=False):
        notice = _lost_boxes(
            part,
            part_labels,
            anchors,
            name,
            fitted=bool(fitted),
            decoded=decoded,
            again=bool(notices),
        )
        notices += [notice] if notice else []
    if fitted:
        boxes = sum(len(picture.boxes) for picture in pictures.train)
        share = share_text(_matched(labels[0]), boxes)
        notices.insert(0, f"{fitted}; {share} of the boxes are reached")
    return LabelledParts(labels, tuple(notices))


def estimated_rows(pictures: Sequence[Picture], anchors: Anchors) -> int:
    """About how many anchors will be rows, by the labels of a few pictures."""
    sample = pictures[:: max(1, len(pictures) // _SAMPLE)]
    rows = sum(kept(_labelled(picture, anchors)) for picture in sample)
    counted = sum(anchor_count(picture, anchors) for picture in sample)
    total = sum(anchor_count(picture, anchors) for picture in pictures)
    return rows * total // max(1, counted)


def require_labels_fit(total: int, anchors: Anchors) -> None:
    """Raise DataError where the labels of so many anchors would not fit in memory."""
    needed = total * LABEL_BYTES
    require_memory(
        needed, f"a data set of {count_text(total)} anchors", partial(larger_stride, anchors)
    )


def larger_stride(anchors: Anchors, share: Fraction) -> str:
    """The stride by which a share of the memory is enough, or fewer images."""
    # Anchors are as many as the square of the stride is small.
    factor = math.isqrt(max(1, math.ceil(1 / share))) + 1
    return f"use data.anchors.stride = {anchors.stride * factor} or fewer images"


def anchor_count(picture: Picture, anchors: Anchors) -> int:
    """Anchors that lie whole inside a picture."""
    return sum(grid.count for grid in anchor_grids(picture.width, picture.height, anchors))


def kept(labels: Labelled) -> int:
    """Anchors of a picture that are rows."""
    return sum(int(each.kept.sum()) for _, each in labels)


def row_targets(
    labels: list[Labelled], iou_power: float | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Targets of the rows of a part, and which are positive: (rows,) each.

    Args:
        iou_power: as in `AnchorRules`.
    """
    flags = [(each.iou[each.kept], each.positive[each.kept]) for part in labels for _, each in part]
    iou = np.concatenate([each for each, _ in flags])  # (rows,)
    positive = np.concatenate([each for _, each in flags])  # (rows,)
    overlap = 1.0 if iou_power is None else np.minimum(iou, 1.0) ** iou_power
    return np.where(positive, overlap, 0.0), positive


def _label(pictures: Sequence[Picture], anchors: Anchors, name: str) -> list[Labelled]:
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
    if not any(map(kept, labels)):
        raise DataError(
            f"all anchors of the {name} images are left out, by their IoU or inside iscrowd boxes; "
            f"lower data.anchors.positive_iou, now {anchors.positive_iou:g}, or raise "
            f"negative_iou, now {anchors.negative_iou:g}",
            ("data", "anchors"),
        )
    return labels


def _labelled(picture: Picture, anchors: Anchors) -> Labelled:
    grids = anchor_grids(picture.width, picture.height, anchors)
    some = [grid for grid in grids if grid.count]
    return list(zip(some, label_grids(some, picture.boxes, picture.crowds, anchors), strict=True))


def _require_positives(
    pictures: Sequence[Picture], labels: list[Labelled], anchors: Anchors
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
    labels: list[Labelled],
    anchors: Anchors,
    name: str,
    *,
    fitted: bool,
    decoded: bool,
    again: bool,
) -> str:
    """That boxes have no positive anchor, so that no row stands for them; empty if all have.

    The share of the others is the recall ceiling: whatever is learnt finds no more of them.
    `again`: whether another part has lost some too, and it was said what would find them.
    """
    matched, boxes = _matched(labels), sum(len(picture.boxes) for picture in pictures)
    if matched == boxes:
        return ""
    more = "a larger data.anchors.count" if fitted else "more data.anchors.sizes, nearer to theirs,"
    remedy = f"{more} or a smaller stride would find them"
    if matched < LOW_CEILING * boxes and name == PART_NAMES[0]:
        remedy = better_anchors(scenes_of(pictures), anchors) or remedy
    ceiling = "" if decoded else f": the recall ceiling is {share_text(matched, boxes)}"
    lost = f"{boxes - matched} of {boxes} {name} boxes have no anchor of {_enough(anchors)}"
    return f"{lost} either{ceiling}" if again else f"{lost}{ceiling}; {remedy}"


def _matched(labels: list[Labelled]) -> int:
    """Boxes that have a positive anchor."""
    matched = [[label.matched for _, label in labelled] for labelled in labels if labelled]
    return sum(int(np.any(each, axis=0).sum()) for each in matched)


def _enough(anchors: Anchors) -> str:
    """The IoU by which an anchor is positive for a box."""
    return "IoU > 0" if anchors.per_object else f"IoU >= {anchors.positive_iou:g}"
