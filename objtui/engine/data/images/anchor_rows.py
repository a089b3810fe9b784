"""Rows from the anchors of images: their crops in 8 bits, and their sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

import numpy as np
import numpy.typing as npt
import torch

from objtui.datafiles.files import Problems
from objtui.datafiles.memory import count_text, fitting, require_memory
from objtui.engine.data.arrays import block_bytes
from objtui.engine.data.dataset import Dataset, Rows
from objtui.engine.data.features import Bytes, crop_tables
from objtui.engine.data.images.anchor_reach import fit_anchors
from objtui.engine.data.images.anchors import anchor_grids, anchor_sides
from objtui.engine.data.images.crops import workspace_bytes, write_crops
from objtui.engine.data.images.part_labels import (
    LABEL_BYTES,
    ROW_BYTES,
    Labelled,
    anchor_count,
    estimated_rows,
    kept,
    label_parts,
    row_targets,
)
from objtui.engine.data.images.pictures import (
    PART_KEYS,
    PART_NAMES,
    Picture,
    Pictures,
    in_bytes,
    scenes_of,
)
from objtui.engine.data.parallel import Progress, in_parallel, workers
from objtui.errors import DataError
from objtui.scenario.schema import Anchors
from objtui.session import ProgressListener

_SURE = 0.8  # of an estimate: what is certainly needed
_WORK = np.dtype(np.float32)  # of pixels that are being resized

Kinds = npt.NDArray[np.int16]
"""`(rows,)`: which of the anchor sizes a row is of."""


@dataclass(frozen=True, slots=True)
class AnchorRules:
    """How anchors of images become rows: the keys that all sources of images have.

    `iou_power` is the power of its overlap that is the positive's target, None where that is 1.
    `seed` is that of fitting sizes that are "auto"; `evaluated_bytes` is what a training keeps of
    each evaluation row beside its features: that must fit, too.
    """

    anchors: Anchors
    iou_power: float | None
    crop: int
    seed: int = 0
    evaluated_bytes: int = 0

    def width(self, channels: int) -> int:
        """Number of features of a row."""
        return self.crop * self.crop * channels + len(side_features(self.anchors)[0])


def build_anchor_rows(
    pictures: Pictures, rules: AnchorRules, precision: torch.dtype, progress: ProgressListener
) -> Dataset:
    """A row for every anchor that is positive or negative.

    Rows follow the images, in them the sizes, in those the anchors row by row.
    Features: the resized crop (y, x, channel) in 8 bits, then width and height over the
    largest anchor side, or one number where all anchors are square; each standardised by the
    training rows. Raises DataError where no anchor is left or memory is too small, or there are
    no boxes to fit sizes to.
    """
    anchors, fitted = fit_anchors(scenes_of(pictures.train), rules.anchors, rules.seed)
    rules = replace(rules, anchors=anchors)
    expected = [int(_SURE * estimated_rows(part, anchors)) for part in pictures.parts]
    require_rows_fit(rules, pictures, expected)
    labelled = label_parts(pictures, anchors, fitted)
    require_rows_fit(rules, pictures, labelled.rows)
    crops, kinds = [], []
    for part, labels, name in zip(pictures.parts, labelled.labels, PART_NAMES, strict=False):
        crops.append(_crops(part, labels, rules, name, progress))
        kinds.append(_kinds(labels, rules.anchors))
    tables, scale = crop_tables(crops, kinds, side_features(rules.anchors), precision)
    rows = []
    for table, labels in zip(tables, labelled.labels, strict=True):
        targets, positive = row_targets(labels, rules.iou_power)
        rows.append(
            Rows(table, torch.from_numpy(targets).to(precision), torch.from_numpy(positive))
        )
    notices = (*pictures.notices, *labelled.notices)
    val = rows[1] if pictures.val is not None else None
    return Dataset(rows[0], val, notices, scale=scale)


def require_rows_fit(rules: AnchorRules, pictures: Pictures, rows: Sequence[int]) -> None:
    """Raise DataError where so many rows of each part, and the work on them, would not fit."""
    channels, width = pictures.channels, rules.width(pictures.channels)
    every = [picture for part in pictures.parts for picture in part]
    anchors = sum(anchor_count(picture, rules.anchors) for picture in every)
    work = max(
        # An image as its file has it, converted, and as numbers.
        picture.width * picture.height * channels * (2 * _WORK.itemsize + 4)
        + max(
            workspace_bytes(grid, rules.crop, picture.width, channels, _WORK.itemsize)
            + grid.count * width * _WORK.itemsize
            for grid in anchor_grids(picture.width, picture.height, rules.anchors)
        )
        for picture in every
    )
    at_once = min(workers(), max(map(len, pictures.parts)))
    total = sum(rows)
    building = anchors * LABEL_BYTES + at_once * work + total * ROW_BYTES + block_bytes(width)
    needed = total * width + max(building, rows[-1] * rules.evaluated_bytes)
    what = f"a data set of {count_text(total)} anchors with {count_text(width)} features of 8 bits"
    require_memory(needed, what, partial(_smaller, rules, len(pictures.train)))


def _smaller(rules: AnchorRules, images: int, share: Fraction) -> str:
    """Which keys to change so that a share of the memory is enough."""
    # Anchors are as many as the square of the stride is small, features as that of the crop.
    factor = math.isqrt(max(1, math.ceil(1 / share))) + 1
    stride, crop = rules.anchors.stride * factor, rules.crop // factor
    smaller_crop = f", data.crop = {crop}" if crop else ""
    fewer_seeds = ", or fewer train.seeds" if rules.evaluated_bytes else ""
    return (
        f"use data.anchors.stride = {stride}{smaller_crop} or "
        f"data.max_images = {fitting(images, share)}{fewer_seeds}"
    )


def _crops(
    pictures: Sequence[Picture],
    labels: list[Labelled],
    rules: AnchorRules,
    name: str,
    progress: ProgressListener,
) -> Bytes:
    """The crop of every row: `(rows, crop · crop · channels)`, pixels from 0 to 255.

    Every worker writes the rows of its pictures into their place, so no second copy
    arises, and the result is the same to the last bit however many work.
    """
    features = rules.crop * rules.crop * pictures[0].channels
    crops = np.empty((sum(map(kept, labels)), features), np.uint8)
    ends = np.cumsum([kept(labelled) for labelled in labels]).tolist()

    def write(position: int) -> str | None:
        """Write the rows of one picture, which no other touches; what is wrong with it."""
        end = ends[position]
        rows = crops[end - kept(labels[position]) : end]
        try:
            image = pictures[position].pixels(_WORK)
        except DataError as error:
            return str(error)
        for grid, label in labels[position]:
            mine, rows = np.split(rows, [int(label.kept.sum())])
            resized = np.empty(mine.shape, _WORK)
            write_crops(image, grid, rules.crop, label.kept, resized)
            mine[:] = in_bytes(resized)
        return None

    problems, building = Problems(), Progress(f"{name} anchors", len(crops), progress)
    for end, problem in zip(ends, in_parallel(write, range(len(pictures))), strict=True):
        if problem is not None:
            problems.add(problem, ("data", PART_KEYS[name], "images"))
        building.done(end)
    problems.raise_if_any()
    return crops


def _kinds(labels: list[Labelled], anchors: Anchors) -> Kinds:
    sides = anchor_sides(anchors)
    kinds = [
        np.full(int(label.kept.sum()), sides.index((grid.x.size, grid.y.size)), np.int16)
        for labelled in labels
        for grid, label in labelled
    ]
    return np.concatenate(kinds)


def side_features(anchors: Anchors) -> list[tuple[float, ...]]:
    """The size of each kind of anchor over the largest side: one number if all are square."""
    sides = anchor_sides(anchors)
    largest = max(max(side) for side in sides)
    if all(w == h for w, h in sides):
        return [(w / largest,) for w, _ in sides]
    return [(w / largest, h / largest) for w, h in sides]
