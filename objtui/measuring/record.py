"""Scoring rows that were read, and the run file that keeps what they come to."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui import __version__
from objtui.datafiles.provenance import content_digest
from objtui.errors import RunFileError
from objtui.losses import log_loss
from objtui.measures.calibrators import Floats, FrameCalibration, calibrate
from objtui.measures.frames import Frame
from objtui.measures.halves import fitting_half
from objtui.measures.scores import CALIBRATION_SCORE_NAMES, SCORE_NAMES
from objtui.measures.scoring import HeadScores, score_heads
from objtui.measuring.rows import MeasuredRows
from objtui.runfile.names import reserve
from objtui.runfile.notices import MARK
from objtui.runfile.opening import remove_unfinished
from objtui.runfile.records import NO_DEVICE, HeadInfo, RowCounts, RunHeader, RunSummary
from objtui.runfile.writer import RunWriter

ONLY_STEP = 1
"""The step of the one frame of a file without steps: a run has at least one."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The scores of rows of a file, before a run keeps them.

    Attributes:
        rows: what was read of the file.
        frames: one a step, ascending.
        counts: how many rows the last frame has.
        eval_s: seconds that scoring took.
    """

    path: Path
    rows: MeasuredRows
    frames: tuple[Frame, ...]
    counts: RowCounts
    eval_s: float
    notices: tuple[str, ...]


def measure(path: Path, rows: MeasuredRows, method: str | None = None) -> Measured:
    """Score the rows of a file: all together, or those of each step.

    `method`: a name of CALIBRATIONS, which is fitted to every head at the last step.
    """
    began = time.monotonic()
    frames, sizes = [], []
    for step, part in _by_step(rows.steps):
        targets = rows.targets[part]
        scored = score_heads([z[part] for z in rows.logits], targets, rows.dtype)
        frames.append(_frame(step, scored))
        sizes.append(RowCounts(len(targets), int(np.count_nonzero(targets >= 0.5))))
    if method is not None:
        names = (*SCORE_NAMES, *CALIBRATION_SCORE_NAMES)
        frames = [frame.with_scores(names) for frame in frames]
        logits = [z[part] for z in rows.logits]  # of the last step
        frames[-1] = _calibrated(frames[-1], logits, targets, method)
    notices = rows.notices
    if len(set(sizes)) > 1:
        notices = (*notices, f"{path.name}: not every step has the same rows")
    return Measured(path, rows, tuple(frames), sizes[-1], time.monotonic() - began, notices)


def _calibrated(
    frame: Frame, logits: Sequence[npt.NDArray[Any]], targets: Floats, method: str
) -> Frame:
    """The frame, which has columns for it, with a calibration of every head; (rows,) each."""
    fitting = fitting_half(targets >= 0.5, seed=0)
    heads = [calibrate(method, z.astype(np.float64), targets, fitting) for z in logits]
    scores = frame.scores.copy()
    scores[:, 0, -len(CALIBRATION_SCORE_NAMES) :] = [head.scores for head in heads]
    fitted = int(fitting.sum())
    members = tuple((head.calibration,) for head in heads)
    calibration = FrameCalibration(method, fitted, len(fitting) - fitted, members)
    return replace(frame, scores=scores, calibration=calibration)


def _by_step(steps: npt.NDArray[np.int64] | None) -> Iterator[tuple[int, Any]]:
    """Each step, ascending, and what picks its rows."""
    if steps is None:
        yield ONLY_STEP, slice(None)
        return
    order = np.argsort(steps, kind="stable")
    distinct, first = np.unique(steps[order], return_index=True)
    yield from zip(distinct.tolist(), np.split(order, first[1:]), strict=True)


def _frame(step: int, scored: HeadScores) -> Frame:
    return Frame(
        step=step,
        elapsed_s=0.0,
        scheduled=True,
        diverged=np.zeros((len(scored.scores), 1), np.bool_),
        scores=scored.scores[:, None],
        counts=scored.counts[:, None],
        fit_counts=scored.fit_counts[:, None],
    )


def record(measured: Measured, folder: Path, name: str | None, began: float) -> Path:
    """Keep what was measured as a run that is finished: the path of its file.

    Raises UsageError where the name is taken, RunFileError where the folder cannot be written;
    then no run is left.

    Args:
        began: the time.monotonic() at which the measuring began, reading included.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFileError(f"{folder}: cannot be made: {error.strerror}") from error
    run, path = reserve(folder, str(measured.path), name)
    try:
        _write(measured, run, path, began)
    except BaseException:
        remove_unfinished(path)
        raise
    return path


def _write(measured: Measured, run: str, path: Path, began: float) -> None:
    header = measured_header(measured, run)
    rows = measured.rows
    request = {"measured": {head.head: list(head.arrays) for head in rows.heads}}
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    log = "".join(f"{now} {MARK}{notice}\n" for notice in measured.notices)
    with RunWriter(path, header, "", json.dumps(request)) as writer:
        for frame in measured.frames:
            writer.append_frame(frame)
        wall_s = time.monotonic() - began
        summary = RunSummary(
            steps=measured.frames[-1].step,
            wall_s=wall_s,
            start_s=max(0.0, wall_s - measured.eval_s),
            train_s=0.0,
            eval_s=measured.eval_s,
        )
        writer.finish("finished", summary, log)


def measured_header(measured: Measured, run: str) -> RunHeader:
    """What is settled about a measured run: its rows are those of evaluation, none are trained."""
    rows, path = measured.rows, measured.path
    first = rows.heads[0].head
    return RunHeader(
        run=run,
        scenario=str(path),
        title=path.name,
        question="",
        device=NO_DEVICE,
        dtype=rows.dtype,
        threads=1,
        steps=max(ONLY_STEP, measured.frames[-1].step),
        seeds=(0,),
        heads=tuple(
            # Of which loss they are is not told: dL/dz is shown as that of the log loss.
            HeadInfo(head.head, log_loss(neurons), neurons, first)
            for head, neurons in zip(rows.heads, rows.neurons, strict=True)
        ),
        train=None,
        val=measured.counts,
        features=0,
        claims=(),
        score_names=measured.frames[-1].score_names,
        versions={
            "objtui": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
        created_at=time.time(),
        data_digest=content_digest([path], path.parent),
    )
