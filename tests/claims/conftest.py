"""Frames with chosen scores, as a run would have recorded them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from objtui.claims import evaluate_claim
from objtui.measures.frames import Frame
from objtui.measures.histogram import CELLS
from objtui.measures.scores import SCORE_NAMES

Series = Mapping[str, Sequence[Sequence[float]]]
"""By `head.score`, a row of values over seeds for each frame."""

MakeFrames = Callable[..., list[Frame]]

HEADS = ("bce", "ce")


@pytest.fixture(scope="session")
def frames() -> MakeFrames:
    """A function of steps and values by `head.score`; every other score is NaN."""

    def make(steps: Sequence[int], values: Series, scheduled: bool = True) -> list[Frame]:
        seeds = len(next(iter(values.values()))[0])
        made = []
        for index, step in enumerate(steps):
            scores = np.full((len(HEADS), seeds, len(SCORE_NAMES)), np.nan)
            for name, rows in values.items():
                head, score = name.split(".")
                scores[HEADS.index(head), :, SCORE_NAMES.index(score)] = rows[index]
            made.append(
                Frame(
                    step=step,
                    elapsed_s=0.0,
                    scheduled=scheduled,
                    diverged=np.zeros((len(HEADS), seeds), dtype=bool),
                    scores=scores,
                    counts=np.zeros((len(HEADS), seeds, 2, CELLS), dtype=np.int64),
                )
            )
        return made

    return make


@pytest.fixture(scope="session")
def value(frames: MakeFrames) -> Callable[[str], float]:
    """A function from an expression to its value for scores that are easy to count with."""
    run = frames(
        [0, 100, 200],
        {"bce.nll": [[8.0], [4.0], [2.0]], "ce.nll": [[80.0], [40.0], [20.0]]},
    )

    def of(expression: str) -> float:
        (measured,) = evaluate_claim(f"{expression} < 0", HEADS, run).values
        assert isinstance(measured, float)
        return measured

    return of
