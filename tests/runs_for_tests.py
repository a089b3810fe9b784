"""Headers, frames, moments, histories and run files, the same on every machine.

The flat ones have the same scores in every frame, but for those that a test gives. The nuclei are
a run as one would be: five seeds of three heads, whose classes drift apart as they are trained.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from objtui.measures.calibrators import FrameCalibration, Temperature
from objtui.measures.frames import Frame
from objtui.measures.histogram import CELLS, LOGIT_EDGES, count_logits
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.records import HeadInfo, RowCounts, RunHeader, RunStatus, RunSummary
from objtui.runfile.writer import RunWriter
from objtui.runs.histogram_store import HistogramSeries
from objtui.runs.history import Moment, RunHistory

MakeRun = Callable[..., RunWriter]
"""The fixture `new_run`."""


def a_header(run: str = "a-run", **changes: Any) -> RunHeader:
    values: dict[str, Any] = {
        "run": run,
        "scenario": "scenarios/a.toml",
        "title": "A title",
        "question": "A question?",
        "device": "cpu",
        "dtype": "float32",
        "threads": 1,
        "steps": 100,
        "seeds": (0, 1),
        "heads": (HeadInfo("bce", "bce", 1, "bce"), HeadInfo("ce", "ce", 2, "bce")),
        "train": RowCounts(1000, 100),
        "val": RowCounts(500, 40),
        "features": 8,
        "claims": (("They agree", "ce.gap < 1e-2"),),
        "score_names": SCORE_NAMES,
        "versions": {"torch": "2"},
        "created_at": time.time(),
    }
    return RunHeader(**{**values, **changes})


def a_status(**changes: Any) -> RunStatus:
    values: dict[str, Any] = {
        "state": "running",
        "step": 0,
        "elapsed_s": 31.0,
        "steps_per_s": 0.0,
        "heartbeat_at": 1000.0,
        "pid": 1,
        "pid_started": 0.0,
        "host": "here",
    }
    return RunStatus(**{**values, **changes})


def a_summary(steps: int = 100) -> RunSummary:
    """The end of a run of so many steps."""
    return RunSummary(steps, wall_s=12.0, start_s=0.5, train_s=10.0, eval_s=1.0)


def a_frame(
    step: int, *, scheduled: bool = True, heads: int = 2, seeds: int = 2, **scores: Any
) -> Frame:
    """A frame whose scores are 0.5 but for those given, each a number or one by head and seed.

    Counts differ by class and seed.
    """
    values = np.full((heads, seeds, len(SCORE_NAMES)), 0.5)
    for name, of_members in scores.items():
        values[:, :, SCORE_NAMES.index(name)] = of_members
    counts = np.zeros((heads, seeds, 2, CELLS), dtype=np.int64)
    counts[:, :, 0, 100] = 7
    counts[:, :, 1, 300] = np.arange(1, seeds + 1)
    counts[:, :, 1, 0], counts[:, :, 0, -1] = 2, 3
    return Frame(
        step=step,
        elapsed_s=step / 10,
        scheduled=scheduled,
        diverged=np.zeros((heads, seeds), dtype=bool),
        scores=values,
        counts=counts,
    )


def with_diverged(frame: Frame, *members: tuple[int, int]) -> Frame:
    """The frame with members (head, seed) diverged: no score is a number, nothing is counted."""
    flags, scores, counts = frame.diverged.copy(), frame.scores.copy(), frame.counts.copy()
    for member in members:
        flags[member], scores[member], counts[member] = True, np.nan, 0
    return replace(frame, diverged=flags, scores=scores, counts=counts)


def record_flat(
    new_run: MakeRun,
    name: str = "a-run",
    *,
    state: str = "finished",
    steps: Sequence[int] = (0, 10, 20, 40),
    diverged_from: float = math.inf,
    **header: Any,
) -> RunWriter:
    """A run of flat frames, which "running" leaves there; its first member may diverge."""
    writer = new_run(name, **header)
    heads, seeds = len(header.get("heads", (0, 1))), len(header.get("seeds", (0, 1)))
    for step in steps:
        frame = a_frame(step, heads=heads, seeds=seeds)
        writer.append_frame(frame if step < diverged_from else with_diverged(frame, (0, 0)))
    if state == "running":
        writer.set_status(state="running")
    else:
        writer.finish(state, a_summary(max(steps, default=0)), "the log\n")
    return writer


NUCLEI_SCHEDULE = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400, 600, 800, 1000, 1240)
NUCLEI_SEEDS = (0, 1, 2, 3, 4)
NUCLEI_HEADS = (
    HeadInfo("bce", "bce", 1, "bce"),
    HeadInfo("ce", "ce", 2, "bce"),
    HeadInfo("mse", "mse", 1, "bce"),
)
NUCLEI_CLAIMS = (
    ("Two neurons with softmax give the same scores as one with a sigmoid", "ce.gap < 1e-2"),
    ("Most background is saturated", "bce.saturated_neg > 0.9"),
    ("Squared error ranks as well", "mse.ap >= bce.ap"),
)
NUCLEI_CREATED_AT = 1_750_000_000.0
ONE_SEED: dict[str, Any] = {"name": "one-seed", "seeds": (7,), "steps": (0, 30, 1300)}
"""A run of nuclei that has one seed."""

_ROWS = {0: 4627, 1: 182}  # background, objects

NUCLEI: dict[str, Any] = {
    "title": "Nuclei: one kind of object, three losses",
    "scenario": "scenarios/nuclei.toml",
    "question": "Does the loss decide how extreme objectness gets?",
    "steps": 2000,
    "seeds": NUCLEI_SEEDS,
    "heads": NUCLEI_HEADS,
    "train": RowCounts(4631, 260),
    "val": RowCounts(sum(_ROWS.values()), _ROWS[1]),
    "claims": NUCLEI_CLAIMS,
    "created_at": NUCLEI_CREATED_AT,
}
"""What their header has of its own."""

_FINAL = {  # mean logits of background and objects, and their sd, at the end
    "bce": (-8.0, 3.0, 2.6),
    "ce": (-8.0, 3.0, 2.6),
    "mse": (-6.0, 4.5, 2.0),
}


def nuclei_frame(
    step: int,
    *,
    heads: Sequence[HeadInfo] = NUCLEI_HEADS,
    seeds: Sequence[int] = NUCLEI_SEEDS,
    diverged: dict[str, Sequence[int]] | None = None,
) -> Frame:
    """The frame of a step; `diverged` holds by head the seeds that have by then."""
    shape = (len(heads), len(seeds))
    scores = np.full((*shape, len(SCORE_NAMES)), 0.25)
    counts = np.zeros((*shape, 2, CELLS), dtype=np.int64)
    done = 1 - math.exp(-step / 250)
    for i, head in enumerate(heads):
        background, objects, sd = _FINAL.get(head.loss, _FINAL["bce"])
        for seed in range(len(seeds)):
            wobble = 0.1 * math.sin(1 + seed + 3 * (head.loss == "mse"))
            means = (background * done + wobble, objects * done + wobble)
            width = 0.3 + sd * done
            for of_class, mean in enumerate(means):
                counts[i, seed, of_class] = _normal_counts(_ROWS[of_class], mean, width)
            for name, value in _nuclei_scores(head, means, width, done, wobble).items():
                scores[i, seed, SCORE_NAMES.index(name)] = value
    frame = Frame(step, step / 100, True, np.zeros(shape, dtype=bool), scores, counts)
    lost = diverged or {}
    return with_diverged(
        frame,
        *((i, seed) for i, head in enumerate(heads) for seed in lost.get(head.name, ())),
    )


def _normal_counts(rows: int, mean: float, width: float) -> np.ndarray:
    """Rows of a normal distribution, by cell."""
    below = [0.5 * math.erfc((mean - edge) / width / math.sqrt(2)) for edge in LOGIT_EDGES]
    return np.diff(np.rint(np.multiply(rows, [0.0, *below, 1.0])).astype(np.int64))


def _nuclei_scores(
    head: HeadInfo, means: tuple[float, float], width: float, done: float, wobble: float
) -> dict[str, float]:
    def beyond(mean: float, logit: float) -> float:
        return 0.5 * math.erfc((logit - mean) / width / math.sqrt(2))

    far = 4.59512
    sat_neg, sat_pos = (beyond(mean, far) + 1 - beyond(mean, -far) for mean in means)
    return {
        "nll": 0.693 - 0.66 * done + 0.02 * abs(wobble) + 0.004 * (head.loss == "mse"),
        "loss": 0.693 - 0.66 * done,
        "brier": 0.25 - 0.242 * done + 0.01 * abs(wobble),
        "ap": 0.04 + 0.9 * done + 0.03 * wobble - 0.03 * (head.loss == "mse"),
        "auc": 0.5 + 0.49 * done + 0.005 * wobble,
        "ece": 0.45 - 0.44 * done + 0.02 * abs(wobble),
        "temperature": 1 + 0.4 * done + 0.1 * wobble,
        "saturated_pos": sat_pos,
        "saturated_neg": sat_neg,
        "gap": 0.0 if head.name == "bce" else 1e-5 if head.name == "ce" else 3.2 * done,
    }


def record_nuclei(
    new_run: MakeRun,
    folder: Path,
    *,
    name: str = "nuclei-1",
    state: str = "finished",
    steps: Sequence[int] = NUCLEI_SCHEDULE,
    diverged: dict[int, dict[str, Sequence[int]]] | None = None,
    message: str = "",
    log: str = "the log\n",
    **header: Any,
) -> RunWriter:
    """A run of nuclei.

    Args:
        state: how the run ends; "starting" and "running" leave it there.
        diverged: from a step on, by head the seeds that have diverged.
    """
    values = {**NUCLEI, **header}
    writer = new_run(name, folder, **values)
    lost: dict[str, Sequence[int]] = {}
    for step in steps:
        lost = (diverged or {}).get(step, lost)
        writer.append_frame(
            nuclei_frame(step, heads=values["heads"], seeds=values["seeds"], diverged=lost)
        )
    if state == "running":
        writer.set_status(state="running", steps_per_s=481.2, elapsed_s=12.4)
    elif state != "starting":
        writer.finish(state, a_summary(max(steps, default=0)), log, message)
    return writer


def record_calibrated(new_run: MakeRun, folder: Path) -> RunWriter:
    """A finished run of nuclei whose last frame has a temperature of 2 for every member."""
    writer = new_run("calibrated-1", folder, **NUCLEI)
    frame = nuclei_frame(100, heads=NUCLEI["heads"], seeds=NUCLEI["seeds"])
    members = (tuple(Temperature(2.0) for _ in NUCLEI["seeds"]),) * len(NUCLEI["heads"])
    rows = int(frame.counts[0, 0].sum())
    calibration = FrameCalibration("temperature", rows // 2, rows - rows // 2, members)
    writer.append_frame(replace(frame, calibration=calibration, fit_counts=frame.counts // 2))
    writer.finish("finished", a_summary(100), "the log\n")
    return writer


def a_history(
    values: dict[int, Any] | None = None,
    *,
    score: str = "nll",
    names: tuple[str, ...] = ("bce", "ce"),
    seeds: int = 2,
    diverged: dict[int, list[tuple[int, int]]] | None = None,
    status: dict[str, Any] | None = None,
    **header: Any,
) -> RunHistory:
    """A run that is read; `values` are by step the (heads, seeds) of one score, others are 0.5.

    `diverged` holds by step the (head, seed) that have diverged by then.
    """
    shape: dict[str, Any] = {
        "title": NUCLEI["title"],
        "steps": 2000,
        "seeds": tuple(range(seeds)),
        "heads": tuple(HeadInfo(name, "bce", 1, names[0]) for name in names),
        "val": None,
        "claims": (),
    }
    last = max(values, default=0) if values else 0
    history = RunHistory(
        a_header(**{**shape, **header}), a_status(**{"step": last, **(status or {})})
    )
    for step, of_members in (values or {}).items():
        frame = a_frame(step, heads=len(names), seeds=seeds, **{score: of_members})
        flags = frame.diverged.copy()
        for member in (diverged or {}).get(step, []):
            flags[member] = True
        history.add(replace(frame, diverged=flags))
    return history


@dataclass(frozen=True, eq=False)
class HeadMoment:
    """What a moment has of one head."""

    counts: np.ndarray  # (2, CELLS)
    scores: np.ndarray  # (seeds, scores)
    diverged: np.ndarray  # (seeds,)


def counts_of(background: Sequence[float], objects: Sequence[float]) -> np.ndarray:
    """Counts (2, CELLS) of logits."""
    return np.stack([count_logits(background), count_logits(objects)]).astype(np.int32)


def a_head(
    background: Sequence[float] = (),
    objects: Sequence[float] = (),
    *,
    counts: np.ndarray | None = None,
    diverged: Sequence[bool] = (False, False),
    **scores: float | Sequence[float],
) -> HeadMoment:
    """A head of logits, or of their counts; its scores are 0.5 but for those given."""
    values = np.full((len(diverged), len(SCORE_NAMES)), 0.5)
    for name, of_seeds in scores.items():
        values[:, SCORE_NAMES.index(name)] = of_seeds
    logits = counts_of(background, objects) if counts is None else counts
    return HeadMoment(np.asarray(logits, dtype=np.int32), values, np.array(diverged))


def a_moment(*heads: HeadMoment, step: int = 1240) -> Moment:
    return Moment(
        step,
        step / 10,
        True,
        np.stack([head.diverged for head in heads]),
        np.stack([head.scores for head in heads]),
        np.stack([head.counts for head in heads]),
    )


def a_series(moments: dict[int, tuple[Sequence[float], Sequence[float]]]) -> HistogramSeries:
    """Histograms by step, of logits of background and objects."""
    counts = [counts_of(*logits) for logits in moments.values()]
    return HistogramSeries(
        np.array(list(moments), dtype=np.int64),
        np.stack(counts) if counts else np.zeros((0, 2, CELLS), dtype=np.int32),
    )


def _sparse_counts(cells: list[tuple[int, int]]) -> np.ndarray:
    counts = np.zeros((2, CELLS), dtype=np.int32)
    for i, (cell, count) in enumerate(cells):
        counts[i % 2, cell] = count
    return counts


some_counts = st.lists(st.tuples(st.integers(0, CELLS - 1), st.integers(0, 10**6)), max_size=6).map(
    _sparse_counts
)
"""Counts (2, CELLS) of a few cells."""
