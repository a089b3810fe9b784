"""`objtui explain`: on recorded runs, those of earlier versions, running ones and real ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from objtui.cli.main import main
from tests.runs_for_tests import MakeRun, record_nuclei

OLD = Path(__file__).parents[2] / "runfile" / "fixtures"


def explain(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["explain", *arguments]) == 0
    return capsys.readouterr().out


def test_a_recorded_run_is_explained_by_its_name_its_prefix_and_its_path(
    new_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_nuclei(new_run, tmp_path)
    texts = {
        explain(capsys, name, "--runs", str(tmp_path))
        for name in ("nuclei-1", "nuc", "last", str(tmp_path / "nuclei-1.objtui"))
    }
    (text,) = texts
    assert "nuclei-1, finished, as of step 1 240 of 2 000" in text
    assert "background-saturated: .877 (.869 to .885 over 5 seeds)" in text


def test_json_lines_are_all_advice(
    new_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_nuclei(new_run, tmp_path)
    lines = explain(capsys, "last", "--json", "--runs", str(tmp_path)).splitlines()
    said = [json.loads(line) for line in lines]
    assert {line["type"] for line in said} == {"advice"}
    assert {line["head"] for line in said} >= {"bce", "ce", "mse"}


def test_a_run_that_goes_on_is_explained_as_of_its_last_frame(
    new_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_nuclei(new_run, tmp_path, state="running", steps=(0, 10, 100))
    assert "as of step 100 of 2 000" in explain(capsys, "last", "--runs", str(tmp_path))


def test_a_run_without_a_frame_says_so(
    new_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_nuclei(new_run, tmp_path, steps=())
    assert "has not recorded a frame" in explain(capsys, "last", "--runs", str(tmp_path))


@pytest.mark.parametrize("name", ["finished", "stopped"])
def test_runs_of_earlier_versions_are_explained(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"{name}, as of step" in explain(capsys, str(OLD / f"{name}.objtui"))


def test_a_run_that_is_not_there_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "none", "--runs", str(tmp_path)]) == 2
    assert "none" in capsys.readouterr().err


SCENARIO = """
title = "Memorised"
[data]
source = "gaussians"
train_rows = 200
val_rows = 4000
dim = 10
separation = 3.0
label_flip = 0.15
[model]
backbone = "mlp"
hidden = [128]
[train]
steps = 600
batch = 50
optimizer = "adam"
lr = 3e-3
seeds = 3
[[heads]]
name = "bce"
loss = "bce"
"""


def test_a_net_that_learnt_labels_by_heart_is_told_its_temperature_and_its_best_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its T is near the score `temperature`, which is of all the rows."""
    (tmp_path / "a.toml").write_text(SCENARIO)
    runs = ["--runs", str(tmp_path)]
    assert main(["run", str(tmp_path / "a.toml"), "--headless", *runs]) == 0
    text = capsys.readouterr().out
    assert "bce is overconfident" in text
    assert text.endswith(f"what to do: objtui explain a-1 --runs {tmp_path}\n")
    lines = explain(capsys, "a-1", "--json", *runs).splitlines()
    said = {line["rule"]: line for line in map(json.loads, lines)}
    assert main(["watch", "a-1", "--json", *runs]) == 0
    frames = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    scores = [
        (frame["step"], frame["heads"]["bce"]["scores"])
        for frame in frames
        if frame["type"] == "frame"
    ]
    t = said["overconfident"]["numbers"]["temperature"]["mean"]
    assert t == pytest.approx(scores[-1][1]["temperature"]["mean"], rel=0.1)
    best = min(scores, key=lambda entry: entry[1]["nll"]["mean"])[0]
    assert said["validation-rose"]["numbers"]["best_step"]["mean"] == best
