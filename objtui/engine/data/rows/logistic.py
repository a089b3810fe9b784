"""Source `logistic`: features whose true logit is linear."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch

from objtui.engine.data.arrays import numpy_dtype
from objtui.engine.data.dataset import Dataset, Rows, make_rows
from objtui.engine.data.rows.draws import flip_targets, normal_blocks, require_rows_fit, split_seeds
from objtui.scenario.schema import LogisticData
from objtui.session import ProgressListener


def build(
    data: LogisticData, base: Path, precision: torch.dtype, progress: ProgressListener
) -> Dataset:
    """Rows x ~ N(0, I) with y ~ Bernoulli(sigmoid(slope · u·x)), u = (1, …, 1)/√dim."""
    itemsize = numpy_dtype(precision).itemsize
    require_rows_fit("logistic", data.train_rows + data.val_rows, data.dim, itemsize)
    train_seed, val_seed = split_seeds(data.seed)
    train = _draw(data, data.train_rows, train_seed, precision)
    val = _draw(data, data.val_rows, val_seed, precision) if data.val_rows else None
    return Dataset(train, val)


def _draw(
    data: LogisticData, rows: int, seed: np.random.SeedSequence, precision: torch.dtype
) -> Rows:
    rng = np.random.default_rng(seed)
    threshold = rng.random(rows)  # (rows,)
    targets = np.empty(rows)
    features = np.empty((rows, data.dim), numpy_dtype(precision))
    with np.errstate(over="ignore"):  # exp overflows to inf, and p to its limit 0
        for block, values in normal_blocks(rng, rows, data.dim):
            features[block] = values
            along = values.sum(axis=1) / math.sqrt(data.dim)  # u·x, (block,)
            targets[block] = threshold[block] < 1 / (1 + np.exp(-data.slope * along))
    flip_targets(rng, targets, data.label_flip)
    return make_rows(features, targets)
