"""What was measured at one step, and its one encoder and decoder.

A frame goes from the trainer to every reader: dashboard, reports,
export. Members are laid out as (heads, seeds), in the order of the scenario.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from objtui.measures.all_detections import AllDetections
from objtui.measures.calibrators import FrameCalibration
from objtui.measures.detections import PictureDetections, detection_bytes
from objtui.measures.histogram import CELLS, Counts
from objtui.measures.mistakes import Mistakes, mistake_bytes
from objtui.measures.scores import EVERY_SCORE_NAME, SCORE_NAMES

Scores = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEGATIVE, POSITIVE = 0, 1
"""Positions of the classes on the class axis of `Frame.counts`."""


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """Scores and class-split logit histograms of every member at one step.

    Attributes:
        step: optimiser steps taken before this was measured.
        elapsed_s: seconds since the first training step began.
        scheduled: whether the step is one of the scenario's own schedule; live
            frames between them come by the clock.
        diverged: `(heads, seeds)`, whether a logit, a parameter or the loss of a batch
            has not been finite, now or at any step before. It stays once it is set, so
            scores may be finite beside it.
        scores: `(heads, seeds, scores)`, in the order of `score_names`; NaN where undefined.
        counts: `(heads, seeds, 2, CELLS)`, histograms of negatives and positives.
            The logits of a diverged member that are NaN are in no cell.
        fit_counts: `(heads, seeds, 2, CELLS)`, those of `counts` that are of the rows of
            `halves.fitting_half`; None in live frames and in those of earlier versions.
        nan_counts: `(heads, seeds, 2)`, rows whose logit is NaN, negatives first; None where
            they were not counted apart.
        of_training: whether the rows are those of a batch that was trained on, not of an
            evaluation.
        detections: on the sample pictures of the run; None where it has none.
        mistakes: the worst ones of a detector; None but in the last frame of its run.
        score_names: of the run that the frame belongs to, by default SCORE_NAMES.
        every_detection: of all members on every evaluation picture, likewise; the run file keeps
            it beside the frames, so those that are read have none.
        calibration: fitted after the last step; None in every other frame, and where the run
            has none.

    Raises ValueError where there are more or fewer scores than names.
    """

    step: int
    elapsed_s: float
    scheduled: bool
    diverged: Flags
    scores: Scores
    counts: Counts
    score_names: tuple[str, ...] = SCORE_NAMES
    fit_counts: Counts | None = None
    nan_counts: Counts | None = None
    of_training: bool = False
    detections: PictureDetections | None = None
    calibration: FrameCalibration | None = None
    mistakes: Mistakes | None = None
    every_detection: AllDetections | None = None

    def __post_init__(self) -> None:
        if self.scores.shape[-1] != len(self.score_names):
            raise ValueError(
                f"a frame has {self.scores.shape[-1]} scores and names {len(self.score_names)}"
            )

    @property
    def measured(self) -> Flags:
        """Which heads were measured: `(heads,)`. Where NaN is counted apart, one without any row
        was not, and stands as it was measured last.
        """
        if self.nan_counts is None:
            return np.ones(len(self.diverged), np.bool_)
        rows = self.counts.sum(axis=(1, 2, 3)) + self.nan_counts.sum(axis=(1, 2))
        flags: Flags = rows > 0
        return flags

    def with_earlier(self, earlier: Frame | None) -> Frame:
        """The frame with every head that was not measured as it is in an earlier one."""
        missing = ~self.measured
        if earlier is None or not missing.any():
            return self
        scores, counts = self.scores.copy(), self.counts.copy()
        scores[missing], counts[missing] = earlier.scores[missing], earlier.counts[missing]
        nan_counts = None if self.nan_counts is None else self.nan_counts.copy()
        if nan_counts is not None and earlier.nan_counts is not None:
            nan_counts[missing] = earlier.nan_counts[missing]
        return replace(self, scores=scores, counts=counts, nan_counts=nan_counts)

    def score(self, name: str) -> Scores:
        """One score of every member: `(heads, seeds)`, NaN where the run does not have it.

        ValueError where this version does not know it either.
        """
        return score_in(self.scores, self.score_names, name)

    def with_scores(self, names: tuple[str, ...]) -> Frame:
        """The same frame with these scores: those that it lacks are NaN, others are left out."""
        if names == self.score_names:
            return self
        scores = np.full((*self.scores.shape[:-1], len(names)), np.nan)
        for column, name in enumerate(names):
            if name in self.score_names:
                scores[..., column] = self.score(name)
        return replace(self, scores=scores, score_names=names)


def score_in(scores: Scores, names: Sequence[str], name: str) -> Scores:
    """One score out of `(…, scores)` ones: `(…)`, NaN where it is not among their names.

    ValueError where this version has none of that name either: then it is misspelt.
    """
    if name not in names:
        return undefined_score(name, scores.shape[:-1])
    values: Scores = scores[..., names.index(name)]
    return values


def undefined_score(name: str, shape: tuple[int, ...]) -> Scores:
    """A score that a run does not have: NaN. ValueError where there is none of that name."""
    if name not in EVERY_SCORE_NAME:
        raise ValueError(f"no score is called {name!r}")
    return np.broadcast_to(np.float64(np.nan), shape)


@dataclass(frozen=True, eq=False, slots=True)
class LossTrace:
    """Training loss of every step, decimated: what steps first…last went through.

    Attributes:
        first_step, last_step: the steps covered, both included, counted from 1.
        minimum, mean, maximum: `(heads, seeds)`, over those steps, of the mean
            loss of a batch.
    """

    first_step: int
    last_step: int
    minimum: Scores
    mean: Scores
    maximum: Scores


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the training is, between frames."""

    step: int
    elapsed_s: float


_HEADER = struct.Struct("<qdBHH")

_CALIBRATION_SIZE = struct.Struct("<I")

_SCHEDULED, _OF_TRAINING, _FITTING, _NAN, _DETECTIONS, _CALIBRATION, _MISTAKES, _TOTALS = (
    1 << bit for bit in range(8)
)
"""Bits of a frame's kind: what it is of, and which parts it has beyond those of every frame.

Those of detections and totals together say what is kept of detections: see _kind_of.
"""


def encode_frame(frame: Frame) -> bytes:
    """A frame as bytes: a header, then flags, float64 scores and int64 counts, compressed.

    All are little-endian. Counts are mostly zeros, which zlib shrinks well. Those of the fitting
    half, those of NaN logits, detections and mistakes come behind them, where its kind has their
    bits. The names of the scores and of the pictures are not in it: a run has them once, in its
    header. A calibration, which has no fixed length, stands between the header and all this,
    behind its length.
    """
    heads, seeds = frame.diverged.shape
    kind = (
        _SCHEDULED * frame.scheduled
        | _OF_TRAINING * frame.of_training
        | _FITTING * (frame.fit_counts is not None)
        | _NAN * (frame.nan_counts is not None)
        | _CALIBRATION * (frame.calibration is not None)
        | _MISTAKES * (frame.mistakes is not None)
        | _kind_of(frame.detections)
    )
    header = _HEADER.pack(frame.step, frame.elapsed_s, kind, heads, seeds)
    parts = [
        frame.diverged.astype("u1").tobytes(),
        frame.scores.astype("<f8").tobytes(),
        frame.counts.astype("<i8").tobytes(),
    ]
    if frame.fit_counts is not None:
        parts.append(frame.fit_counts.astype("<i8").tobytes())
    if frame.nan_counts is not None:
        parts.append(frame.nan_counts.astype("<i8").tobytes())
    if frame.detections is not None:
        parts.append(frame.detections.to_bytes())
    if frame.calibration is not None:
        calibration = frame.calibration.to_bytes()
        header += _CALIBRATION_SIZE.pack(len(calibration)) + calibration
    if frame.mistakes is not None:
        parts.append(frame.mistakes.to_bytes())
    return header + zlib.compress(b"".join(parts), level=1)


def _kind_of(detections: PictureDetections | None) -> int:
    """The bits of a frame with these: detections alone, with totals, with hit objects too."""
    if detections is None:
        return 0
    if detections.totals is None:
        return _DETECTIONS
    return _DETECTIONS | _TOTALS if detections.objects is None else _TOTALS


def is_of_training(data: bytes) -> bool:
    """Whether an encoded frame is of a batch that was trained on."""
    return bool(_HEADER.unpack_from(data)[2] & _OF_TRAINING)


def as_scheduled(data: bytes) -> bytes:
    """An encoded frame as one that is scheduled."""
    step, elapsed_s, kind, heads, seeds = _HEADER.unpack_from(data)
    header = _HEADER.pack(step, elapsed_s, kind | _SCHEDULED, heads, seeds)
    return header + data[_HEADER.size :]


def decode_frame(
    data: bytes,
    score_names: tuple[str, ...],
    members: tuple[int, int] | None = None,
    pictures: int = 0,
) -> Frame:
    """The frame of these scores that `encode_frame` encoded; ValueError where it is none.

    `members`: the heads and seeds that it must have; `pictures`: the sample pictures of its run.
    No more is unpacked than these take.
    """
    try:
        step, elapsed_s, kind, heads, seeds = _HEADER.unpack_from(data)
        if members not in (None, (heads, seeds)):
            raise ValueError("it has other heads or seeds than its run")
        count = heads * seeds
        cells = count * 2 * CELLS
        before = count + 8 * count * len(score_names)  # flags and scores, in bytes
        fitting = 8 * cells if kind & _FITTING else 0
        nan = 8 * count * 2 if kind & _NAN else 0
        totals = bool(kind & _TOTALS)
        objects = totals and not kind & _DETECTIONS
        of_pictures = 0
        if kind & (_DETECTIONS | _TOTALS):
            of_pictures = detection_bytes(heads, pictures, totals=totals, objects=objects)
        of_mistakes = mistake_bytes(heads) if kind & _MISTAKES else 0
        at = before + 8 * cells
        calibration, begin = None, _HEADER.size
        if kind & _CALIBRATION:
            (size,) = _CALIBRATION_SIZE.unpack_from(data, begin)
            begin += _CALIBRATION_SIZE.size
            calibration = FrameCalibration.from_bytes(data[begin : begin + size], heads, seeds)
            begin += size
        behind = at + fitting + nan
        body = _unpacked(data[begin:], behind + of_pictures + of_mistakes)
        diverged = np.frombuffer(body, "u1", count)
        scores = np.frombuffer(body, "<f8", count * len(score_names), count)
        counts = np.frombuffer(body, "<i8", cells, before)
        fit_counts = np.frombuffer(body, "<i8", cells, at) if fitting else None
        nan_counts = np.frombuffer(body, "<i8", 2 * count, at + fitting) if nan else None
        detections = None
        if kind & (_DETECTIONS | _TOTALS):
            if not pictures:
                raise ValueError("it has detections on no picture")
            shown = body[behind : behind + of_pictures]
            detections = PictureDetections.from_bytes(
                shown, heads, pictures, totals=totals, objects=objects
            )
        mistakes = None
        if kind & _MISTAKES:
            mistakes = Mistakes.from_bytes(body[behind + of_pictures :], heads)
    except (struct.error, zlib.error, ValueError) as error:
        raise ValueError(f"not a frame: {error}") from error
    return Frame(
        step=step,
        elapsed_s=elapsed_s,
        scheduled=bool(kind & _SCHEDULED),
        diverged=diverged.astype(bool).reshape(heads, seeds),
        scores=scores.astype(np.float64).reshape(heads, seeds, len(score_names)),
        counts=counts.astype(np.int64).reshape(heads, seeds, 2, CELLS),
        score_names=score_names,
        fit_counts=None
        if fit_counts is None
        else fit_counts.astype(np.int64).reshape(heads, seeds, 2, CELLS),
        nan_counts=None
        if nan_counts is None
        else nan_counts.astype(np.int64).reshape(heads, seeds, 2),
        of_training=bool(kind & _OF_TRAINING),
        detections=detections,
        calibration=calibration,
        mistakes=mistakes,
    )


def encode_loss_trace(trace: LossTrace) -> bytes:
    """The three arrays of a trace as float64 bytes; its steps are stored beside them."""
    return np.stack([trace.minimum, trace.mean, trace.maximum]).astype("<f8").tobytes()


def decode_loss_trace(
    first_step: int, last_step: int, data: bytes, members: tuple[int, int]
) -> LossTrace:
    """The trace that `encode_loss_trace` encoded, of so many heads and seeds; ValueError."""
    heads, seeds = members
    if len(data) != 3 * heads * seeds * 8:
        raise ValueError("not a loss trace: it has other heads or seeds than its run")
    values = np.frombuffer(data, "<f8").reshape(3, heads, seeds)
    return LossTrace(first_step, last_step, values[0], values[1], values[2])


def _unpacked(data: bytes, size: int) -> bytes:
    """Compressed bytes, unpacked to as many as they must be; ValueError, zlib.error."""
    unpacking = zlib.decompressobj()
    body = unpacking.decompress(data, size + 1)
    if len(body) != size or not unpacking.eof or unpacking.unused_data:
        raise ValueError("the frame has another length than its shape says")
    return body
