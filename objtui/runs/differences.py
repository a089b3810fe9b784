"""By how much a score of a head differs from that of another, of the same run or of two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from objtui.measures.intervals import Estimate, paired_difference, unpaired_difference
from objtui.runs.comparison import Comparison
from objtui.runs.differing import RunFacts
from objtui.runs.history import HeadHistory, Moment

Floats = npt.NDArray[np.float64]


def score_difference(
    runs: Comparison, history: HeadHistory, moment: Moment, name: str, head: int, reference: int
) -> Estimate:
    """A score of a head less that of a reference: mean over seeds with its 95 % interval.

    Seeds are compared one by one where the heads share them; else all with all. Those that have
    diverged are left out.
    """
    here, there = (_sound(moment, name, each) for each in (head, reference))
    run, other = (history.run_of(each)[0] for each in (head, reference))
    if run is other:
        return paired_difference(here, there)
    if not (len(here) and len(there) and are_paired(runs, history, head, reference)):
        return unpaired_difference(here, there)
    return paired_difference(in_order(here, run.header.seeds, other.header.seeds), there)


def in_order(values: Floats, seeds: Sequence[int], wanted: Sequence[int]) -> Floats:
    """Values of these seeds, `(seeds,)`, in another order of the same seeds."""
    ordered: Floats = values[[seeds.index(seed) for seed in wanted]]
    return ordered


def share_seeds(run: RunFacts, other: RunFacts) -> bool:
    """Whether two runs have the same seeds and data, so that they can be compared by seed.

    A seed then gives both the same start and order of batches, as far as the scenarios agree.
    """
    return set(run.header.seeds) == set(other.header.seeds) and run.data == other.data


def are_paired(runs: Comparison, history: HeadHistory, head: int, reference: int) -> bool:
    """Whether two heads share their seeds: in one run, or in two that do."""
    if history.run_of(head)[0] is history.run_of(reference)[0]:
        return True
    return share_seeds(runs.source_of(head).facts, runs.source_of(reference).facts)


def _sound(moment: Moment, name: str, head: int) -> Floats:
    values: Floats = np.where(moment.diverged_of(head), np.nan, moment.values(name, head))
    return values
