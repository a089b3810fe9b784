"""Outputs and boxes of every member on the evaluation images, one image after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from objtui.engine.data.arrays import numpy_dtype
from objtui.engine.data.images.anchors import Flags
from objtui.engine.data.images.dense_anchors import DenseAnchors, dense_anchors
from objtui.engine.data.images.image_set import AnchorImage, DetectorImages, cells_of
from objtui.engine.model.detector import Detector
from objtui.engine.model.population import Population
from objtui.engine.scoring.detection.everything import all_detections
from objtui.engine.scoring.detection.mistakes import worst_mistakes
from objtui.engine.scoring.detection.pictures import DetectionResults, picture_detections
from objtui.engine.scoring.detection.scores import ImageScores, detection_scores, score_image
from objtui.engine.scoring.detection.truth import ImageTruth
from objtui.runfile.records import MAX_PICTURES
from objtui.scenario.schema import Anchors, Detect

BLOCK_BYTES = 1 << 28
"""Activations that are made at once, of the members of as many seeds as fit; of one at least."""

MAX_LOG_SIDE = 4.0
"""Most that ln w and ln h of a box may differ from its anchor's: exp must not overflow."""


@dataclass(frozen=True, eq=False, slots=True)
class ImagePass:
    """What all members make of one evaluation image, by its dense anchors.

    Attributes:
        image: with its true boxes and crowds, and `rows`, the places of anchors that are rows.
        anchors: what is laid over it.
        outputs: u, (seeds, heads, sizes, rows, columns).
        offsets: of boxes, (seeds, heads, sizes, 4, rows, columns); None without boxes.
    """

    image: AnchorImage
    anchors: Anchors
    outputs: Tensor
    offsets: Tensor | None

    @property
    def dense(self) -> DenseAnchors:
        """Its dense anchors, and which lie whole inside it."""
        return dense_anchors(*self.image.size, self.anchors)

    @property
    def inside(self) -> Flags:
        """Which anchors lie whole inside the image: (sizes, rows, columns)."""
        return self.dense.inside

    def boxes(self) -> Tensor:
        """Decoded boxes (left, top, right, bottom) within the image, float64 where there is any.

        Shape:
            (seeds, heads, sizes, rows, columns, 4); without offsets (1, 1, …), the anchors.
        """
        wide = torch.float32 if self.outputs.device.type == "mps" else torch.float64
        own = torch.from_numpy(self.dense.boxes()).to(self.outputs.device, wide)
        own = own.view(*self.outputs.shape[2:], 4)
        centre, sides = own[None, None, ..., :2], own[None, None, ..., 2:]
        if self.offsets is not None:
            offsets = self.offsets.movedim(3, -1).to(wide)
            centre = centre + offsets[..., :2] * sides
            sides = sides * offsets[..., 2:].clamp(-MAX_LOG_SIDE, MAX_LOG_SIDE).exp()
        corners = torch.cat([centre - sides / 2, centre + sides / 2], dim=-1)
        height, width = self.image.size
        return torch.minimum(corners.clamp_(min=0), corners.new_tensor([width, height] * 2))


class ImageOutputs:
    """Passes over the evaluation images, each padded right and below to whole cells.

    Args:
        images: with those that are evaluated.
        detect: how their outputs become detections.
    """

    def __init__(self, population: Population, images: DetectorImages, detect: Detect) -> None:
        flat = population.flat
        self._population = population
        self._detect = detect
        self._truths = [ImageTruth.of(each, images.anchors) for each in images.evaluation]
        self._detector = Detector(population)
        self._images = images
        self._dtype, self._device = flat.dtype, flat.device
        exact = torch.float64 if flat.dtype == torch.float64 else torch.float32
        self._values = images.standard_values(numpy_dtype(exact))
        self._seeds, self._heads = population.seeds, population.heads

    def write(self, outputs: Tensor, *, last: bool = False) -> DetectionResults:
        """Write u of all rows, (seeds, heads, rows); what is detected.

        `last`: the worst mistakes and all detections too.
        """
        start = 0
        images = []
        for each, truth in zip(self.passes(), self._truths, strict=True):
            images.append(self._scored(each, truth))
            places = torch.from_numpy(each.image.rows).to(outputs.device)
            part = outputs[..., start : start + len(places)]
            part.copy_(each.outputs.flatten(2).index_select(2, places))
            start += len(places)
        detections, order = [each.detections for each in images], self._population.order
        return DetectionResults(
            detection_scores(self._truths, images),
            picture_detections(detections[:MAX_PICTURES], order),
            worst_mistakes(self._images.evaluation, detections, order) if last else None,
            all_detections(self._images, detections, order) if last else None,
        )

    def _scored(self, each: ImagePass, truth: ImageTruth) -> ImageScores:
        """What an image adds to the scores of detections."""
        inside = truth.inside.to(each.outputs.device)
        logits = self._population.logits(each.outputs).flatten(0, 1).flatten(1)
        offsets = None
        if each.offsets is not None:
            offsets = each.offsets.movedim(3, -1).flatten(0, 1).flatten(1, -2)[:, inside]
        boxes = each.boxes().flatten(0, 1).flatten(1, -2)[:, inside]
        return score_image(truth, logits[:, inside], boxes.nan_to_num_(0), offsets, self._detect)

    def passes(self) -> Iterator[ImagePass]:
        """What the members make of each evaluation image in turn."""
        for image in self._images.evaluation:
            pixels = self._padded(image)
            cells = pixels.shape[2] * pixels.shape[3] // self._images.anchors.stride**2
            backbone = self._detector.backbone
            of_seed = self._heads * backbone.activation_bytes(cells, self._dtype)
            step = max(1, BLOCK_BYTES // of_seed)
            parts = [
                self._detector.forward(pixels, slice(start, start + step))
                for start in range(0, self._seeds, step)
            ]
            offsets = [each.offsets[0] for each in parts if each.offsets is not None]
            yield ImagePass(
                image,
                self._images.anchors,
                torch.cat([each.outputs[0] for each in parts]),
                torch.cat(offsets) if offsets else None,
            )

    def _padded(self, image: AnchorImage) -> Tensor:
        """An image, standardised, in whole cells: (1, channels, height, width)."""
        stride = self._images.anchors.stride
        height, width = image.size
        sides = [cells_of(length, stride) * stride for length in (height, width)]
        pixels = np.zeros((1, len(image.pixels), *sides), self._values.dtype)
        for channel, values in enumerate(image.pixels):
            pixels[0, channel, :height, :width] = self._values[channel][values]
        return torch.from_numpy(pixels).to(self._device, self._dtype)
