"""Heads and runs compared as text, against scipy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from objtui.measures.frames import Frame
from objtui.reports.comparing import heads_compared, runs_compared
from objtui.reports.style import Style
from objtui.runfile.records import RunHeader
from objtui.runs.differing import RunFacts
from objtui.runs.follow import RunEnd
from tests.runs_for_tests import a_status

PLAIN, ASCII = Style(), Style(unicode=False)
SEEDS = (0, 1, 2)
BCE, CE = np.array([0.30, 0.50, 0.41]), np.array([0.36, 0.55, 0.48])
BETTER = np.array([0.01, 0.012, 0.011])

MakeFrame = Callable[..., Frame]
MakeHeader = Callable[..., RunHeader]


def a_last(frame: MakeFrame, bce: np.ndarray = BCE, ce: np.ndarray = CE) -> Frame:
    last = frame(100, seeds=3, ap=0.9)
    last.score("nll")[:] = [bce, ce]
    return last


def test_the_interval_is_that_of_the_paired_t_test(header: MakeHeader, frame: MakeFrame) -> None:
    lines = heads_compared(header(seeds=SEEDS), a_last(frame), PLAIN)
    assert lines[0].split()[:2] == ["difference", "nll"]
    theirs = stats.ttest_rel(CE, BCE).confidence_interval(0.95)
    half = (theirs.high - theirs.low) / 2
    assert lines[1].split()[3] == f"+{(CE - BCE).mean():.4f}"
    assert lines[2].split()[0] == f"±{half:.4f}"
    assert lines[1].split()[5] == "≈0"  # ap, the same of every seed
    assert (
        lines[-1]
        == "± half of the 95 % interval, paired by seed; ≈ inside the noise: it contains 0"
    )
    assert all(len(line) <= 80 for line in lines)


def test_a_difference_whose_interval_contains_0_is_marked(
    header: MakeHeader, frame: MakeFrame
) -> None:
    noisy = a_last(frame, ce=np.array([0.2, 0.6, 0.45]))
    lines = heads_compared(header(seeds=SEEDS), noisy, ASCII)
    assert lines[1].split()[3].startswith("~+")
    assert all(line.isascii() for line in lines)


def test_one_seed_says_that_an_interval_needs_two(header: MakeHeader, frame: MakeFrame) -> None:
    lines = heads_compared(header(seeds=(0,)), frame(100, seeds=1), PLAIN)
    assert lines[-1] == "one seed: the interval of a difference needs two"
    assert not any("±" in line for line in lines)


def test_a_head_that_has_diverged_is_not_compared(header: MakeHeader, frame: MakeFrame) -> None:
    last = a_last(frame)
    last.diverged[1] = True
    assert heads_compared(header(seeds=SEEDS), last, PLAIN) == []


def compared(header: RunHeader, other: RunHeader, frame: MakeFrame) -> str:
    last = a_last(frame), a_last(frame, bce=BCE[::-1] + BETTER)
    ends = [
        RunEnd(of_run, a_status(), None, Path("a"), each, {}, ())
        for of_run, each in zip((header, other), last, strict=True)
    ]
    facts = [RunFacts(of_run, None) for of_run in (header, other)]
    return "\n".join(runs_compared(["one", "two"], facts, ends, PLAIN))


def test_runs_of_the_same_seeds_and_data_are_paired_whatever_their_order(
    header: MakeHeader, frame: MakeFrame
) -> None:
    text = compared(header(seeds=SEEDS), header(seeds=SEEDS[::-1]), frame)
    assert "compared: one | two" in text
    assert "two less one, by head" in text
    assert "+0.0110" in text
    half = stats.t.ppf(0.975, 2) * stats.sem(BETTER)
    assert f"±{half:.4f}" in text
    assert "paired by seed" in text


@pytest.mark.parametrize("changes", [{"seeds": (5, 6, 7)}, {"data_digest": "b" * 64}])
def test_runs_of_other_seeds_or_data_are_not(
    changes: dict[str, object], header: MakeHeader, frame: MakeFrame
) -> None:
    first = header(seeds=SEEDS)
    text = compared(first, replace(first, **changes), frame)
    assert "unpaired, since seeds or data differ" in text
    assert ("data: digest" in text) == ("data_digest" in changes)
