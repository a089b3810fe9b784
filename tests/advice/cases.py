"""Runs whose logits are known, as the rules see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from scipy.special import expit

from objtui.advice.evidence import RunEvidence, gather
from objtui.advice.settings import HeadSettings
from objtui.engine.scoring.logit_scores import Classes, score_logits
from objtui.losses import CrossEntropy, Formula, SquaredError
from objtui.measures.calibrators import FrameCalibration, calibrate
from objtui.measures.frames import Frame
from objtui.measures.halves import fitting_half
from objtui.measures.histogram import count_logits
from objtui.measures.scores import CALIBRATION_SCORE_NAMES, SCORE_NAMES
from objtui.runfile.records import HeadInfo, RowCounts
from objtui.runs.history import RunHistory
from tests.runs_for_tests import a_header, a_status

Logits = np.ndarray
"""(seeds, rows)."""

SEEDS, ROWS = 5, 4000

FORMULAS: dict[str, Formula] = {"bce": CrossEntropy(), "ce": CrossEntropy(), "mse": SquaredError()}


def honest(
    base: float = -1.0, spread: float = 3.0, seeds: int = SEEDS, rows: int = ROWS
) -> tuple[Logits, np.ndarray]:
    """Logits that are right, of seeds that differ a little, and the classes: (rows,)."""
    rng = np.random.default_rng(0)
    z = rng.normal(base, spread, rows)
    positive = rng.random(rows) < expit(z)
    return z + rng.normal(0, 0.05, (seeds, 1)), positive


def a_run(
    heads: Mapping[str, Mapping[int, Logits]],
    positive: np.ndarray,
    *,
    settings: HeadSettings | None = None,
    val: bool = True,
    halves: bool = True,
    notices: tuple[str, ...] = (),
    losses: Mapping[str, str] | None = None,
    scores: Mapping[str, Mapping[int, float | Logits]] | None = None,
    lost: tuple[tuple[int, int], ...] = (),
    step: int | None = None,
    method: str = "",
    state: str = "finished",
    **header: Any,
) -> RunEvidence:
    """A run as the rules see it.

    Args:
        heads: by head and step its logits.
        settings: of every head; by default none that matters.
        losses: by head, its loss; else the name of the head, or bce.
        scores: by name and step, scores that do not follow from logits, or one by seed; else 0.
        lost: (head, seed) that have diverged.
        method: of a calibration that was fitted at every frame; else there is none.
        state: of the run.
    """
    called = {name: (losses or {}).get(name, name if name in FORMULAS else "bce") for name in heads}
    infos = tuple(HeadInfo(name, loss, 1, next(iter(heads))) for name, loss in called.items())
    steps = list(next(iter(heads.values())))
    seeds = len(next(iter(next(iter(heads.values())).values())))
    rows = RowCounts(len(positive), int(positive.sum()))
    values: dict[str, Any] = {
        "heads": infos,
        "seeds": tuple(range(seeds)),
        "steps": max(steps),
        "val": rows if val else None,
        "train": rows,
        "claims": (),
    }
    frames = {
        row: _frame(at, [heads[name][at] for name in heads], positive, scores or {}, lost, halves)
        for row, at in enumerate(steps, 1)
    }
    if method:
        values["score_names"] = (*SCORE_NAMES, *CALIBRATION_SCORE_NAMES)
        for row, at in enumerate(steps, 1):
            z = np.stack([heads[name][at] for name in heads])
            frames[row] = _with_calibration(frames[row], z, positive, method)
    history = RunHistory(a_header(**{**values, **header}), a_status(state=state), frames.get)
    for row, frame in frames.items():
        history.add(frame, row)
    formulas = tuple(FORMULAS.get(loss) for loss in called.values())
    run = gather(history, (settings or HeadSettings(),) * len(heads), formulas, notices, step)
    assert run is not None
    return run


def _with_calibration(frame: Frame, z: Logits, positive: np.ndarray, method: str) -> Frame:
    """The frame with a calibration of every member; `z`: (heads, seeds, rows)."""
    fitting, targets = fitting_half(positive, 0), positive.astype(np.float64)
    each = [[calibrate(method, logits, targets, fitting) for logits in seeds] for seeds in z]
    scores = np.array([[member.scores for member in seeds] for seeds in each])
    fitted = int(fitting.sum())
    return replace(
        frame,
        scores=np.concatenate([frame.scores, scores], axis=-1),
        score_names=(*SCORE_NAMES, *CALIBRATION_SCORE_NAMES),
        calibration=FrameCalibration(
            method,
            fitted,
            len(fitting) - fitted,
            tuple(tuple(member.calibration for member in seeds) for seeds in each),
        ),
    )


def _frame(
    step: int,
    heads: list[Logits],
    positive: np.ndarray,
    others: Mapping[str, Mapping[int, float | Logits]],
    lost: tuple[tuple[int, int], ...],
    halves: bool,
) -> Frame:
    z = np.stack(heads)  # (heads, seeds, rows)
    target = torch.tensor(positive, dtype=torch.float64)
    flags = torch.tensor(positive)
    scored = score_logits(
        torch.tensor(z.reshape(-1, z.shape[-1])), target, Classes.of(flags, torch.float64)
    )
    scores = np.zeros((*z.shape[:2], len(SCORE_NAMES)))
    for name, value in scored.values.items():
        scores[..., SCORE_NAMES.index(name)] = value.numpy().reshape(z.shape[:2])
    scores[..., SCORE_NAMES.index("gap")] = np.abs(z - z[:1]).max(axis=-1)
    for name, by_step in others.items():
        scores[..., SCORE_NAMES.index(name)] = by_step[step]
    fitting = fitting_half(positive, 0)
    diverged = np.zeros(z.shape[:2], dtype=bool)
    for member in lost:
        diverged[member] = True
    frame = Frame(step, step / 10, True, diverged, scores, _counts(z, positive))
    return (
        replace(frame, fit_counts=_counts(z[..., fitting], positive[fitting])) if halves else frame
    )


def _counts(z: np.ndarray, positive: np.ndarray) -> np.ndarray:
    classes = (~positive, positive)
    return np.stack(
        [
            [np.stack([count_logits(seed[of_class]) for of_class in classes]) for seed in head]
            for head in z
        ]
    )


def over_steps(steps: list[int], logits: Callable[[int], Logits]) -> dict[int, Logits]:
    """Logits at every step."""
    return {step: logits(step) for step in steps}
