"""What is refused and said of a detector's training once its images are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch

from objtui.claims.parse import parse_claim
from objtui.claims.tree import scores_of
from objtui.datafiles.memory import available_memory, memory_text
from objtui.engine.data.images.anchors import anchor_sides
from objtui.engine.data.images.image_set import DetectorImages
from objtui.engine.model.conv import OFFSETS, Conv
from objtui.engine.parts import batch_cells, evaluation_cells
from objtui.engine.scoring.image_outputs import BLOCK_BYTES
from objtui.engine.steps.batches import CHUNK_BYTES
from objtui.errors import DataError, KeyPath
from objtui.measures.scores import DETECTION_SCORE_NAMES
from objtui.scenario.detector_rules import tile_problems
from objtui.scenario.schema import Head, Scenario
from objtui.text.numbers import either


def check_detector(
    scenario: Scenario,
    images: DetectorImages,
    backbone: Conv,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[str, ...]:
    """What a person should know before the training, a line each.

    Raises DataError where tiles have no anchors, a claim asks for what no evaluation image can
    tell, or memory is too small.
    """
    for finding in tile_problems(scenario.train, images.anchors):
        raise DataError(finding.message, finding.path)
    _require_boxes(scenario, images)
    _require_memory(scenario, images, backbone, dtype, device)
    return tuple(_notices(scenario, images, backbone))


def _require_boxes(scenario: Scenario, images: DetectorImages) -> None:
    """DataError where a claim rests on boxes and no evaluation image has one."""
    if any(len(image.boxes) for image in images.evaluation):
        return
    names, undefined = tuple(head.name for head in scenario.heads), set(DETECTION_SCORE_NAMES)
    problems: list[tuple[KeyPath, str]] = []
    for index, claim in enumerate(scenario.claims):
        used = scores_of(parse_claim(claim.test, names, scenario.model.score_names))
        scores = list(dict.fromkeys(each for each in used if each in undefined))
        if scores:
            which = f"{either(scores, 'and')} {'is' if len(scores) == 1 else 'are'} undefined"
            message = f"no evaluation image has a box, so {which}; use images with some"
            problems.append((("claims", index, "test"), message))
    if problems:
        raise DataError.of(problems)


def _notices(scenario: Scenario, images: DetectorImages, backbone: Conv) -> Iterator[str]:
    largest = max(max(side) for side in anchor_sides(images.anchors))
    field = backbone.receptive_field
    if field < largest:
        yield (
            f"a cell sees {field} × {field} pixels, less than the largest anchor, of {largest:g}; "
            "one more of model.layers, or a larger kernel, would show it whole"
        )
    fullest = max(len(image.boxes) for image in images.evaluation)
    if not fullest:
        yield "no evaluation image has a box: ap50 and all other scores of detections are undefined"
    if scenario.detect.most < fullest:
        yield (
            f"an evaluation image has {fullest} boxes, but detect.most is {scenario.detect.most}: "
            "not all can be detected"
        )
    collapsing = [
        head.name
        for head in scenario.heads
        if head.prior is None and head.initial_logit is None and _is_flat(head)
    ]
    if scenario.model.boxes == "none" and collapsing:
        yield (
            f"{', '.join(collapsing)}: may collapse without boxes and without a prior, every score "
            "to 0, where its loss is flat; prior = 0.05 helps"
        )


def _is_flat(head: Head) -> bool:
    """Whether an object that is scored far on the other side has next to no slope."""
    z = torch.tensor(-20.0, dtype=torch.float64)
    slope = z.sigmoid()
    head.formula.slope_(z, slope, torch.ones_like(z))
    return float(slope.abs()) < 1e-6


def _require_memory(
    scenario: Scenario,
    images: DetectorImages,
    backbone: Conv,
    dtype: torch.dtype,
    device: torch.device,
) -> None:
    needed = memory_needed(scenario, images, backbone, dtype)
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else available_memory()
    if free is None or needed.total <= free:
        return
    train = scenario.train
    seeds = f"train.seeds, now {len(train.seeds)}"
    if needed.parameters > free:
        key, smaller = ("model", "layers"), f"the channels of model.layers, or {seeds}"
    elif needed.evaluation > needed.steps:
        key, smaller = ("train", "seeds"), f"{seeds}, or the evaluation images"
    else:
        tiles = train.tiles_of(len(images.train))
        key = ("train", "batch")
        smaller = f"train.batch, now {tiles}, train.tile, now {train.tile}, or {seeds}"
    raise DataError(
        f"this training needs about {memory_text(needed.total)} of memory, but only "
        f"{memory_text(free)} are available; make smaller {smaller}",
        key,
    )


class MemoryNeeded(NamedTuple):
    """Bytes of a training beside its images: of all members, and at the peak of a step and of an
    evaluation."""

    parameters: int
    steps: int
    evaluation: int

    @property
    def total(self) -> int:
        """At the highest peak."""
        return self.parameters + max(self.steps, self.evaluation)


def memory_needed(
    scenario: Scenario, images: DetectorImages, backbone: Conv, dtype: torch.dtype
) -> MemoryNeeded:
    """What a training takes beside its images."""
    seeds, heads = len(scenario.train.seeds), len(scenario.heads)
    members, sizes = seeds * heads, images.sizes
    exact = max(4, dtype.itemsize)
    last_layer = 2 * sizes * (backbone.units + 1)
    cells = batch_cells(scenario, images)
    pixels = seeds * cells * images.channels * backbone.stride**2
    # Outputs, slopes, losses and what they are made of; of offsets, these and their slopes.
    dense = members * cells * sizes * (5 + 3 * OFFSETS) * dtype.itemsize
    largest = max(evaluation_cells(images))
    of_seed = heads * backbone.activation_bytes(largest, dtype)
    rows = sum(len(image.rows) for image in images.evaluation)
    return MemoryNeeded(
        parameters=(5 if scenario.train.ema is None else 6)
        * members
        * (backbone.parameters + last_layer)
        * dtype.itemsize,
        steps=members * backbone.activation_bytes(cells, dtype)
        + dense
        + 2 * max(CHUNK_BYTES, pixels * exact),
        evaluation=min(seeds * of_seed, max(BLOCK_BYTES, of_seed))
        + members * largest * sizes * (1 + OFFSETS) * 2 * dtype.itemsize
        + members * largest * sizes * 4 * OFFSETS * 8  # decoded boxes and their candidates
        + members * rows * 12 * exact,
    )
