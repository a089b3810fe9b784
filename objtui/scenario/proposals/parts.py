"""What every proposed scenario has: training, heads and claims."""

from __future__ import annotations

import math
from pathlib import Path

from objtui.optimizers import DEFAULT_OPTIMIZER, OPTIMIZERS
from objtui.scenario.proposals.proposal import Proposal
from objtui.scenario.toml_comments import entry
from objtui.text.numbers import either, grouped

_HEADS = Path(__file__).with_name("heads.toml")
_PRIOR = "# PRIOR"  # the line in it that a prior comes in the place of

RARE = 0.05
"""Share of positive rows, below which heads start at that share."""

_MEANINGS = {
    "source": "where the rows come from",
    "data": "data.yaml or folder of a data set, relative to this file",
    "train": "what is learnt from; paths are relative to this file",
    "val": "what scores are measured on",
    "targets": "the array or column of targets, 1 for objects and 0 for background",
    "features": "the array or columns that heads see",
    "standardize": "every feature to mean 0 and sd 1 of the training rows",
}


def given_lines(proposal: Proposal) -> list[str]:
    """The keys of `[data]` that the data themselves settle."""
    return [
        line
        for key, value in proposal.data.items()
        for line in entry(key, value, _MEANINGS.get(key, ""))
    ]


def training(rows: int, steps: int, lr: float) -> list[str]:
    """So many steps over so many rows."""
    batch = min(256, rows)
    passes = steps * batch / max(rows, 1)
    times = grouped(passes) if passes >= 2 else f"{passes:.1g}"
    return [
        "# For a first answer within a minute on two cores. More steps make scores more extreme.",
        "[train]",
        *entry("steps", steps, f"so each row is seen about {times} times"),
        *entry("batch", 256 if rows > 256 else "all", "rows of a step"),
        *entry("optimizer", DEFAULT_OPTIMIZER, either(OPTIMIZERS)),
        *entry("lr", lr, "learning rate"),
        *entry("seeds", 3, "independent repetitions, for the ±; 5 or more for a finer one"),
    ]


def heads(base_rate: float) -> list[str]:
    """The three heads, and the line above the claims.

    Where positives are rare, heads start at their base rate (Lin et al., Focal Loss, 2017,
    section 4.1): from p = 0.5 squared error is driven to p = 0 for every row, where it has no
    slope to come back by.
    """
    prior: list[str] = []
    if base_rate < RARE:
        why = "p at the start: from 0.5 squared error may end at p = 0"
        prior = entry("prior", float(f"{max(base_rate, 1e-6):.1g}"), why)
    lines = _HEADS.read_text(encoding="utf-8").splitlines()
    return [part for line in lines for part in (prior if line == _PRIOR else [line])]


def claims(base_rate: float, rows: int) -> list[str]:
    """What a head that has learnt something should show, on so many rows of evaluation."""
    return [*gap_claim(), "", *_ranking_claim(base_rate), "", *calibration_claim(base_rate, rows)]


def _ranking_claim(base_rate: float) -> list[str]:
    """Better than chance by a factor, or half of the way to perfect where no factor is left."""
    for below, factor in ((0.05, 5), (0.15, 3), (0.3, 2)):
        if base_rate < below:
            text = f"BCE ranks at least {factor} times as well as chance"
            test = f"bce.ap > {factor} * bce.base_rate"
            break
    else:
        text = "BCE ranks at least half way from chance to perfect"
        test = "bce.ap > (1 + bce.base_rate) / 2"
    return ["[[claims]]", f'text = "{text}"', f'test = "{test}"']


def gap_claim() -> list[str]:
    """That CE is BCE's twin."""
    return [
        "[[claims]]",
        'text = "Two neurons with softmax give the same scores as one with a sigmoid"',
        'test = "ce.gap < 1e-2"',
    ]


def calibration_claim(base_rate: float, rows: int) -> list[str]:
    """The bound is 0.01 and twice what chance alone makes of scores that are right.

    Of 15 bins of n rows in all, each with a share b of positives, chance makes a mean
    deviation of about sqrt(2/π · 15 · b (1 − b) / n).
    """
    chance = math.sqrt(2 / math.pi * 15 * base_rate * (1 - base_rate) / max(rows, 1))
    bound = float(f"{0.01 + 2 * chance:.1g}")
    return [
        "[[claims]]",
        'text = "BCE is calibrated: however extreme, its p is right on average"',
        f'test = "bce.ece < {bound:g}"',
        "",
    ]
