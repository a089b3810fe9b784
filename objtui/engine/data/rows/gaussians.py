"""Source `gaussians`: two Gaussian classes with unit variance."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch

from objtui.engine.data.arrays import numpy_dtype, require_finite
from objtui.engine.data.dataset import Dataset, Rows, make_rows
from objtui.engine.data.rows.draws import flip_targets, normal_blocks, require_rows_fit, split_seeds
from objtui.scenario.schema import GaussiansData
from objtui.session import ProgressListener


def build(
    data: GaussiansData, base: Path, precision: torch.dtype, progress: ProgressListener
) -> Dataset:
    """Rows x ~ N(±separation/2 · u, I) with u = (1, …, 1)/√dim, + for positives.

    The number of positives is round(rows · positive_share), in random order;
    targets are flipped after the features are drawn. The best separation that
    any head can reach is that of two unit normals `separation` apart: without
    flips its AUC is Φ(separation/√2).
    """
    itemsize = numpy_dtype(precision).itemsize
    require_rows_fit("gaussians", data.train_rows + data.val_rows, data.dim, itemsize)
    train_seed, val_seed = split_seeds(data.seed)
    train = _draw(data, data.train_rows, train_seed, precision)
    val = _draw(data, data.val_rows, val_seed, precision) if data.val_rows else None
    return Dataset(train, val)


def _draw(
    data: GaussiansData, rows: int, seed: np.random.SeedSequence, precision: torch.dtype
) -> Rows:
    rng = np.random.default_rng(seed)
    positives = round(rows * data.positive_share)
    targets = (rng.permutation(rows) < positives).astype(np.float64)  # (rows,)
    features = np.empty((rows, data.dim), numpy_dtype(precision))
    shift = data.separation / math.sqrt(data.dim)  # of a coordinate, between the classes
    with np.errstate(over="ignore"):
        for block, values in normal_blocks(rng, rows, data.dim):
            features[block] = values + shift * (targets[block, None] - 0.5)
    require_finite(features, ("data", "separation"))
    flip_targets(rng, targets, data.label_flip)
    return make_rows(features, targets)
