"""Frames with chosen scores, as a run would have recorded them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from objtui.claims import evaluate_claim
from objtui.measures.frames import Frame
from objtui.measures.scores import SCORE_NAMES
from tests.runs_for_tests import a_frame

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
            scores = {score: np.full((len(HEADS), seeds), np.nan) for score in SCORE_NAMES}
            for name, rows in values.items():
                head, score = name.split(".")
                scores[score][HEADS.index(head)] = rows[index]
            made.append(a_frame(step, scheduled=scheduled, seeds=seeds, **scores))
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
