"""A run as tables, a row each: what csv and parquet share.

scores: one row a head, seed and frame, a column a score that any of the runs has.
histograms: one row a bin that holds something, for every head, seed, class and frame.
training_loss: one row a head, seed and stretch of steps.
numbers: one row a number that a training loop of the user's own has logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from objtui.measures.frames import NEGATIVE, POSITIVE, Frame
from objtui.measures.histogram import LOGIT_EDGES
from objtui.measures.scores import joined_names
from objtui.runs.recorded import RecordedRun

Kind = Literal["text", "whole", "real", "flag"]
Columns = dict[str, npt.NDArray[Any]]
"""Some rows of a table, by column; all columns are as long, in the order of the table."""

LOWS = np.concatenate([[-np.inf], LOGIT_EDGES])
"""(CELLS,): the logit from which a cell of a histogram counts, itself included."""

HIGHS = np.concatenate([LOGIT_EDGES, [np.inf]])
"""(CELLS,): the logit up to which a cell counts, itself left out."""

CLASSES = ("negative", "positive")
"""Names of the classes, by their positions in a frame."""
assert (CLASSES[NEGATIVE], CLASSES[POSITIVE]) == ("negative", "positive")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an export: its name, its columns and what they hold, and its rows of a run."""

    name: str
    columns: dict[str, Kind]
    rows: Callable[[RecordedRun], Iterator[Columns]]


def score_rows(names: tuple[str, ...], run: RecordedRun) -> Iterator[Columns]:
    """These scores of every member at every frame; NaN where undefined, or not in this run."""
    for frames in run.frames():
        # (frames, heads, seeds, scores)
        scores = np.stack([frame.with_scores(names).scores for frame in frames])
        frame, head, seed = (axis.ravel() for axis in np.indices(scores.shape[:3]))
        yield {
            **_member(run, head, seed),
            **_moment(frames, frame),
            "diverged": np.stack([frame.diverged for frame in frames]).ravel(),
            **{_heading(name): scores[..., i].ravel() for i, name in enumerate(names)},
        }


def histogram_rows(run: RecordedRun) -> Iterator[Columns]:
    """The cells that hold rows: `count` of them have low ≤ z < high.

    Rows whose logit is NaN, where they were counted apart, are between NaN and NaN.
    """
    for frames in run.frames():
        counts = np.stack([frame.counts for frame in frames])  # (frames, heads, seeds, 2, CELLS)
        frame, head, seed, side, cell = np.nonzero(counts)
        yield {
            **_member(run, head, seed),
            **_moment(frames, frame),
            "class": np.array(CLASSES, dtype=object)[side],
            "low": LOWS[cell],
            "high": HIGHS[cell],
            "count": counts[frame, head, seed, side, cell],
        }
        yield from _nan_rows(run, frames)


def _nan_rows(run: RecordedRun, frames: list[Frame]) -> Iterator[Columns]:
    if any(frame.nan_counts is None for frame in frames):
        return
    counts = np.stack([frame.nan_counts for frame in frames if frame.nan_counts is not None])
    frame, head, seed, side = np.nonzero(counts)  # of (frames, heads, seeds, 2)
    if len(frame):
        nothing = np.full(len(frame), np.nan)
        yield {
            **_member(run, head, seed),
            **_moment(frames, frame),
            "class": np.array(CLASSES, dtype=object)[side],
            "low": nothing,
            "high": nothing,
            "count": counts[frame, head, seed, side],
        }


def training_loss_rows(run: RecordedRun) -> Iterator[Columns]:
    """The training loss over the recorded stretches of steps, both ends included."""
    traces = run.loss_traces()
    if not traces:
        return
    means = np.stack([trace.mean for trace in traces])  # (traces, heads, seeds)
    trace, head, seed = (axis.ravel() for axis in np.indices(means.shape))
    yield {
        **_member(run, head, seed),
        "first_step": np.array([entry.first_step for entry in traces])[trace],
        "last_step": np.array([entry.last_step for entry in traces])[trace],
        "minimum": np.stack([entry.minimum for entry in traces]).ravel(),
        "mean": means.ravel(),
        "maximum": np.stack([entry.maximum for entry in traces]).ravel(),
    }


def number_rows(run: RecordedRun) -> Iterator[Columns]:
    """The user's own numbers; NaN where one was none."""
    numbers = run.numbers()
    if numbers:
        yield {
            "run": np.full(len(numbers), run.name, dtype=object),
            "step": np.array([number.step for number in numbers], dtype=np.int64),
            "name": np.array([number.name for number in numbers], dtype=object),
            "value": np.array([number.value for number in numbers]),
        }


def _member(run: RecordedRun, head: npt.NDArray[Any], seed: npt.NDArray[Any]) -> Columns:
    """Run, head and seed from positions of heads and seeds."""
    return {
        "run": np.full(head.shape, run.name, dtype=object),
        "head": np.array(run.head_names, dtype=object)[head],
        "seed": np.array(run.header.seeds, dtype=np.int64)[seed],
    }


def _moment(frames: list[Frame], position: npt.NDArray[Any]) -> Columns:
    """What says when, from positions of frames."""
    return {
        "step": np.array([frame.step for frame in frames], dtype=np.int64)[position],
        "elapsed_s": np.array([frame.elapsed_s for frame in frames])[position],
        "scheduled": np.array([frame.scheduled for frame in frames])[position],
    }


_MEMBER: dict[str, Kind] = {"run": "text", "head": "text", "seed": "whole"}
_MOMENT: dict[str, Kind] = {"step": "whole", "elapsed_s": "real", "scheduled": "flag"}
_WHICH: dict[str, Kind] = {**_MEMBER, **_MOMENT, "diverged": "flag"}


def _heading(score: str) -> str:
    """The column of a score: its name, unless another column goes by that."""
    return f"score_{score}" if score in _WHICH else score


def scores_table(runs: Sequence[RecordedRun]) -> Table:
    """The table of the scores of some runs."""
    names = joined_names(run.header.score_names for run in runs)
    scores: dict[str, Kind] = {_heading(name): "real" for name in names}
    return Table("scores", {**_WHICH, **scores}, partial(score_rows, names))


HISTOGRAMS = Table(
    "histograms",
    {**_MEMBER, **_MOMENT, "class": "text", "low": "real", "high": "real", "count": "whole"},
    histogram_rows,
)

TRAINING_LOSS = Table(
    "training_loss",
    {
        **_MEMBER,
        "first_step": "whole",
        "last_step": "whole",
        "minimum": "real",
        "mean": "real",
        "maximum": "real",
    },
    training_loss_rows,
)


NUMBERS = Table(
    "numbers", {"run": "text", "step": "whole", "name": "text", "value": "real"}, number_rows
)


def tables(runs: Sequence[RecordedRun]) -> tuple[Table, ...]:
    """Every table of some runs; each is a file of the export."""
    usual = scores_table(runs), HISTOGRAMS, TRAINING_LOSS
    return (*usual, NUMBERS) if any(run.header.recorded for run in runs) else usual
