"""A run as JSON lines, exactly as the contract has them."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objtui.measures.detections import MAX_SHOWN, PictureDetections
from objtui.measures.frames import Frame
from objtui.measures.histogram import BINS, LOGIT_EDGES
from objtui.measures.scores import DETECTOR_SCORE_NAMES, SCORE_NAMES
from objtui.reports.jsonlines import JsonReport, encode_line, error_line
from objtui.reports.report import write_report
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary, SamplePicture
from objtui.runfile.writer import RunWriter
from objtui.runs.follow import follow
from tests.picture_runs import mistakes_of
from tests.runs_for_tests import a_frame

SUMMARY = RunSummary(steps=100, wall_s=5.0, start_s=1.0, train_s=2.0, eval_s=0.5)

NewRun = Callable[..., RunWriter]


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def lines_of(path: Path, *, live: bool = False) -> list[dict[str, Any]]:
    out = io.StringIO()
    with RunReader(path) as reader:
        write_report(JsonReport(out, live=live), follow(reader))
    return [json.loads(line, parse_constant=refuse) for line in out.getvalue().splitlines()]


@pytest.fixture
def run_path(new_run: NewRun, frame: Callable[..., Frame]) -> Path:
    run = new_run()
    run.append_frame(frame(0, nll=math.inf, temperature=math.nan))
    run.append_frame(frame(50, scheduled=False))
    run.append_frame(frame(100, gap=1e-3))
    run.finish("finished", SUMMARY, "")
    return run.path


def test_the_lines_are_run_frames_claims_end(run_path: Path) -> None:
    kinds = [line["type"] for line in lines_of(run_path)]
    assert kinds == ["run", "frame", "frame", "claim", "end"]


def test_the_run_line(run_path: Path) -> None:
    line = lines_of(run_path)[0]
    assert line == {
        "type": "run",
        "run": "a-run",
        "scenario": "scenarios/a.toml",
        "title": "A title",
        "device": "cpu",
        "seeds": [0, 1],
        "steps": 100,
        "heads": [
            {"name": "bce", "loss": "bce", "neurons": 1},
            {"name": "ce", "loss": "ce", "neurons": 2},
        ],
        "train": {"rows": 1000, "positives": 100},
        "val": {"rows": 500, "positives": 40},
        "logit_edges": LOGIT_EDGES.tolist(),
        "versions": {"torch": "2"},
    }


def test_a_frame_line_has_every_score_of_every_head(run_path: Path) -> None:
    line = lines_of(run_path)[2]
    assert set(line) == {"type", "step", "elapsed_s", "heads"}
    assert (line["step"], line["elapsed_s"]) == (100, 10.0)
    assert set(line["heads"]) == {"bce", "ce"}
    head = line["heads"]["ce"]
    assert set(head) == {"diverged", "scores", "logits"}
    assert head["diverged"] is False
    assert tuple(head["scores"]) == SCORE_NAMES
    assert head["scores"]["gap"] == {"mean": 1e-3, "sd": 0.0, "values": [1e-3, 1e-3]}


def test_a_detector_says_what_its_heads_detect_on_the_pictures_of_the_run(new_run: NewRun) -> None:
    shape = 2, 1, MAX_SHOWN
    logits, hits = np.full(shape, np.nan, np.float32), np.zeros(shape, np.bool_)
    boxes = np.zeros((*shape, 4), np.int16)
    logits[1, 0, :2], hits[1, 0, 0] = (1.5, -2), True
    boxes[1, 0, 0] = 1, 2, 30, 40
    names = DETECTOR_SCORE_NAMES
    run = new_run(score_names=names, pictures=(SamplePicture("a.png", 64, 48),))
    frame = replace(
        a_frame(0),
        scores=np.full((2, 2, len(names)), 0.5),
        score_names=names,
        detections=PictureDetections(boxes, logits, hits),
    )
    run.append_frame(frame)
    run.append_frame(replace(frame, step=100, detections=None))
    run.finish("finished", SUMMARY, "")
    first, last = (line for line in lines_of(run.path) if line["type"] == "frame")
    assert first["heads"]["ce"]["detections"] == [
        {
            "image": "a.png",
            "boxes": [[1, 2, 30, 40], [0, 0, 0, 0]],
            "logits": [1.5, -2],
            "hits": [True, False],
        }
    ]
    assert first["heads"]["bce"]["detections"] == [
        {"image": "a.png", "boxes": [], "logits": [], "hits": []}
    ]
    assert first["heads"]["ce"]["scores"]["ap50"]["mean"] == 0.5
    assert "detections" not in last["heads"]["ce"]


def test_the_worst_mistakes_are_in_the_frame_that_has_them(new_run: NewRun) -> None:
    run = new_run(pictures=(SamplePicture("a.png", 64, 48),))
    run.append_frame(a_frame(0))
    run.append_frame(replace(a_frame(100), mistakes=mistakes_of(2)))
    run.finish("finished", SUMMARY, "")
    first, last = (line for line in lines_of(run.path) if line["type"] == "frame")
    assert "mistakes" not in first["heads"]["ce"]
    said = last["heads"]["ce"]["mistakes"]
    assert said["false_alarm"][0] == {"image": "alarm 0.png", "box": [18, 28, 16, 16], "logit": 6.0}
    assert [each["logit"] for each in said["missed"]] == [None, -3.0]


def test_histograms_are_summed_over_seeds(run_path: Path) -> None:
    logits = lines_of(run_path)[2]["heads"]["bce"]["logits"]
    assert len(logits["positive"]) == len(logits["negative"]) == BINS
    assert (logits["positive"][299], sum(logits["positive"])) == (1 + 2, 3)
    assert (logits["negative"][99], sum(logits["negative"])) == (7 + 7, 14)
    ends = {key: value for key, value in logits.items() if key not in ("positive", "negative")}
    assert ends == {
        "positive_below": 4,
        "positive_above": 0,
        "negative_below": 0,
        "negative_above": 6,
    }


def test_numbers_that_are_not_finite_are_null(run_path: Path) -> None:
    scores = lines_of(run_path)[1]["heads"]["bce"]["scores"]
    assert scores["nll"] == {"mean": None, "sd": None, "values": [None, None]}
    assert scores["temperature"]["values"] == [None, None]


def test_live_frames_come_only_where_asked_for_and_are_marked(run_path: Path) -> None:
    frames = [line for line in lines_of(run_path, live=True) if line["type"] == "frame"]
    assert [(line["step"], line.get("live")) for line in frames] == [
        (0, None),
        (50, True),
        (100, None),
    ]


def test_the_claim_and_end_lines(run_path: Path) -> None:
    claim, end = lines_of(run_path)[-2:]
    assert claim == {
        "type": "claim",
        "text": "They agree",
        "test": "ce.gap < 1e-2",
        "verdict": "holds",
        "holds": 2,
        "of": 2,
        "values": [1e-3, 1e-3],
    }
    assert end == {
        "type": "end",
        "state": "finished",
        "steps": 100,
        "wall_s": 5.0,
        "start_s": 1.0,
        "train_s": 2.0,
        "eval_s": 0.5,
        "steps_per_s": 50.0,
        "run_file": str(run_path),
    }


def test_a_claim_of_a_run_that_was_stopped_says_how_far_it_had_come(
    new_run: NewRun, frame: Callable[..., Frame]
) -> None:
    run = new_run(claims=(("It is small", "bce.nll@900 < 1"),))
    run.append_frame(frame(50))
    run.finish("stopped", RunSummary(50, 5.0, 1.0, 2.0, 0.5), "")
    claim = lines_of(run.path)[-2]
    assert claim["verdict"] == "holds"
    assert claim["note"] == "judged at step 50 of 100, but the test asks for step 900"


def test_without_validation_rows_there_is_no_val(new_run: NewRun) -> None:
    run = new_run(val=None)
    run.finish("stopped", SUMMARY, "")
    lines = lines_of(run.path)
    assert lines[0]["val"] is None
    assert [line["type"] for line in lines] == ["run", "end"]


def test_without_training_rows_there_is_no_train(new_run: NewRun) -> None:
    run = new_run(train=None)
    run.finish("stopped", SUMMARY, "")
    assert lines_of(run.path)[0]["train"] is None


def test_a_crashed_run_ends_with_its_last_step_and_no_times(
    new_run: NewRun, frame: Callable[..., Frame]
) -> None:
    with new_run() as run:
        run.append_frame(frame(30))
        run._connection.execute("UPDATE status SET pid_started = pid_started - 1")
        end = lines_of(run.path)[-1]
    assert (end["state"], end["steps"], end["wall_s"]) == ("crashed", 30, None)
    assert set(end) == set(lines_of_end_keys())


def lines_of_end_keys() -> list[str]:
    return [
        *("type", "state", "steps", "wall_s", "start_s", "train_s"),
        *("eval_s", "steps_per_s", "run_file"),
    ]


def test_a_diverged_member_marks_its_head(new_run: NewRun, frame: Callable[..., Frame]) -> None:
    run = new_run()
    lost = frame(10)
    lost.diverged[1, 1] = True
    run.append_frame(lost)
    run.finish("finished", SUMMARY, "")
    heads = lines_of(run.path)[1]["heads"]
    assert (heads["bce"]["diverged"], heads["ce"]["diverged"]) == (False, True)


def test_lines_are_ascii_whatever_they_say() -> None:
    line = encode_line(error_line("no file “größe”\n"))
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == {"type": "error", "message": "no file “größe”\n"}
