"""The rows that heads are trained and evaluated on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from objtui.engine.data.arrays import Features, FeatureScale, Targets
from objtui.engine.data.features import CropTable, FeatureTable, NumberTable
from objtui.engine.data.images.image_set import DetectorImages
from objtui.errors import DataError


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """Rows of one part of a data set, on the CPU.

    Attributes:
        table: their features, `(rows, features)`, float32 or float64.
        targets: `(rows,)`, of the dtype of the features, within [0, 1].
        positive: `(rows,)`, bool: whether a row counts as positive.
    """

    table: FeatureTable
    targets: Tensor
    positive: Tensor

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def features(self) -> Tensor:
        """All features as numbers: `(rows, features)`."""
        return self.table.dense()


@dataclass(frozen=True, eq=False, slots=True)
class Dataset:
    """Training rows and, where there are any, validation rows.

    `notices` are what a person should know of them, a line each. With `images` rows are anchors
    of these, and have no features. `scale`: how the features were standardised; None where they
    are as they came.
    """

    train: Rows
    val: Rows | None
    notices: tuple[str, ...] = ()
    images: DetectorImages | None = None
    scale: FeatureScale | None = None

    @property
    def evaluation(self) -> Rows:
        """The rows that scores are measured on: validation rows, else the training rows."""
        return self.train if self.val is None else self.val

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of what a backbone is given: (features,) of a row; of images by cell (channels,
        anchor sizes)."""
        if self.images is not None:
            return self.images.channels, self.images.sizes
        return (self.train.table.shape[1],)

    @property
    def width(self) -> int:
        """Number of features of a row; 0 with images."""
        return self.train.table.shape[1]


def is_packed(dataset: Dataset) -> bool:
    """Whether features are crops in 8 bits: compiled steps take four times their memory."""
    return isinstance(dataset.train.table, CropTable)


def make_rows(
    features: Features, targets: Targets, positive: npt.NDArray[np.bool_] | None = None
) -> Rows:
    """Rows from arrays; the features are not copied.

    `features` is `(rows, features)`, `targets` `(rows,)`. `positive` is by
    default `targets >= 0.5`, decided before the targets are rounded to the
    dtype of the features. Raises DataError where there are no rows.
    """
    if len(features) == 0:
        raise DataError("the data set has no rows; at least one is needed")
    if positive is None:
        positive = targets >= 0.5
    return Rows(
        table=NumberTable(torch.from_numpy(features)),
        targets=torch.from_numpy(targets.astype(features.dtype)),
        positive=torch.from_numpy(positive),
    )
