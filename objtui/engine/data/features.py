"""The features of rows: a table of numbers, or the crops of anchors in 8 bits."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from objtui.engine.data.arrays import FeatureScale, row_blocks

Bytes = npt.NDArray[np.uint8]


class FeatureTable(ABC):
    """Features of rows, of which some at a time are asked for as numbers."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """Rows and features."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where they lie."""

    @property
    @abstractmethod
    def dtype(self) -> torch.dtype:
        """That of the numbers."""

    @abstractmethod
    def to(self, device: torch.device, dtype: torch.dtype) -> FeatureTable:
        """The same features there, as such numbers."""

    @abstractmethod
    def copied_bytes(self, device: torch.device, dtype: torch.dtype) -> int:
        """Memory that `to` takes there."""

    @abstractmethod
    def block(self, rows: slice) -> Tensor:
        """Some rows in turn: (rows, features)."""

    @abstractmethod
    def take(self, index: Tensor, out: Tensor) -> None:
        """Write the rows of an index, (n,), into `out`, (n, features)."""

    def dense(self) -> Tensor:
        """All of them: (rows, features)."""
        return self.block(slice(None))

    def __len__(self) -> int:
        return self.shape[0]


@dataclass(frozen=True, eq=False, slots=True)
class NumberTable(FeatureTable):
    """Features that are kept as numbers: (rows, features)."""

    values: Tensor

    @property
    def shape(self) -> tuple[int, int]:
        rows, features = self.values.shape
        return rows, features

    @property
    def device(self) -> torch.device:
        return self.values.device

    @property
    def dtype(self) -> torch.dtype:
        return self.values.dtype

    def to(self, device: torch.device, dtype: torch.dtype) -> NumberTable:
        return NumberTable(self.values.to(device, dtype).contiguous())

    def copied_bytes(self, device: torch.device, dtype: torch.dtype) -> int:
        same = device == self.device and dtype == self.dtype
        return 0 if same else self.values.numel() * dtype.itemsize

    def block(self, rows: slice) -> Tensor:
        return self.values[rows]

    def take(self, index: Tensor, out: Tensor) -> None:
        _take(self.values, index, out)


@dataclass(frozen=True, eq=False, slots=True)
class CropTable(FeatureTable):
    """Crops of anchors in 8 bits, and the size of each anchor; standardised when asked for.

    Feature = pixel · `scale` + `offset`, after those of the pixels `sides[kind]`.

    Attributes:
        pixels: (rows, pixels), uint8.
        kinds: (rows,), uint8 or int16: which of the anchor sizes a row is of.
        scale, offset: (pixels,).
        sides: (sizes, 1 or 2), the features of each size, standardised.
    """

    pixels: Tensor
    kinds: Tensor
    scale: Tensor
    offset: Tensor
    sides: Tensor

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.kinds), len(self.scale) + self.sides.shape[1]

    @property
    def device(self) -> torch.device:
        return self.pixels.device

    @property
    def dtype(self) -> torch.dtype:
        return self.scale.dtype

    def to(self, device: torch.device, dtype: torch.dtype) -> CropTable:
        return replace(
            self,
            pixels=self.pixels.to(device),
            kinds=self.kinds.to(device),
            scale=self.scale.to(device, dtype),
            offset=self.offset.to(device, dtype),
            sides=self.sides.to(device, dtype),
        )

    def copied_bytes(self, device: torch.device, dtype: torch.dtype) -> int:
        return 0 if device == self.device else self.pixels.nbytes + self.kinds.nbytes

    def block(self, rows: slice) -> Tensor:
        pixels, kinds = self.pixels[rows], self.kinds[rows]
        out = self.scale.new_empty(len(kinds), self.shape[1])
        self._write(pixels, kinds, out)
        return out

    def take(self, index: Tensor, out: Tensor) -> None:
        pixels = self.pixels.new_empty(len(index), self.pixels.shape[1])
        _take(self.pixels, index, pixels)
        self._write(pixels, self.kinds[index], out)

    def _write(self, pixels: Tensor, kinds: Tensor, out: Tensor) -> None:
        """Write rows of 8-bit pixels, (n, pixels), as features: (n, features)."""
        count = pixels.shape[1]
        torch.mul(pixels, self.scale, out=out[:, :count])
        out[:, :count] += self.offset
        out[:, count:] = self.sides[kinds.long()]


def crop_tables(
    pixels: Sequence[Bytes],
    kinds: Sequence[npt.NDArray[np.int16]],
    sides: Sequence[tuple[float, ...]],
    dtype: torch.dtype,
) -> tuple[list[CropTable], FeatureScale]:
    """Tables of the training part and of the others, standardised by the training rows, and how.

    Mean and sd (ddof 0) are exact sums over 8-bit values; a feature that is constant over the
    training rows is 0 everywhere.

    Args:
        pixels: of each part (rows, pixels).
        kinds: of each part (rows,), places in `sides`.
        sides: of each anchor size, one number or two.
        dtype: of the features.
    """
    of_pixels = _pixel_scale(pixels[0])
    of_sides = _side_scale(np.array(sides), np.bincount(kinds[0], minlength=len(sides)))
    side_features = (np.array(sides) - of_sides.mean) * of_sides.per_sd
    tables = [
        CropTable(
            torch.from_numpy(part),
            torch.from_numpy(part_kinds),
            torch.from_numpy(of_pixels.per_sd).to(dtype),
            torch.from_numpy(-of_pixels.mean * of_pixels.per_sd).to(dtype),
            torch.from_numpy(side_features).to(dtype),
        )
        for part, part_kinds in zip(pixels, kinds, strict=True)
    ]
    return tables, FeatureScale(
        np.concatenate([of_pixels.mean, of_sides.mean]),
        np.concatenate([of_pixels.per_sd, of_sides.per_sd]),
    )


def _pixel_scale(pixels: Bytes) -> FeatureScale:
    """That of each of (rows, pixels)."""
    rows, width = pixels.shape
    total, squares = np.zeros(width, np.int64), np.zeros(width, np.int64)
    for block in row_blocks(rows, width):
        values = pixels[block].astype(np.int64)
        total += values.sum(axis=0)
        squares += np.square(values).sum(axis=0)
    # In whole numbers of any size: nothing cancels.
    spread = [rows * s - t * t for s, t in zip(squares.tolist(), total.tolist(), strict=True)]
    sd = np.array([math.sqrt(each) / rows for each in spread])
    return FeatureScale(total / rows, np.divide(1, sd, out=np.zeros_like(sd), where=sd > 0))


def _side_scale(sides: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]) -> FeatureScale:
    """That of the features of each size, (sizes, 1 or 2), where so many rows are of each."""
    shares = counts[:, None] / counts.sum()
    mean = (shares * sides).sum(axis=0)
    sd = np.sqrt((shares * (sides - mean) ** 2).sum(axis=0))
    some = sides[counts > 0]
    constant = some.min(axis=0) == some.max(axis=0)
    per_sd = np.divide(1, sd, out=np.zeros_like(sd), where=~constant & (sd > 0))
    return FeatureScale(mean, per_sd)


def _take(source: Tensor, index: Tensor, out: Tensor) -> None:
    """Copy the rows of an index."""
    if source.device.type == "cpu" and source.dtype != torch.bfloat16:
        # NumPy reads ahead where torch waits for each row; "clip" spares it a copy.
        np.take(source.numpy(), index.numpy(), axis=0, out=out.numpy(), mode="clip")
    else:
        torch.index_select(source, 0, index, out=out)
