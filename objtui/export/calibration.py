"""The calibration of a run as JSON: the numbers to put into a detector of one's own."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from objtui.errors import UsageError
from objtui.measures.calibrators import CALIBRATIONS, parameters_of
from objtui.measures.frames import Frame
from objtui.measures.scores import CALIBRATION_SCORE_NAMES
from objtui.runs.recorded import RecordedRun


def write_calibration_file(runs: Sequence[RecordedRun], place: Path) -> None:
    """Write the calibration of the first run, the only one of this format, to a new file.

    Raises UsageError where it has none.
    """
    with place.open("w", encoding="ascii", newline="\n") as out:
        write_calibration(runs, out)


def write_calibration(runs: Sequence[RecordedRun], out: TextIO) -> None:
    """The same, to standard output."""
    text = json.dumps(calibration_values(runs[0]), indent=2, allow_nan=False)
    out.write(text + "\n")


def calibration_values(run: RecordedRun) -> dict[str, Any]:
    """Method, formula, rows, and by head and seed parameters and scores; null for undefined."""
    header, frame = run.header, run.reader.last_scheduled()
    if frame is None or frame.calibration is None:
        raise UsageError(_why_none(run, frame))
    calibration = frame.calibration
    return {
        "run": header.run,
        "step": frame.step,
        "method": calibration.method,
        "formula": CALIBRATIONS[calibration.method].formula,
        "z": "the logit: the neuron's output, or object minus background where there are two",
        "rows": {"fitted": calibration.fitted, "held": calibration.held},
        "heads": {
            head.name: [
                {
                    "seed": seed,
                    "parameters": parameters_of(calibration.members[position][place]),
                    "scores": _scores(frame, position, place),
                }
                for place, seed in enumerate(header.seeds)
            ]
            for position, head in enumerate(header.heads)
        },
    }


def _why_none(run: RecordedRun, frame: Frame | None) -> str:
    if not set(CALIBRATION_SCORE_NAMES) <= set(run.header.score_names):
        key = "--calibrate METHOD" if run.header.measured else "--set calibrate.method=temperature"
        command = "objtui measure" if run.header.measured else "objtui run"
        return f"the run {run.name} has no calibration: `{command}` with {key} makes one"
    at = "before its first frame" if frame is None else f"at step {frame.step}"
    return (
        f"the run {run.name} has no calibration yet: it is fitted after the last step, and the run "
        f"is {at}"
    )


def _scores(frame: Frame, head: int, seed: int) -> dict[str, float | None]:
    values = {name: float(frame.score(name)[head, seed]) for name in CALIBRATION_SCORE_NAMES}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
