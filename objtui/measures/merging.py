"""Frames and loss traces of parts of a run's seeds as those of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from objtui.measures.all_detections import AllDetections
from objtui.measures.calibrators import FrameCalibration
from objtui.measures.frames import Frame, LossTrace


def merge_frames(parts: Sequence[Frame]) -> Frame:
    """The frame of all seeds, from those of some seeds each, in the order of the seeds.

    Its time is the latest of theirs; detections are those of the first, which has the first seed.
    ValueError where they are not of one step, or not alike.
    """
    first = parts[0]
    kinds = {
        (
            each.step,
            each.scheduled,
            each.of_training,
            each.score_names,
            len(each.diverged),
            each.fit_counts is None,
            each.nan_counts is None,
            each.calibration is None,
        )
        for each in parts
    }
    if len(kinds) > 1:
        raise ValueError(f"frames of steps {[each.step for each in parts]} are none of one step")
    halves = [each.fit_counts for each in parts if each.fit_counts is not None]
    calibrations = [each.calibration for each in parts if each.calibration is not None]
    every = [each.every_detection for each in parts if each.every_detection is not None]
    undefined = [each.nan_counts for each in parts if each.nan_counts is not None]
    return replace(
        first,
        elapsed_s=max(each.elapsed_s for each in parts),
        diverged=np.concatenate([each.diverged for each in parts], axis=1),
        scores=np.concatenate([each.scores for each in parts], axis=1),
        counts=np.concatenate([each.counts for each in parts], axis=1),
        fit_counts=np.concatenate(halves, axis=1) if halves else None,
        nan_counts=np.concatenate(undefined, axis=1) if undefined else None,
        calibration=FrameCalibration.merged(calibrations) if calibrations else None,
        # Parts that an earlier version stopped have lost those of the frames they were ahead by.
        every_detection=AllDetections.merged(every) if len(every) == len(parts) else None,
    )


def merge_traces(parts: Sequence[LossTrace]) -> LossTrace:
    """The loss trace of all seeds, from those of some seeds each, in the order of the seeds.

    ValueError where they are not of the same steps.
    """
    first = parts[0]
    if any(
        (each.first_step, each.last_step) != (first.first_step, first.last_step) for each in parts
    ):
        raise ValueError("loss traces of different steps cannot be merged")
    return LossTrace(
        first.first_step,
        first.last_step,
        minimum=np.concatenate([each.minimum for each in parts], axis=1),
        mean=np.concatenate([each.mean for each in parts], axis=1),
        maximum=np.concatenate([each.maximum for each in parts], axis=1),
    )
