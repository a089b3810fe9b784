"""All detections of all members on all evaluation images, as the end of a run keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from objtui.engine.data.images.image_set import AnchorImage, DetectorImages
from objtui.engine.scoring.detection.detections import Detections
from objtui.measures.all_detections import (
    AllDetections,
    MemberDetections,
    PictureBoxes,
    PictureRecord,
)


def all_detections(
    images: DetectorImages, detections: Sequence[Detections], order: Sequence[int]
) -> AllDetections:
    """What `Detections` of each evaluation image come to.

    Args:
        detections: of members, which are heads of the first seed, then of others.
        order: for each head as members count them its position in the scenario.
    """
    heads = len(order)
    seeds = len(detections[0].logits) // heads
    place = {head: at for at, head in enumerate(order)}
    evaluation = images.evaluation
    return AllDetections(
        images.category,
        tuple(_record(each, number) for number, each in enumerate(evaluation, start=1)),
        PictureBoxes.of([each.boxes for each in evaluation]),
        PictureBoxes.of([each.crowds for each in evaluation]),
        tuple(
            tuple(_of_member(detections, seed * heads + place[head]) for seed in range(seeds))
            for head in range(heads)
        ),
    )


def _record(image: AnchorImage, number: int) -> PictureRecord:
    height, width = image.size
    return PictureRecord(
        number if image.identity is None else image.identity, image.name, width, height
    )


def _of_member(detections: Sequence[Detections], member: int) -> MemberDetections:
    boxes, logits = [], []
    for each in detections:
        # Behind the last of a member they are −inf; those of one that has diverged are anything.
        some = np.isfinite(each.logits[member])
        boxes.append(each.boxes[member, some].astype(np.float32).astype(np.float64))
        logits.append(each.logits[member, some])
    return MemberDetections(PictureBoxes.of(boxes), np.concatenate([np.empty(0), *logits]))
