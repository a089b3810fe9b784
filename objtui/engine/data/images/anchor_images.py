"""Images as they are, in memory, with the rows of their anchors: the data of a detector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import torch

from objtui.datafiles.files import Problems
from objtui.datafiles.memory import count_text, require_memory
from objtui.engine.data.dataset import Dataset, Rows
from objtui.engine.data.features import NumberTable
from objtui.engine.data.images.anchor_reach import fit_anchors
from objtui.engine.data.images.anchor_rows import AnchorRules
from objtui.engine.data.images.anchors import anchor_grids
from objtui.engine.data.images.image_set import (
    AnchorImage,
    Bytes,
    DetectorImages,
    cells_of,
    grid_window,
)
from objtui.engine.data.images.part_labels import Labelled, label_parts, row_targets
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

_READING_BYTES = 24  # of a value of an image that is being read, as its file has it and as numbers


def build_anchor_images(
    pictures: Pictures,
    rules: AnchorRules,
    precision: torch.dtype,
    progress: ProgressListener,
) -> Dataset:
    """The images with their boxes, and a row without features for every anchor that is labelled.

    Rows are those that the same pictures give as crops, in the same order. Raises DataError where
    no anchor is left or memory is too small.
    """
    parts = pictures.parts
    _require_images_fit(parts)
    anchors, fitted = fit_anchors(scenes_of(pictures.train), rules.anchors, rules.seed)
    labelled = label_parts(pictures, anchors, fitted, decoded=True)
    images = [
        _images(part, labels, anchors, name, progress)
        for part, labels, name in zip(parts, labelled.labels, PART_NAMES, strict=False)
    ]
    mean, sd = _moments(images[0])
    rows = [_rows(labels, rules.iou_power, precision) for labels in labelled.labels]
    return Dataset(
        rows[0],
        rows[1] if pictures.val is not None else None,
        (*pictures.notices, *labelled.notices),
        DetectorImages(
            anchors,
            rules.iou_power,
            mean,
            sd,
            images[0],
            images[1] if pictures.val is not None else None,
            pictures.category,
        ),
    )


def _rows(labels: list[Labelled], iou_power: float | None, precision: torch.dtype) -> Rows:
    targets, positive = row_targets(labels, iou_power)
    nothing = NumberTable(torch.empty(len(targets), 0, dtype=precision))
    return Rows(nothing, torch.from_numpy(targets).to(precision), torch.from_numpy(positive))


def _require_images_fit(parts: Sequence[Sequence[Picture]]) -> None:
    sizes = [each.width * each.height * each.channels for part in parts for each in part]
    at_once = min(workers(), len(sizes))
    require_memory(
        sum(sizes) + at_once * max(sizes) * _READING_BYTES,
        f"a data set of {count_text(len(sizes))} images with {count_text(sum(sizes))} values",
        _smaller,
    )


def _smaller(share: Fraction) -> str:
    factor = math.isqrt(max(1, math.ceil(1 / share))) + 1
    return f"use fewer images, or smaller ones, such as of 1/{factor} of their sides"


def _images(
    pictures: Sequence[Picture],
    labels: Sequence[Labelled],
    anchors: Anchors,
    name: str,
    progress: ProgressListener,
) -> tuple[AnchorImage, ...]:
    problems, building = Problems(), Progress(f"{name} images", len(pictures), progress)
    images = []
    for count, pixels in enumerate(in_parallel(_pixels, pictures), start=1):
        picture = pictures[count - 1]
        if isinstance(pixels, DataError):
            problems.add(str(pixels), ("data", PART_KEYS[name], "images"))
        else:
            places = _row_places(picture, labels[count - 1], anchors)
            images.append(
                AnchorImage(
                    pixels,
                    picture.boxes,
                    picture.crowds,
                    places,
                    picture.name,
                    picture.identity,
                )
            )
        building.done(count)
    problems.raise_if_any()
    return tuple(images)


def _pixels(picture: Picture) -> Bytes | DataError:
    """The pixels of a picture, (channels, height, width); what is wrong with it."""
    try:
        pixels = picture.pixels(np.dtype(np.float32))
    except DataError as error:
        return error
    return np.ascontiguousarray(in_bytes(pixels).transpose(2, 0, 1))


def _row_places(picture: Picture, labelled: Labelled, anchors: Anchors) -> npt.NDArray[np.int64]:
    """Places of the anchors that are rows among the dense ones, in the order of the rows."""
    cells = cells_of(picture.height, anchors.stride), cells_of(picture.width, anchors.stride)
    numbers = np.arange(len(anchors.sizes) * math.prod(cells)).reshape(-1, *cells)
    grids = anchor_grids(picture.width, picture.height, anchors)
    sizes = [size for size, grid in enumerate(grids) if grid.count]
    places = [
        numbers[size][grid_window(grid)][label.kept]
        for size, (grid, label) in zip(sizes, labelled, strict=True)
    ]
    return np.concatenate([np.empty(0, np.int64), *places])


def _moments(
    images: Sequence[AnchorImage],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean and sd of all pixels by channel; an sd of inf where they are all alike."""
    channels = images[0].pixels.shape[0]
    counts = np.zeros((channels, 256))
    for image in images:
        for channel, pixels in enumerate(image.pixels):
            counts[channel] += np.bincount(pixels.ravel(), minlength=256)
    shares = counts / counts.sum(-1, keepdims=True)
    values = np.arange(256)
    mean = shares @ values
    variance = (shares * (values - mean[:, None]) ** 2).sum(-1)
    alike = (counts > 0).sum(-1) == 1
    return mean, np.where(alike, np.inf, np.sqrt(variance))
