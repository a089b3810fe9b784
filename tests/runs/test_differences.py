"""Differences of heads of one run and of two, against scipy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from objtui.runs.comparison import Comparison
from objtui.runs.differences import are_paired, score_difference
from objtui.runs.source import RunSource
from tests.runs_for_tests import MakeRun, record_nuclei


@pytest.fixture
def runs(new_run: MakeRun, tmp_path: Path) -> Comparison:
    """Two runs of the same seeds, one at an earlier step, and one of other seeds."""
    kinds = {
        "a": {},
        "b": {"steps": (0, 400)},
        "c": {"seeds": (7, 8)},
    }
    paths = [
        record_nuclei(new_run, tmp_path, name=name, **values).path for name, values in kinds.items()
    ]
    comparison = Comparison([RunSource(path) for path in paths])
    while comparison.behind or comparison.history is None:
        comparison.poll()
    yield comparison
    comparison.close()


@pytest.mark.parametrize("heads", [(2, 0), (5, 0)])
def test_heads_that_share_seeds_have_the_interval_of_the_paired_t_test(
    runs: Comparison, heads: tuple[int, int]
) -> None:
    moment, history = runs.moment_at(None), runs.history
    ours = score_difference(runs, history, moment, "nll", *heads)
    here, there = (moment.values("nll", head) for head in heads)
    theirs = stats.ttest_rel(here, there).confidence_interval(0.95)
    assert are_paired(runs, history, *heads)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-4)


def test_heads_of_other_seeds_are_compared_all_with_all(runs: Comparison) -> None:
    moment, history = runs.moment_at(None), runs.history
    ours = score_difference(runs, history, moment, "nll", 6, 0)
    here, there = (moment.values("nll", head) for head in (6, 0))
    theirs = stats.ttest_ind(here, there, equal_var=False).confidence_interval(0.95)
    assert not are_paired(runs, history, 6, 0)
    assert ours.mean == pytest.approx(np.mean(here) - np.mean(there))
    assert ours.half >= (theirs.high - theirs.low) / 2 * (1 - 1e-4)
