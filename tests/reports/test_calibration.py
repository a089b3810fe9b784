"""A calibration in text, in JSON lines and as an export: the same numbers everywhere."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objtui.errors import UsageError
from objtui.export.calibration import write_calibration
from objtui.measures.calibrators import FrameCalibration, Temperature
from objtui.measures.frames import Frame
from objtui.measures.scores import CALIBRATION_SCORE_NAMES, SCORE_NAMES
from objtui.reports.calibration import calibration_part
from objtui.reports.jsonlines import JsonReport
from objtui.reports.style import Style
from objtui.runfile.writer import RunWriter
from objtui.runs.recorded import recorded_runs
from tests.runs_for_tests import a_frame, a_header

PLAIN = Style(unicode=False)
NAMES = (*SCORE_NAMES, *CALIBRATION_SCORE_NAMES)


def calibrated(step: int = 100) -> Frame:
    """A frame of two heads and seeds; one member has no temperature."""
    frame = a_frame(step)
    scores = np.full((2, 2, len(NAMES)), 0.5)
    scores[..., -6:] = [1.0, 0.2, 0.9, 0.6, 0.1, 0.9]
    scores[1, 1, -3:] = np.nan
    members = ((Temperature(2.5), Temperature(3.0)), (Temperature(4.0), None))
    fitted = FrameCalibration("temperature", 250, 251, members)
    return replace(frame, scores=scores, score_names=NAMES, calibration=fitted)


def recorded(new_run: Callable[..., RunWriter], *frames: Frame, **header: Any) -> Path:
    with new_run(score_names=NAMES, **header) as writer:
        for frame in frames:
            writer.append_frame(frame)
        return writer.path


def exported(path: Path) -> dict[str, Any]:
    with recorded_runs([path]) as runs:
        out = io.StringIO()
        write_calibration(runs, out)
    values: dict[str, Any] = json.loads(out.getvalue())
    return values


def test_text_has_each_score_before_and_after() -> None:
    lines = calibration_part(a_header(score_names=NAMES), calibrated(), {}, PLAIN)
    assert lines[1] == "calibrated by temperature, fitted on 250 rows, measured on 251 others"
    assert lines[2].split()[:5] == ["head", "nll", "held", "nll", "cal"]
    name, *numbers = lines[3].split()
    assert (name, [float(each) for each in numbers]) == ("bce", [1.0, 0.6, 0.2, 0.1, 0.9, 0.9])
    assert lines[-1].startswith("ce: no temperature is best for 1 of 2 seeds")
    assert calibration_part(a_header(), a_frame(100), {}, PLAIN) == []


def test_json_has_a_line_a_member_and_scores_at_the_last_frame_alone() -> None:
    out = io.StringIO()
    report = JsonReport(out)
    report.begin(a_header(score_names=NAMES))
    early = a_frame(0).with_scores(NAMES)
    report.frame(early)
    report.frame(calibrated())
    _, first, last, *lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert "nll_calibrated" not in first["heads"]["bce"]["scores"]
    assert last["heads"]["bce"]["scores"]["nll_calibrated"]["values"] == [0.6, 0.6]
    assert last["heads"]["ce"]["scores"]["nll_calibrated"]["values"] == [0.6, None]
    assert [(line["type"], line["head"], line["seed"], line["method"]) for line in lines] == [
        ("calibration", head, seed, "temperature") for head in ("bce", "ce") for seed in (0, 1)
    ]
    parameters = [line["parameters"] for line in lines]
    assert parameters == [{"temperature": 2.5}, {"temperature": 3.0}, {"temperature": 4.0}, None]


def test_an_export_has_the_numbers_the_formula_and_the_rows(
    new_run: Callable[..., RunWriter],
) -> None:
    values = exported(recorded(new_run, a_frame(0).with_scores(NAMES), calibrated()))
    assert values["formula"] == "p = 1 / (1 + exp(-z / temperature))"
    assert values["rows"] == {"fitted": 250, "held": 251}
    bce, ce = values["heads"]["bce"], values["heads"]["ce"]
    assert [each["parameters"] for each in bce] == [{"temperature": 2.5}, {"temperature": 3.0}]
    assert (ce[1]["parameters"], ce[1]["scores"]["nll_calibrated"]) == (None, None)
    assert ce[1]["scores"]["nll_held"] == 1.0


def test_a_run_without_one_names_the_key(new_run: Callable[..., RunWriter]) -> None:
    with new_run("plain") as writer:
        writer.append_frame(a_frame(100))
    with pytest.raises(UsageError, match=r"plain has no calibration: .* calibrate.method="):
        exported(writer.path)
    unfinished = recorded(new_run, a_frame(50).with_scores(NAMES))
    with pytest.raises(UsageError, match=r"no calibration yet.* at step 50"):
        exported(unfinished)
