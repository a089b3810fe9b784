"""What is refused and said of a detector's training once its images are there."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from objtui.datafiles.memory import available_memory, memory_text
from objtui.engine.data.images.anchors import anchor_sides
from objtui.engine.data.images.image_set import DetectorImages
from objtui.engine.model.conv import OFFSETS, Conv
from objtui.engine.parts import batch_cells, evaluation_cells
from objtui.engine.scoring.image_outputs import BLOCK_BYTES
from objtui.engine.steps.batches import CHUNK_BYTES
from objtui.errors import DataError
from objtui.scenario.detector_rules import tile_problems
from objtui.scenario.schema import Scenario


def check_detector(
    scenario: Scenario,
    images: DetectorImages,
    backbone: Conv,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[str, ...]:
    """What a person should know before the training, a line each.

    Raises DataError where tiles have no anchors or memory is too small.
    """
    for finding in tile_problems(scenario.train, images.anchors):
        raise DataError(finding.message, finding.path)
    _require_memory(scenario, images, backbone, dtype, device)
    return tuple(_notices(scenario, images, backbone))


def _notices(scenario: Scenario, images: DetectorImages, backbone: Conv) -> Iterator[str]:
    largest = max(max(side) for side in anchor_sides(images.anchors))
    field = backbone.receptive_field
    if field < largest:
        yield (
            f"a cell sees {field} × {field} pixels, less than the largest anchor, of {largest:g}; "
            "one more of model.layers, or a larger kernel, would show it whole"
        )
    fullest = max(len(image.boxes) for image in images.evaluation)
    if scenario.detect.most < fullest:
        yield (
            f"an evaluation image has {fullest} boxes, but detect.most is {scenario.detect.most}: "
            "not all can be detected"
        )
    collapsing = [
        head.name
        for head in scenario.heads
        if head.loss == "mse" and head.prior is None and head.initial_logit is None
    ]
    if scenario.model.boxes == "none" and collapsing:
        yield (
            f"{', '.join(collapsing)}: squared error without boxes and without a prior may "
            "collapse, every score to 0; prior = 0.05 helps"
        )


def _require_memory(
    scenario: Scenario,
    images: DetectorImages,
    backbone: Conv,
    dtype: torch.dtype,
    device: torch.device,
) -> None:
    needed = bytes_needed(scenario, images, backbone, dtype)
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else available_memory()
    if free is None or needed <= free:
        return
    train = scenario.train
    tiles = train.tiles_of(len(images.train))
    smaller = [
        f"train.batch, now {tiles}",
        f"train.tile, now {train.tile}",
        f"train.seeds, now {len(train.seeds)}",
    ]
    raise DataError(
        f"this training needs about {memory_text(needed)} of memory, but only {memory_text(free)} "
        f"are available; make smaller {', '.join(smaller[:-1])}, or {smaller[-1]}",
        ("train", "batch"),
    )


def bytes_needed(
    scenario: Scenario, images: DetectorImages, backbone: Conv, dtype: torch.dtype
) -> int:
    """Memory of a training beside its images: parameters, tiles, activations, evaluation."""
    seeds, heads = len(scenario.train.seeds), len(scenario.heads)
    members, anchors = seeds * heads, images.sizes
    last_layer = 2 * anchors * (backbone.units + 1)
    parameters = 5 * members * (backbone.parameters + last_layer)
    cells = batch_cells(scenario, images)
    activations = members * backbone.activation_bytes(cells, dtype)
    losses = members * cells * anchors * (5 + 3 * OFFSETS)
    pixels = seeds * cells * images.channels * backbone.stride**2
    tiles = 2 * max(CHUNK_BYTES, pixels * max(4, dtype.itemsize))
    largest = max(evaluation_cells(images))
    one_seed = heads * backbone.activation_bytes(largest, dtype)
    dense = members * largest * anchors * (1 + OFFSETS) * 2
    rows = sum(len(image.rows) for image in images.evaluation)
    evaluation = min(members * one_seed // heads, max(BLOCK_BYTES, one_seed))
    evaluation += dense * dtype.itemsize + max(dtype.itemsize, 4) * members * rows * 12
    return (parameters + losses) * dtype.itemsize + tiles + max(activations, evaluation)
