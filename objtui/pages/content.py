"""What a page shows of runs, as values that JSON knows; bounded, whatever the run."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.measures.best import best_of
from objtui.measures.frames import POSITIVE
from objtui.measures.histogram import LOGIT_EDGES
from objtui.measures.logit_axis import (
    BEND,
    SIGMOID_IS_ONE,
    LogitScale,
    common_ends,
    round_end,
)
from objtui.measures.pictures import outcomes
from objtui.measures.reliability import reliability_bins
from objtui.measures.scores import SATURATED_LOGIT, score_of
from objtui.measures.spread import spread
from objtui.measures.thresholds import threshold_sweep
from objtui.measures.working_points import probability, working_points
from objtui.runs.axis_range import AxisRange
from objtui.runs.comparison import Comparison
from objtui.runs.differences import score_difference
from objtui.runs.history import HeadHistory, Moment
from objtui.runs.vanished import vanished_shares
from objtui.text.terminal import printable

MAX_FRAMES = 160
"""Moments on a page, spread over those recorded; the first and the last are among them."""

MIN_FRAMES = 10

MAX_BYTES = 6_000_000
"""Of all moments; fewer are shown where they are larger, as of many heads."""

MAX_POINTS = 300
"""Of a curve that is recorded apart from the moments."""

MAX_THRESHOLDS = 80
"""Of a head at a moment."""

MAX_NUMBERS = 30
"""Curves of numbers that a training loop has logged."""

_DIGITS = 5
_BIGGEST = 1e150


@dataclass(frozen=True, slots=True)
class Selection:
    """The moments of a page.

    Attributes:
        frames: as `frame_entry` gives them, ascending by step.
        recorded: how many moments there are.
    """

    frames: list[dict[str, Any]]
    recorded: int


def page_content(runs: Comparison, axis_range: AxisRange | None = None) -> dict[str, Any]:
    """Everything that a page shows of runs that are read in; `history` must be there.

    `axis_range`: one that lives as long as the page does.
    """
    history = runs.history
    assert history is not None
    selection = selected_frames(runs)
    header = history.header
    return {
        "version": 1,
        "title": printable(header.title),
        "question": printable(header.question),
        "run": printable(header.run),
        "note": printable(header.note),
        "device": printable(header.device),
        "dtype": printable(header.dtype),
        "steps": header.steps,
        "heads": [
            {"name": printable(head.name), "loss": printable(head.loss)} for head in header.heads
        ],
        "scores": [_score(name) for name in header.score_names],
        "edges": LOGIT_EDGES.tolist(),
        "pictures": _pictures(history),
        "frames": selection.frames,
        "recorded": selection.recorded,
        **curve_content(runs),
        **changing_content(runs, axis_range or AxisRange()),
    }


def curve_content(runs: Comparison) -> dict[str, Any]:
    """The curves that are recorded apart from the moments, and what comes with the last one."""
    history = runs.history
    assert history is not None
    return {
        "losses": _losses(history),
        "numbers": _numbers(history),
        "mistakes": [_mistakes(history, head) for head in range(len(history.header.heads))],
    }


def changing_content(runs: Comparison, axis_range: AxisRange) -> dict[str, Any]:
    """What changes beside the moments while a run goes: its state, its claims and the axis."""
    verdicts = {(each.text, each.test): each for each in runs.verdicts_at(None)}
    history = runs.history
    assert history is not None
    claims = []
    for text, test in history.header.claims:
        verdict = verdicts.get((text, test))
        claims.append(
            {
                "text": printable(text),
                "test": printable(test),
                "label": verdict.label if verdict else "waiting",
                "measured": printable(verdict.measured) if verdict else "",
            }
        )
    states = [run.status.state for run in runs.histories]
    return {
        "state": ", ".join(dict.fromkeys(states)),
        "ended": runs.ended,
        "claims": claims,
        "axis": axis_content(history, axis_range),
    }


def axis_content(history: HeadHistory, axis_range: AxisRange) -> dict[str, Any]:
    """The axis of logits of every choice of heads, as the terminal has it.

    `reaches` are [below, above] by head. The axis of some heads is that of `scales` under the
    largest of both, as "below,above"; `marks` are logits of p = .01, .5 and .99 and, where there
    is room, that from which the sigmoid is 1.
    """
    axis_range.update(history)
    reaches = []
    for head in range(len(history.header.heads)):
        down, up = axis_range.reaches_of(history, head)
        reaches.append((round_end(down), round_end(up)))
    pairs = {(down, up) for down, _ in reaches for _, up in reaches}
    return {
        "reaches": reaches,
        "scales": {f"{down:g},{up:g}": _scale(history, (down, up)) for down, up in sorted(pairs)},
        "bend": BEND,
    }


def _scale(history: HeadHistory, reach: tuple[float, float]) -> dict[str, Any]:
    scale = LogitScale(*common_ends([reach]))
    marks = [-SATURATED_LOGIT, 0.0, SATURATED_LOGIT]
    one, _ = SIGMOID_IS_ONE.get(history.header.dtype, (math.inf, ""))
    return {
        "low": scale.low,
        "high": scale.high,
        "linear": scale.is_linear,
        "name": scale.name,
        "ticks": scale.ticks,
        "marks": [_number(mark) for mark in [*marks, one] if mark < scale.high],
    }


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
            return Selection(frames, len(steps))
        most = max(most // 2, MIN_FRAMES)


def frame_entry(runs: Comparison, moment: Moment) -> dict[str, Any]:
    """A moment: scores, histograms, reliability and detections of every head.

    `scores` are [mean, lowest, highest] over the seeds that have not diverged, by score and head;
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
        "seconds": _number(moment.elapsed_s),
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
                _number(float(share))
                for share in vanished_shares(runs, history, head, moment.counts[head])
            ]
            for head in heads
        ],
        "boxes": [_boxes(history, moment, head) for head in heads],
    }


def _score(name: str) -> dict[str, Any]:
    score = score_of(name)
    return {
        "name": printable(name),
        "meaning": score.meaning,
        "log": score.log,
        "constant": score.constant,
        "direction": score.direction or "",
        "first": score.first is not None or score.summary is not None,
    }


def _number(value: float, digits: int = _DIGITS) -> float | None:
    """A number in few digits; None where it is not finite, which JSON does not know."""
    if not math.isfinite(value) or abs(value) > _BIGGEST:
        return None
    return float(f"{value:.{digits}g}")


def _range(moment: Moment, name: str, head: int) -> list[float | None] | None:
    values = moment.values(name, head)[~moment.diverged_of(head)]
    values = values[np.abs(values) <= _BIGGEST]  # which NaN is not
    if not len(values):
        return None
    return [_number(float(value)) for value in (values.mean(), values.min(), values.max())]


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
    return None if math.isnan(entry.mean) else [_number(entry.mean), _number(entry.half)]


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
    return [[_number(float(value), 4) for value in line] for line in lines]


def _points(counts: npt.NDArray[np.integer]) -> list[list[float | None]]:
    if not counts[POSITIVE].any():
        return []
    return [
        [_number(each) for each in (point.logit, point.p, point.precision, point.recall, point.f1)]
        for point in working_points(counts)
    ]


def _mistakes(history: HeadHistory, head: int) -> list[list[Any]]:
    """A head's worst mistakes: [kind, p, box, crop], the box as shares of the crop's sides."""
    run, position = history.run_of(head)
    moment = run.last if run.header.pictures else None
    if moment is None or moment.mistakes is None:
        return []
    return [
        [
            each.kind,
            None if math.isnan(each.logit) else _number(probability(each.logit)),
            [
                (each.box[0] - each.region[0]) / each.region[2],
                (each.box[1] - each.region[1]) / each.region[3],
                each.box[2] / each.region[2],
                each.box[3] / each.region[3],
            ],
            _data_address(each.crop),
        ]
        for each in moment.mistakes.of_head(position)
        if min(each.region[2:]) > 0
    ]


def _cells(counts: npt.NDArray[np.integer]) -> list[int]:
    held = np.flatnonzero(counts)
    if not len(held):
        return [0]
    return [int(held[0]), *counts[held[0] : held[-1] + 1].tolist()]


def _bins(counts: npt.NDArray[np.integer]) -> list[list[float | None]]:
    bins = reliability_bins(counts)
    return [
        [_number(float(p)), _number(float(share)), _number(float(rows))]
        for p, share, rows in zip(bins.mean_p, bins.share, bins.rows, strict=True)
        if rows > 0
    ]


def _boxes(history: HeadHistory, moment: Moment, head: int) -> list[list[list[Any]]]:
    """What a head detects on each sample picture of its run."""
    run, position = history.run_of(head)
    then = run.moment_up_to(moment.step) if run.contents else None
    if then is None or then.detections is None:
        return []
    return [
        [
            [each.kind, *(round(side) for side in each.box), _number(each.logit)]
            for each in outcomes(then.detections.of(position, number), content).each
        ]
        for number, content in enumerate(run.contents)
    ]


def _pictures(history: HeadHistory) -> list[list[dict[str, Any]]]:
    """By head the sample pictures of its run; those that another head has are numbers of heads."""
    drawn: dict[int, int] = {}
    of_heads: list[Any] = []
    for head in range(len(history.header.heads)):
        run, _ = history.run_of(head)
        if id(run) in drawn:
            of_heads.append(drawn[id(run)])
            continue
        drawn[id(run)] = head
        of_heads.append(
            [
                {
                    "name": printable(picture.name),
                    "width": picture.width,
                    "height": picture.height,
                    "source": _data_address(content.pixels),
                }
                for picture, content in zip(run.header.pictures, run.contents, strict=False)
            ]
        )
    return of_heads


def _data_address(pixels: npt.NDArray[np.uint8]) -> str:
    from PIL import Image

    out = BytesIO()
    Image.fromarray(np.squeeze(pixels)).save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def _losses(history: HeadHistory) -> list[list[list[float | None]]]:
    """The training loss of every head: [step, mean, lowest, highest] over seeds."""
    curves = []
    for head in range(len(history.header.heads)):
        losses, position = history.losses_of(head)
        columns, _ = history.columns_of(head)
        flags = columns.diverged[:, position]
        sound = ~flags[-1] if len(flags) else np.ones(losses.means.shape[2], bool)
        places = np.unique(
            np.linspace(0, max(len(losses) - 1, 0), min(MAX_POINTS, len(losses))).round()
        ).astype(int)
        points: list[list[float | None]] = []
        for at in places if len(losses) else []:
            values = losses.means[at, position][sound]
            values = values[np.abs(values) <= _BIGGEST]
            ends = (values.mean(), values.min(), values.max()) if len(values) else (math.nan,) * 3
            points.append([int(losses.steps[at]), *(_number(float(end)) for end in ends)])
        curves.append(points)
    return curves


def _numbers(history: HeadHistory) -> list[dict[str, Any]]:
    """Curves of what a training loop of the user's own has logged, of the run of each."""
    curves = []
    for name in history.logged[:MAX_NUMBERS]:
        for head in range(len(history.header.heads)):
            run, position = history.run_of(head)
            if position == 0 and name in run.numbers.names:
                steps, values = run.numbers.curve(name)
                places = np.unique(
                    np.linspace(0, len(steps) - 1, min(MAX_POINTS, len(steps))).round()
                ).astype(int)
                points = [[int(steps[at]), _number(float(values[at]))] for at in places]
                curves.append({"name": printable(name), "head": head, "points": points})
    return curves
