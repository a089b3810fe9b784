"""Calibrations of every member, fitted after the last step, and what they do on rows apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from objtui.measures.calibrators import (
    Calibration,
    Flags,
    Floats,
    FrameCalibration,
    calibrate,
)
from objtui.measures.scores import CALIBRATION_SCORE_NAMES


@dataclass(frozen=True, eq=False, slots=True)
class Calibrator:
    """Fits one method to members, each by itself, on the same rows.

    Attributes:
        method: a name of `objtui.measures.calibrators.CALIBRATIONS`.
        targets: (rows,).
        fitting: (rows,), which rows are fitted on.
    """

    method: str
    targets: Floats
    fitting: Flags

    def calibrate(
        self, logits: Tensor, finite: Tensor, order: Sequence[int]
    ) -> tuple[Floats, FrameCalibration]:
        """The scores, (seeds, heads, 6), and the calibrations of members.

        Args:
            logits: (seeds, heads, rows).
            finite: (seeds, heads); members that are not get neither.
            order: by place of a head in `logits`, its place in the scenario.
        """
        seeds, heads = finite.shape
        scores = np.full((seeds, heads, len(CALIBRATION_SCORE_NAMES)), np.nan)
        members: list[list[Calibration | None]] = [[None] * seeds for _ in range(heads)]
        for seed, head in finite.cpu().nonzero().tolist():
            z = logits[seed, head].cpu().double().numpy()
            calibrated = calibrate(self.method, z, self.targets, self.fitting)
            scores[seed, head] = calibrated.scores
            members[order[head]][seed] = calibrated.calibration
        fitted = int(self.fitting.sum())
        held = len(self.fitting) - fitted
        kept = tuple(map(tuple, members))
        return scores, FrameCalibration(self.method, fitted, held, kept)
