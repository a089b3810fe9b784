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

from objtui.measures.histogram import LOGIT_EDGES
from objtui.measures.pictures import PictureContent, outcomes
from objtui.measures.reliability import reliability_bins
from objtui.measures.scores import score_of
from objtui.runs.comparison import Comparison
from objtui.runs.history import HeadHistory, Moment
from objtui.text.terminal import printable

MAX_FRAMES = 160
"""Moments on a page, spread over those recorded; the first and the last are among them."""

MIN_FRAMES = 10

MAX_BYTES = 6_000_000
"""Of all moments; fewer are shown where they are larger, as of many heads."""

MAX_POINTS = 300
"""Of a curve that is recorded apart from the moments."""

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


def page_content(runs: Comparison) -> dict[str, Any]:
    """Everything that a page shows of runs that are read in; `history` must be there."""
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
        **changing_content(runs),
    }


def curve_content(runs: Comparison) -> dict[str, Any]:
    """The curves that are recorded apart from the moments."""
    history = runs.history
    assert history is not None
    return {"losses": _losses(history), "numbers": _numbers(history)}


def changing_content(runs: Comparison) -> dict[str, Any]:
    """What changes beside the moments while a run goes: its state and its claims."""
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
    return {"state": ", ".join(dict.fromkeys(states)), "ended": runs.ended, "claims": claims}


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
    `bins` by head the [mean p, share of objects, rows] of every bin of p that has rows; `boxes` by
    head and picture [kind, left, top, width, height, logit].
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
        "bins": [_bins(moment.counts[head]) for head in heads],
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


def _number(value: float) -> float | None:
    """A number in few digits; None where it is not finite, which JSON does not know."""
    if not math.isfinite(value) or abs(value) > _BIGGEST:
        return None
    return float(f"{value:.{_DIGITS}g}")


def _range(moment: Moment, name: str, head: int) -> list[float | None] | None:
    values = moment.values(name, head)[~moment.diverged_of(head)]
    values = values[np.abs(values) <= _BIGGEST]  # which NaN is not
    if not len(values):
        return None
    return [_number(float(value)) for value in (values.mean(), values.min(), values.max())]


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
                    "source": _data_address(content),
                }
                for picture, content in zip(run.header.pictures, run.contents, strict=False)
            ]
        )
    return of_heads


def _data_address(content: PictureContent) -> str:
    from PIL import Image

    out = BytesIO()
    Image.fromarray(np.squeeze(content.pixels)).save(out, "PNG", optimize=True)
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
