"""A run as JSON lines: one object a line, strict JSON, each line flushed.

Numbers that are not finite are null; histograms are summed over seeds.
"""

from __future__ import annotations

import json
import math
from typing import Any, TextIO

import numpy as np

from objtui.claims.verdict import Verdict
from objtui.measures.calibrators import parameters_of
from objtui.measures.frames import NEGATIVE, POSITIVE, Frame
from objtui.measures.histogram import LOGIT_EDGES, Counts
from objtui.measures.mistakes import MISTAKE_KINDS
from objtui.measures.scores import score_of
from objtui.measures.spread import spread
from objtui.runfile.records import RowCounts, RunHeader, RunStatus
from objtui.runs.follow import Logged, RunEnd

Line = dict[str, Any]


class JsonReport:
    """Writes a run as JSON lines; with `live`, also the frames between the scheduled ones.

    Every line names its run where that is given: one of several that are followed.
    """

    def __init__(self, out: TextIO, *, live: bool = False, run: str = "") -> None:
        self._named = {"run": run} if run else {}
        self._out = out
        self._live = live
        self._header: RunHeader | None = None

    def begin(self, header: RunHeader) -> None:
        self._header = header
        self._write(run_line(header))

    def frame(self, frame: Frame) -> None:
        if self._header is not None and (self._live or is_always_written(frame)):
            for line in (frame_line(self._header, frame), *calibration_lines(self._header, frame)):
                self._write(line)

    def logged(self, numbers: Logged) -> None:
        self._write(numbers_line(numbers))

    def progress(self, status: RunStatus) -> None:
        """Nothing: the frames say how far the run is."""

    def end(self, end: RunEnd) -> None:
        for verdict in end.verdicts:
            self._write(claim_line(verdict))
        self._write(end_line(end))

    def _write(self, line: Line) -> None:
        self._out.write(encode_line({**line, **self._named}) + "\n")
        self._out.flush()


def is_always_written(frame: Frame) -> bool:
    """Whether a frame has its line without `--live`, too: a scheduled one, or one with the
    mistakes of a detector, which is where it was stopped."""
    return frame.scheduled or frame.mistakes is not None


def encode_line(line: Line) -> str:
    """A line as strict JSON in ASCII, without its line break."""
    # JSON has no escape of its own for this one control character.
    return json.dumps(_finite(line), allow_nan=False).replace("\x7f", "\\u007f")


def run_line(header: RunHeader) -> Line:
    """The line that begins a run."""
    return {
        "type": "run",
        "run": header.run,
        "scenario": header.scenario,
        "title": header.title,
        "device": header.device,
        "seeds": list(header.seeds),
        "steps": header.steps,
        "heads": [
            {"name": head.name, "loss": head.loss, "neurons": head.neurons} for head in header.heads
        ],
        "train": None if header.train is None else _rows(header.train),
        "val": None if header.val is None else _rows(header.val),
        "logit_edges": LOGIT_EDGES.tolist(),
        "versions": header.versions,
    }


def frame_line(header: RunHeader, frame: Frame) -> Line:
    """The line of a frame; marked where it is not a scheduled one."""
    line: Line = {
        "type": "frame",
        "step": frame.step,
        "elapsed_s": frame.elapsed_s,
        "heads": {
            head.name: {
                "diverged": bool(frame.diverged[position].any()),
                "scores": {
                    name: _score(frame.scores[position, :, column].tolist())
                    for column, name in enumerate(frame.score_names)
                    if frame.calibration is not None or not score_of(name).last_only
                },
                "logits": {
                    **_logits(frame.counts[position].sum(axis=0)),
                    **_nan_logits(frame, position),
                },
                **_detections(header, frame, position),
                **_mistakes(frame, position),
            }
            for position, head in enumerate(header.heads)
        },
    }
    if frame.of_training:
        line["rows"] = "train batches"
    return line if frame.scheduled else {**line, "live": True}


def calibration_lines(header: RunHeader, frame: Frame) -> list[Line]:
    """A line for every head and seed of a frame that has a calibration."""
    calibration = frame.calibration
    if calibration is None:
        return []
    return [
        {
            "type": "calibration",
            "head": head.name,
            "seed": seed,
            "method": calibration.method,
            "parameters": parameters_of(member),
            "rows": {"fitted": calibration.fitted, "held": calibration.held},
        }
        for head, members in zip(header.heads, calibration.members, strict=True)
        for seed, member in zip(header.seeds, members, strict=True)
    ]


def numbers_line(numbers: Logged) -> Line:
    """The line of the numbers that a training loop of the user's own logged at a step."""
    return {"type": "numbers", "step": numbers.step, "values": numbers.values}


def claim_line(verdict: Verdict) -> Line:
    """The line of a claim's verdict; it has a note only where the run is shorter than asked for."""
    line: Line = {
        "type": "claim",
        "text": verdict.text,
        "test": verdict.test,
        "verdict": verdict.verdict,
        "holds": verdict.holds,
        "of": verdict.of,
        "values": list(verdict.values),
    }
    return {**line, "note": verdict.note} if verdict.note else line


def end_line(end: RunEnd) -> Line:
    """The line that ends a run; times are null where the trainer could not write them."""
    summary = end.summary
    return {
        "type": "end",
        "state": end.status.state,
        "steps": end.status.step if summary is None else summary.steps,
        "wall_s": None if summary is None else summary.wall_s,
        "start_s": None if summary is None else summary.start_s,
        "train_s": None if summary is None else summary.train_s,
        "eval_s": None if summary is None else summary.eval_s,
        "steps_per_s": None if summary is None else summary.steps_per_s,
        "run_file": str(end.path),
    }


def error_line(message: str) -> Line:
    """The line of an error."""
    return {"type": "error", "message": message}


def _detections(header: RunHeader, frame: Frame, head: int) -> Line:
    """Those of a head on each sample picture, best first; nothing where none are recorded."""
    if frame.detections is None:
        return {}
    lines = []
    for number, picture in enumerate(header.pictures):
        shown = frame.detections.of(head, number)
        lines.append(
            {
                "image": picture.name,
                "boxes": [box for box, _, _ in shown],
                "logits": [logit for _, logit, _ in shown],
                "hits": [hit for _, _, hit in shown],
            }
        )
    return {"detections": lines}


def _mistakes(frame: Frame, head: int) -> Line:
    """The worst ones of a detector, where the frame has them."""
    if frame.mistakes is None:
        return {}
    of_kind: dict[str, list[Line]] = {kind: [] for kind in MISTAKE_KINDS}
    for each in frame.mistakes.of_head(head):
        of_kind[each.kind].append({"image": each.image, "box": list(each.box), "logit": each.logit})
    return {"mistakes": {kind.replace(" ", "_"): some for kind, some in of_kind.items()}}


def _rows(counts: RowCounts) -> Line:
    return {"rows": counts.rows, "positives": counts.positives}


def _score(values: list[float]) -> Line:
    over_seeds = spread(values)
    return {"mean": over_seeds.mean, "sd": over_seeds.sd, "values": values}


def _logits(counts: Counts) -> Line:
    """Histograms of one head from `(2, CELLS)` counts."""
    positive, negative = (np.asarray(counts[side]).tolist() for side in (POSITIVE, NEGATIVE))
    return {
        "positive": positive[1:-1],
        "negative": negative[1:-1],
        "positive_below": positive[0],
        "positive_above": positive[-1],
        "negative_below": negative[0],
        "negative_above": negative[-1],
    }


def _nan_logits(frame: Frame, head: int) -> Line:
    """Rows of a head whose logit is NaN, by class, where they were counted apart."""
    if frame.nan_counts is None:
        return {}
    by_class = frame.nan_counts[head].sum(axis=0)
    return {"positive_nan": int(by_class[POSITIVE]), "negative_nan": int(by_class[NEGATIVE])}


def _finite(value: Any) -> Any:
    """The value with every number that is not finite replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return value
