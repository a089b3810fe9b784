"""A part of a run's seeds, trained apart from the others: here, or on another machine.

Frames and loss traces of all parts merge into those of the whole training
(`objtui.measures.merging`), to the last bit on processors of one kind, with as many threads, where
the seeds are cut as `cut_seeds` cuts them; those of a detector, in some shapes, but for their last
digits.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch

from objtui.engine.data.dataset import Dataset
from objtui.engine.device import DTYPES
from objtui.engine.training import Training
from objtui.scenario.schema import Scenario

VECTOR_VALUES = 32
"""Kernels go through so many numbers at a time, and round the last few otherwise: a part has a
multiple of them in every tensor of activations, so that no member of the whole is among these
unless it is in the part."""

PRODUCT_SEEDS = 4
"""Products of parts round as that of the whole at multiples of so many seeds."""

DETECTOR_SEEDS = 8
"""Convolutions round as those of the whole at multiples of so many seeds, in most shapes."""


def cut_seeds(scenario: Scenario, rows: int, parts: int) -> list[range]:
    """Positions of the seeds of each part, about as many in each; fewer parts where they must be.

    Args:
        rows: training rows.
        parts: how many are wanted.
    """
    batch = scenario.train.batch_of(rows)
    values = len(scenario.heads) * (rows if batch == "all" else batch)  # of a seed
    products = DETECTOR_SEEDS if is_detector(scenario) else PRODUCT_SEEDS
    step = math.lcm(products, VECTOR_VALUES // math.gcd(VECTOR_VALUES, values))
    seeds = len(scenario.train.seeds)
    units = -(-seeds // step)
    parts = max(1, min(parts, units))
    edges = [min(units * i // parts * step, seeds) for i in range(parts + 1)]
    return [range(start, stop) for start, stop in pairwise(edges)]


def is_detector(scenario: Scenario) -> bool:
    """Whether it trains on whole images."""
    return scenario.model.backbone == "conv"


def prepare_part(scenario: Scenario, dataset: Dataset, held: range) -> Training:
    """A training of some of a run's seeds on the CPU, on data that are built already.

    Args:
        scenario: of the whole run.
        held: the seeds, as positions among those of the scenario.
    Raises:
        ValueError: there are no such seeds.
    """
    if not 0 <= held.start < held.stop <= len(scenario.train.seeds) or held.step != 1:
        raise ValueError(f"{held} are no seeds of {len(scenario.train.seeds)}")
    dtype = DTYPES[scenario.train.dtype]
    return Training(scenario, dataset, torch.device("cpu"), dtype, held=held)
