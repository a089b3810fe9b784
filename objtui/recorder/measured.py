"""What was counted at a step, and the frame that a run keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from objtui.measures.frames import Frame
from objtui.measures.histogram import CELLS
from objtui.measures.scores import SCORE_NAMES
from objtui.measures.sums import Sums


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Sums of some heads at one step.

    Attributes:
        elapsed_s: seconds since the first record.
        sums: by position of the head; others were not measured.
        of_training: whether the rows are those of a batch that was trained on.
    """

    step: int
    elapsed_s: float
    sums: Mapping[int, Sums]
    of_training: bool


class Frames:
    """Makes frames of what was measured; a head with a NaN logit is diverged from there on.

    `number_format` is that of the training's logits; empty where it is not known.
    """

    def __init__(self, heads: int, number_format: str = "") -> None:
        self._number_format = number_format
        self._diverged = np.zeros((heads, 1), np.bool_)

    def frame(self, measured: Measured) -> Frame:
        """The frame: of one seed, zeros and NaN where a head was not measured."""
        heads = len(self._diverged)
        scores = np.full((heads, 1, len(SCORE_NAMES)), np.nan)
        counts = np.zeros((heads, 1, 2, CELLS), np.int64)
        nan_counts = np.zeros((heads, 1, 2), np.int64)
        for head, sums in measured.sums.items():
            by_name = sums.scores(self._number_format)
            scores[head, 0] = [by_name.get(name, np.nan) for name in SCORE_NAMES]
            counts[head, 0], nan_counts[head, 0] = sums.counts, sums.nan
        self._diverged |= nan_counts.any(axis=-1)
        return Frame(
            step=measured.step,
            elapsed_s=measured.elapsed_s,
            scheduled=not measured.of_training,
            diverged=self._diverged.copy(),
            scores=scores,
            counts=counts,
            nan_counts=nan_counts,
            of_training=measured.of_training,
        )
