"""The moments of runs on a page: which of them there is room for, and what each one holds."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.measures.best import best_of
from objtui.measures.frames import POSITIVE
from objtui.measures.histogram import LOGIT_EDGES
from objtui.measures.reliability import reliability_bins
from objtui.measures.scores import score_of
from objtui.measures.spread import spread
from objtui.measures.thresholds import threshold_sweep
from objtui.measures.working_points import working_points
from objtui.pages.answers import add_answers
from objtui.pages.json_number import BIGGEST, json_number
from objtui.pages.pictures import detected_boxes
from objtui.runs.comparison import Comparison
from objtui.runs.differences import score_difference
from objtui.runs.history import HeadHistory, Moment
from objtui.runs.vanished import vanished_shares

MAX_FRAMES = 160
"""Moments on a page, spread over those recorded; the first and the last are among them."""

MIN_FRAMES = 10

MAX_BYTES = 6_000_000
"""Of all moments; fewer are shown where they are larger, as of many heads."""

MAX_THRESHOLDS = 80
"""Of a head at a moment."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The moments of a page.

    Attributes:
        frames: as `frame_entry` gives them, ascending by step.
        recorded: how many moments there are.
    """

    frames: list[dict[str, Any]]
    recorded: int


def selected_frames(runs: Comparison) -> Selection:
    """As many moments as there is room for, evenly out of those recorded, with the last."""
    steps = runs.steps
    most = MAX_FRAMES
    while True:
        places = np.unique(np.linspace(0, len(steps) - 1, min(most, len(steps))).round())
        frames = []
        size = 0
        for at in places.astype(int):
            moment = runs.moment_at(int(steps[at]))
            if moment is None:
                continue
            entry = frame_entry(runs, moment)
            size += len(json.dumps(entry))
            frames.append(entry)
            if size > MAX_BYTES and most > MIN_FRAMES:
                break
        else:
            add_answers(runs, frames)
            return Selection(frames, len(steps))
        most = max(most // 2, MIN_FRAMES)


def frame_entry(runs: Comparison, moment: Moment) -> dict[str, Any]:
    """A moment: scores, histograms, reliability and detections of every head.

    `seconds` of training by head, by the clock of its run; `answers` [question, words], where they
    were judged; `scores` are [mean, lowest, highest] over the seeds that have not diverged, by
    score and head;
    `counts` by head and class the first cell that holds rows and the counts from there on;
    `best` the heads that are best in a score; `less` by score and head [mean, half of the 95 %
    interval] of what it is above the first head; `bins` by head the [mean p, share of objects,
    rows] of every bin of p that has rows, `calibrated` likewise; `sweeps` by head [logits,
    precision, recall, F1] of thresholds, none without objects; `points` by head [logit, p,
    precision, recall, F1] of p = .5 and of the best F1; `vanished` by head the share of
    background and of objects whose dL/dz is 0; `boxes` by head and picture [kind, left, top,
    width, height, logit].
    """
    history = runs.history
    assert history is not None
    heads = range(len(history.header.heads))
    return {
        "step": moment.step,
        "seconds": [_seconds(history, head, moment.step) for head in heads],
        "seeds": [moment.seeds(head) for head in heads],
        "diverged": [int(moment.diverged_of(head).sum()) for head in heads],
        "scores": [
            [_range(moment, name, head) for head in heads] for name in history.header.score_names
        ],
        "counts": [[_cells(moment.counts[head, side]) for side in (0, 1)] for head in heads],
        "best": [_best(runs, moment, name) for name in history.header.score_names],
        "less": [
            [_difference(runs, moment, name, head) for head in heads]
            for name in history.header.score_names
        ],
        "bins": [_bins(moment.counts[head]) for head in heads],
        "calibrated": [
            [] if moment.calibrated is None else _bins(moment.calibrated[head]) for head in heads
        ],
        "sweeps": [_sweep(moment.counts[head]) for head in heads],
        "points": [_points(moment.counts[head]) for head in heads],
        "vanished": [
            [
                json_number(float(share))
                for share in vanished_shares(runs, history, head, moment.counts[head])
            ]
            for head in heads
        ],
        "boxes": [detected_boxes(history, moment, head) for head in heads],
    }


def _seconds(history: HeadHistory, head: int, step: int) -> float | None:
    """The seconds at the last frame of a head's run up to a step; None before its first."""
    columns, _ = history.columns_of(head)
    at = bisect_right(columns.steps, step)
    return json_number(float(columns.elapsed_s[at - 1])) if at else None


def _range(moment: Moment, name: str, head: int) -> list[float | None] | None:
    values = moment.values(name, head)[~moment.diverged_of(head)]
    values = values[np.abs(values) <= BIGGEST]  # which NaN is not
    if not len(values):
        return None
    return [json_number(float(value)) for value in (values.mean(), values.min(), values.max())]


def _best(runs: Comparison, moment: Moment, name: str) -> list[int]:
    """Which heads are best in a score, by the rule of the dashboard's table."""
    history = runs.history
    if history is None or not runs.same_data:
        return []
    heads = range(len(history.header.heads))
    values = [moment.values(name, head)[~moment.diverged_of(head)] for head in heads]
    return sorted(best_of(score_of(name), [spread(each) for each in values]))


def _difference(
    runs: Comparison, moment: Moment, name: str, head: int
) -> list[float | None] | None:
    history = runs.history
    if history is None or head == 0:
        return None
    entry = score_difference(runs, history, moment, name, head, 0)
    return None if math.isnan(entry.mean) else [json_number(entry.mean), json_number(entry.half)]


def _cells(counts: npt.NDArray[np.integer]) -> list[int]:
    held = np.flatnonzero(counts)
    if not len(held):
        return [0]
    return [int(held[0]), *counts[held[0] : held[-1] + 1].tolist()]


def _bins(counts: npt.NDArray[np.integer]) -> list[list[float | None]]:
    bins = reliability_bins(counts)
    return [
        [json_number(float(p)), json_number(float(share)), json_number(float(rows))]
        for p, share, rows in zip(bins.mean_p, bins.share, bins.rows, strict=True)
        if rows > 0
    ]


def _sweep(counts: npt.NDArray[np.integer]) -> list[list[float | None]]:
    """Thresholds from below all rows to above them, at edges of the histogram."""
    held = np.flatnonzero(counts.sum(axis=0))
    if not counts[POSITIVE].any():
        return []
    first, last = max(int(held[0]) - 1, 0), min(int(held[-1]), len(LOGIT_EDGES) - 1)
    every = max(-(-(last - first) // MAX_THRESHOLDS), 1)
    at = np.unique([*range(first, last, every), last])
    sweep = threshold_sweep(counts, LOGIT_EDGES[at])
    lines = (sweep.logits, sweep.precision, sweep.recall, sweep.f1)
    return [[json_number(float(value), 4) for value in line] for line in lines]


def _points(counts: npt.NDArray[np.integer]) -> list[list[float | None]]:
    if not counts[POSITIVE].any():
        return []
    return [
        [
            json_number(each)
            for each in (point.logit, point.p, point.precision, point.recall, point.f1)
        ]
        for point in working_points(counts)
    ]
