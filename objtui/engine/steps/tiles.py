"""Batches of tiles, cut from the training images at random places: the same for every head.

Each seed goes through all images in an order of its own, over and over. Which images, where they
are cut and how they are turned is a function of seed and step alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from objtui.engine.data.arrays import Features, numpy_dtype
from objtui.engine.data.images.anchors import Boxes, Flags
from objtui.engine.data.images.dense_anchors import DenseLabels, dense_anchors, label_dense
from objtui.engine.data.images.image_set import AnchorImage, DetectorImages, cells_of
from objtui.engine.seeding import seeded
from objtui.engine.steps.batches import CHUNK_BYTES, MAX_CHUNK_STEPS, Prefetcher
from objtui.scenario.schema import Train

ORIENTATIONS = 8
"""Of a square; of another rectangle the first four keep its sides."""

_LEFT_RIGHT, _UP_DOWN, _TRANSPOSED = 1, 2, 4  # bits of an orientation, taken in this order


@dataclass(frozen=True, eq=False, slots=True)
class TileBatch:
    """The tiles of a step and the labels of their dense anchors.

    Attributes:
        images: (tiles, seeds · channels, height, width), standardised.
        targets, positive: (tiles, seeds, 1, sizes, rows, columns).
        weights: of an anchor's loss in its seed's mean: 0, or 1 over the number kept.
        matches: tile, seed, size, row and column of the positive anchors, (5, positives).
        goals: offsets of their boxes from them, (positives, 4).
        match_weights: 1 over the number of positives of the seed, (positives,).
    """

    images: Tensor
    targets: Tensor
    positive: Tensor
    weights: Tensor
    matches: Tensor
    goals: Tensor
    match_weights: Tensor


class Cut(NamedTuple):
    """A tile of an image: where it begins and how it is turned then."""

    image: int
    top: int
    left: int
    orientation: int


class TileBatches:
    """Successive batches of tiles on the training device, gathered ahead on a thread.

    Attributes:
        tiles: of a seed's batch.
        size: height and width of a tile, in pixels.
        chunk_steps: most steps that are taken at once.
    """

    def __init__(
        self,
        images: DetectorImages,
        train: Train,
        dtype: torch.dtype,
        device: torch.device,
        *,
        most_steps: int = MAX_CHUNK_STEPS,
    ) -> None:
        """Args:
        most_steps: bound on the steps of a chunk.
        """
        self._images = images
        self._seeds = train.seeds
        self._turned = train.augment == "flips"
        self._dtype, self._device = dtype, device
        self.tiles = train.tiles_of(len(images.train))
        self.size = tile_size(images, train)
        exact = torch.float64 if dtype == torch.float64 else torch.float32
        self._values = images.standard_values(numpy_dtype(exact))
        step_values = self.tiles * len(train.seeds) * images.channels * self.size[0] * self.size[1]
        fitting = CHUNK_BYTES // (step_values * self._values.itemsize)
        self.chunk_steps = max(1, min(MAX_CHUNK_STEPS, most_steps, fitting))
        self._ahead = Prefetcher(self._chunk)

    def take(self, step: int, steps: int) -> list[TileBatch]:
        """The batches of `steps` steps from `step` on."""
        taken: list[TileBatch] = []
        while len(taken) < steps:
            number, start = divmod(step + len(taken), self.chunk_steps)
            taken += self._ahead.get(number)[start : start + steps - len(taken)]
        return taken

    def cuts(self, seed: int, step: int) -> list[Cut]:
        """The tiles of a seed's batch."""
        images, tiles = self._images.train, self.tiles
        draws = torch.rand(
            tiles, 3, generator=seeded("tiles", seed, step), dtype=torch.float64
        ).tolist()
        cuts = []
        for number, (down, across, turn) in enumerate(draws, start=step * tiles):
            epoch, place = divmod(number, len(images))
            image = self._order(seed, epoch)[place]
            height, width = images[image].size
            cuts.append(
                Cut(
                    image,
                    int(down * (max(height - self.size[0], 0) + 1)),
                    int(across * (max(width - self.size[1], 0) + 1)),
                    int(turn * self._orientations),
                )
            )
        return cuts

    @property
    def _orientations(self) -> int:
        if not self._turned:
            return 1
        return ORIENTATIONS if self.size[0] == self.size[1] else ORIENTATIONS // 2

    def _order(self, seed: int, epoch: int) -> list[int]:
        """The images in the order in which a seed goes through them for the epoch-th time."""
        count = len(self._images.train)
        order: list[int] = torch.randperm(count, generator=seeded("images", seed, epoch)).tolist()
        return order

    def _chunk(self, number: int) -> list[TileBatch]:
        steps = range(number * self.chunk_steps, (number + 1) * self.chunk_steps)
        return [self._batch(step) for step in steps]

    def _batch(self, step: int) -> TileBatch:
        """The batch of a step, of all seeds."""
        seeds, channels = len(self._seeds), self._images.channels
        room = np.empty((self.tiles, seeds, channels, *self.size), self._values.dtype)
        labels: list[list[DenseLabels]] = [[] for _ in range(self.tiles)]
        for position, seed in enumerate(self._seeds):
            for tile, cut in enumerate(self.cuts(seed, step)):
                labels[tile].append(self._cut(cut, room[tile, position]))
        return self._labelled(room, labels)

    def _cut(self, cut: Cut, room: Features) -> DenseLabels:
        """Fill `room`, (channels, height, width), with a tile; the labels of its anchors."""
        image = self._images.train[cut.image]
        filled = write_tile(image, cut, self._values, room)
        boxes, crowds = (
            turned_boxes(
                _within_reach(each - [cut.left, cut.top] * 2, self.size), cut.orientation, self.size
            )
            for each in (image.boxes, image.crowds)
        )
        dense = dense_anchors(*self.size, self._images.anchors)
        counted = dense.inside
        if filled != self.size:
            covered = np.array([[0.0, 0.0, filled[1], filled[0]]])
            counted = dense.within(*turned_boxes(covered, cut.orientation, self.size)[0])
        return label_dense(dense, counted, boxes, crowds, self._images.anchors)

    def _labelled(self, room: Features, labels: list[list[DenseLabels]]) -> TileBatch:
        def stacked(parts: list[list[npt.NDArray[np.generic]]]) -> Tensor:
            """(tiles, seeds, 1, sizes, rows, columns)"""
            return torch.from_numpy(np.stack([np.stack(tile) for tile in parts])[:, :, None])

        positive = stacked([[each.positive for each in tile] for tile in labels])
        kept = stacked([[each.kept for each in tile] for tile in labels])
        if self._images.iou_power is not None:
            iou = stacked([[each.iou for each in tile] for tile in labels])
            overlap = iou.clamp(max=1) ** self._images.iou_power
            targets = torch.where(positive, overlap, 0.0)
        else:
            targets = positive
        over_seed = (0, 2, 3, 4, 5)
        weights = kept.double() / kept.sum(over_seed, keepdim=True).clamp(min=1)
        counts = positive.sum(over_seed)
        tile, seed, _, size, row, column = positive.nonzero().T  # as the places of each ascend
        goals = np.concatenate([each.offsets for of_tile in labels for each in of_tile])
        tiles, seeds, channels = room.shape[:3]
        images = torch.from_numpy(room).view(tiles, seeds * channels, *self.size)
        device, dtype = self._device, self._dtype
        return TileBatch(
            images.to(device, dtype),
            targets.to(device, dtype),
            positive.to(device),
            weights.to(device, dtype),
            torch.stack([tile, seed, size, row, column]).to(device),
            torch.from_numpy(goals).to(device, dtype),
            (1 / counts.clamp(min=1).double())[seed].to(device, dtype),
        )


def tile_size(images: DetectorImages, train: Train) -> tuple[int, int]:
    """Height and width of a tile; with "whole" those of the largest image, in whole cells."""
    if train.tile != "whole":
        return train.tile, train.tile
    stride = images.anchors.stride
    height, width = (
        cells_of(max(image.size[axis] for image in images.train), stride) * stride
        for axis in range(2)
    )
    return height, width


def write_tile(image: AnchorImage, cut: Cut, values: Features, room: Features) -> tuple[int, int]:
    """Write a tile of an image, of the mean where that ends.

    Args:
        values: what an 8-bit value stands for by channel, (channels, 256).
        room: (channels, height, width), to be written.
    Returns:
        Height and width of what the image covers, before it is turned.
    """
    height, width = room.shape[1:]
    part = image.pixels[:, cut.top : cut.top + height, cut.left : cut.left + width]
    filled = part.shape[1], part.shape[2]
    view = room
    if cut.orientation & _TRANSPOSED:
        view = view.transpose(0, 2, 1)
    if cut.orientation & _UP_DOWN:
        view = view[:, ::-1]
    if cut.orientation & _LEFT_RIGHT:
        view = view[:, :, ::-1]
    if filled != (height, width):
        room.fill(0)
    for channel, pixels in enumerate(part):
        view[channel, : filled[0], : filled[1]] = values[channel][pixels]
    return filled


def _within_reach(boxes: Boxes, size: tuple[int, int]) -> Boxes:
    """Those of the boxes that share any area with a tile of this height and width."""
    height, width = size
    left, top, right, bottom = boxes.T
    reach: Flags = (left < width) & (top < height) & (right > 0) & (bottom > 0)
    return boxes[reach]


def turned_boxes(boxes: Boxes, orientation: int, size: tuple[int, int]) -> Boxes:
    """Boxes in a tile of this height and width, (boxes, 4), as they lie once it is turned."""
    height, width = size
    left, top, right, bottom = boxes.T
    if orientation & _LEFT_RIGHT:
        left, right = width - right, width - left
    if orientation & _UP_DOWN:
        top, bottom = height - bottom, height - top
    if orientation & _TRANSPOSED:
        left, top, right, bottom = top, left, bottom, right
    return np.stack([left, top, right, bottom], axis=-1)
