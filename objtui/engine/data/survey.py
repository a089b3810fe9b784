"""Looking at somebody's data before a scenario is written for them: how much, how large, what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from objtui.datafiles.files import under_key
from objtui.engine.data import build_dataset
from objtui.engine.data.images import coco, yolo
from objtui.engine.data.images.anchor_choice import choose_anchors, rows_of
from objtui.engine.data.images.annotated import annotated_pictures
from objtui.engine.data.images.box_frames import Annotations
from objtui.engine.data.images.images import quiet_pillow
from objtui.engine.data.images.pictures import scenes_of
from objtui.engine.data.images.yolo_files import find_files
from objtui.errors import DataError
from objtui.scenario.proposals.survey import ImageSurvey, RowSurvey, Survey
from objtui.scenario.schema import CocoData, Data, TableData, YoloData

MAX_ROWS, MAX_VAL_ROWS = 100_000, 30_000
"""Rows of a first training, which is to answer within a minute on two cores."""

MAX_IMAGES = 2000
"""Images of a part whose labels are read, where each has a file of its own."""

VAL_SHARE, ROWS_SHARE = 0.2, 0.3
"""Shares of images and of rows that are held out where there is no validation part."""

MIN_ROWS, MIN_POSITIVES = 40, 12
"""Rows and positive ones, from which on both parts get some of each."""

_NAMED = 10  # categories


def survey(data: Data, base: Path) -> Survey:
    """What there is of `data`, a source of annotated images or a table.

    Raises DataError where it cannot be read, or holds no boxes or rows to learn from.
    """
    with under_key("data"):
        if isinstance(data, TableData):
            return _rows(data, base)
        if isinstance(data, CocoData):
            with quiet_pillow():
                return _images(data, *coco.read_parts(data, base))
        if isinstance(data, YoloData):
            few = {"max_images": MAX_IMAGES}
            with quiet_pillow():
                files = find_files(data, base)
                train, val = yolo.read_parts(data.model_copy(update=few), base)
            counts = len(files.train.images), None if files.val is None else len(files.val.images)
            return _images(data, train, val, counts)
    raise DataError(f"no scenario is made from a source {data.source!r}")


def _rows(data: TableData, base: Path) -> RowSurvey:
    dataset = build_dataset(data, base, torch.float32)
    rows, val_rows = len(dataset.train), 0 if dataset.val is None else len(dataset.val)
    positive = int(dataset.train.positive.sum())
    val_share = None
    if not val_rows and rows >= MIN_ROWS and positive >= MIN_POSITIVES:
        val_share = ROWS_SHARE
        val_rows = round(val_share * rows)
        rows -= val_rows
    return RowSurvey(
        rows=rows,
        val_rows=val_rows,
        features=dataset.width,
        base_rate=positive / len(dataset.train),
        val_share=val_share,
        notices=dataset.notices,
    )


def _images(
    data: CocoData | YoloData,
    train: Annotations,
    val: Annotations | None,
    counts: tuple[int, int | None] | None = None,
) -> ImageSurvey:
    """`counts` are the images of both parts, where fewer were read."""
    pictures = annotated_pictures(train, val)
    images, val_images = counts or (len(train.images), None if val is None else len(val.images))
    val_share = VAL_SHARE if val is None and images > 1 else None
    if val_share is not None:
        val_images = min(max(1, round(val_share * images)), images - 1)
        images -= val_images
    scenes = scenes_of(pictures.train)
    anchors, reached = choose_anchors(scenes, data.anchors, MAX_ROWS / images)
    rows, positive = rows_of(scenes, anchors)  # of an image, on average
    val_scenes = scenes if pictures.val is None else scenes_of(pictures.val)
    val_rows, _ = rows_of(val_scenes, anchors)
    used = max(images, val_images or 0)
    for there, each, most in ((images, rows, MAX_ROWS), (val_images or 0, val_rows, MAX_VAL_ROWS)):
        if there * each > most:
            used = min(used, max(1, int(most / each)))
    boxes = np.concatenate([boxes for _, _, boxes in scenes])
    sides = boxes[:, 2:] - boxes[:, :2]  # (boxes, 2)
    quantiles = np.quantile(sides, [0.1, 0.5, 0.9], axis=0)  # (3, 2)
    sizes = sorted({(w, h) for w, h, _ in scenes}, key=lambda size: (size[0] * size[1], size))
    if isinstance(anchors.sizes, str):
        raise AssertionError("chosen anchors have sizes")
    return ImageSurvey(
        images=images,
        val_images=val_images,
        used_images=used,
        looked_at=len(train.images),
        smallest=sizes[0],
        largest=sizes[-1],
        channels=pictures.channels,
        boxes=len(boxes),
        box_sides=tuple((float(w), float(h)) for w, h in quantiles),
        categories=tuple((name, n) for name, n in train.counts.most_common(_NAMED) if name),
        category_count=sum(bool(name) for name in train.counts),
        stride=anchors.stride,
        sizes=anchors.sizes,
        reached=reached,
        rows=round(min(used, images) * rows),
        val_rows=round(min(used, val_images or 0) * val_rows),
        base_rate=positive / max(rows, 1e-9),
        val_share=val_share,
        notices=train.notices,
    )
