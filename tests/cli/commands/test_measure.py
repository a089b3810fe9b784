"""`objtui measure`, from files of every kind to runs that every command takes."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from objtui.cli.commands.measure import CALIBRATION_METHODS
from objtui.cli.main import main
from objtui.export.formats import export_format
from objtui.measures.calibrators import CALIBRATIONS
from objtui.measures.scores import OF_TRAINING, SCORE_NAMES
from objtui.runfile.records import NO_DEVICE
from tests.measuring.measured_files import T, Z, kinds, write
from tests.runs_for_tests import MakeRun, record_flat

TABLES_AND_PICTURES = ("csv", "jsonl", "parquet", "tensorboard", "svg", "png", "run")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test runs in a folder of its own, where runs go to `runs`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OBJTUI_RUNS", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command prints on stdout, or on stderr where it fails."""
    capsys.readouterr()
    assert main(arguments) == code
    out, err = capsys.readouterr()
    return err if code else out


@kinds
def test_a_file_of_every_kind_gives_the_scores_of_scikit_learn(
    kind: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / f"val{kind}")
    lines = said(capsys, "measure", f"val{kind}", "--json").splitlines()
    run, frame, end = map(json.loads, lines)
    assert (run["type"], frame["type"], end["type"]) == ("run", "frame", "end")
    assert run["train"] is None
    assert run["val"] == {"rows": 60, "positives": int(T.sum())}
    scores = {name: score["mean"] for name, score in frame["heads"]["logits"]["scores"].items()}
    p = 1 / (1 + np.exp(-Z))
    assert scores["nll"] == pytest.approx(metrics.log_loss(T, p), abs=1e-9)
    assert scores["ap"] == pytest.approx(metrics.average_precision_score(T, Z), abs=1e-9)
    assert [scores[name] for name in OF_TRAINING] == [None] * len(OF_TRAINING)
    assert set(scores) == set(SCORE_NAMES)
    assert (end["state"], end["run_file"]) == ("finished", "runs/val-1.objtui")
    assert Path(end["run_file"]).is_file()


def test_text_is_the_end_of_a_headless_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "val.npz")
    lines = said(capsys, "measure", "val.npz", "--name", "mine").splitlines()
    assert lines[:7] == [
        "val.npz",
        "",
        "run       mine",
        "measured  val.npz, float64",
        f"rows      60 rows, {T.sum():.0f} positive ({100 * T.mean():.3g} %)",
        "heads     logits",
        "",
    ]
    assert lines[7].startswith("measured in ")
    assert lines[9].split()[:4] == ["head", "nll", "brier", "ap"]
    assert lines[10].split()[0] == "logits"
    assert lines[12] == "run file  runs/mine.objtui"
    assert lines[13:] == ["", *said(capsys, "explain", "mine").splitlines()]


def test_heads_are_compared_with_the_first_and_steps_are_frames(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays = {"a": Z, "z0": -Z, "z1": Z + 0.5, "t": T, "step": np.arange(60) // 30}
    write(folder / "val.csv", **arrays)
    options = ("--logits", "a", "--logits", "ce=z0,z1", "--targets", "t", "--json")
    run, *frames, end = map(json.loads, said(capsys, "measure", "val.csv", *options).splitlines())
    assert [(head["name"], head["neurons"]) for head in run["heads"]] == [("a", 1), ("ce", 2)]
    assert [frame["step"] for frame in frames] == [0, 1]
    assert end["steps"] == 1
    gap = frames[0]["heads"]["ce"]["scores"]["gap"]["mean"]
    assert gap == pytest.approx(np.abs(Z[:30] + 0.5).max())


def test_probabilities_of_0_and_1_are_counted_beyond_the_edges(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "val.npz", logits=T, targets=T)
    line = said(capsys, "measure", "val.npz", "--probabilities", "--json").splitlines()[1]
    logits = json.loads(line)["heads"]["logits"]["logits"]
    assert logits["positive_above"] == T.sum()
    assert logits["negative_below"] == 60 - T.sum()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.npz"], "missing.npz: No such file or directory"),
        (["."], "is not a regular file"),
        (["val.npz", "--targets", "y"], "has no array 'y'; it has 'logits', 'targets'"),
        (["val.npz", "--targets", "a,b,c"], "expected NAME, or BACKGROUND,OBJECT"),
        (["val.npz", "--logits", "a=logits", "--logits", "a=z"], "names the head a 2 times"),
        (["val.npz", "--probabilities"], "expected a probability from 0 to 1"),
        (["val.npz", "--name", "last"], "cannot name a run"),
    ],
)
def test_what_cannot_be_measured_is_one_line_and_leaves_no_run(
    arguments: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "val.npz")
    (line,) = said(capsys, "measure", *arguments, code=2).splitlines()
    assert line.startswith("objtui: error: ")
    assert message in line
    assert not (folder / "runs").exists()


def test_every_command_takes_a_measured_run_beside_a_trained_one(
    folder: Path, new_run: MakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "runs").mkdir()
    record_flat(new_run, "trained", folder=folder / "runs")
    write(folder / "val.npz", logits=Z, other=2 * Z, targets=T)
    main(["measure", "val.npz", "--logits", "logits", "--logits", "other", "--name", "given"])
    listed = {
        line["run"]: line for line in map(json.loads, said(capsys, "runs", "--json").splitlines())
    }
    assert (listed["given"]["state"], listed["given"]["device"]) == ("finished", NO_DEVICE)
    assert "given" in said(capsys, "runs")
    watched = said(capsys, "watch", "given", "--headless")
    assert "measured  val.npz" in watched
    lines = said(capsys, "watch", "given", "trained", "--json").splitlines()
    assert {json.loads(line)["run"] for line in lines} == {"given", "trained"}
    for entry in map(export_format, TABLES_AND_PICTURES):
        runs = ["given", "trained"] if entry.picture or entry.folder else ["given"]
        out = folder / f"out-{entry.name}"
        out = out if entry.folder else out.with_suffix(f".{entry.name}")
        out = out.with_suffix(".objtui") if entry.name == "run" else out
        said(capsys, "export", *runs, "--format", entry.name, "--out", str(out))
        assert out.exists()
    with (folder / "out-csv" / "scores.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["run"] == "given"]
    assert [row["head"] for row in rows] == ["logits", "other"]
    assert {row["weight_norm"] for row in rows} == {"nan"}
    refusal = said(capsys, "resume", "given", code=2)
    assert refusal == (
        "objtui: error: the run given was measured, not trained: nothing to resume\n"
    )


def test_it_loads_neither_torch_nor_the_scenarios_nor_the_dashboard(folder: Path) -> None:
    write(folder / "val.safetensors")
    code = (
        "import sys; from objtui.cli.main import main; main(['measure', 'val.safetensors']); "
        "heavy = {'torch', 'pydantic', 'textual', 'rich', 'plotext'} & set(sys.modules); "
        "sys.exit(f'{heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, timeout=120)


def test_a_calibration_is_fitted_to_the_last_step_on_request(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(0, 1, 400)
    t = (rng.random(400) < 1 / (1 + np.exp(-z))).astype(np.float64)
    step = np.repeat([1, 2], 200)
    write(folder / "val.npz", logits=3 * z, targets=t, step=step)
    out = said(capsys, "measure", "val.npz", "--calibrate", "temperature", "--json")
    _, first, last, fitted, _ = map(json.loads, out.splitlines())
    assert "nll_held" not in first["heads"]["logits"]["scores"]
    scores = last["heads"]["logits"]["scores"]
    assert scores["nll_calibrated"]["mean"] < scores["nll_held"]["mean"]
    assert scores["ap_calibrated"] == scores["ap_held"]
    assert 2 < fitted["parameters"]["temperature"] < 4
    values = json.loads(said(capsys, "export", "last", "--format", "calibration", "-o", "-"))
    assert values["heads"]["logits"][0]["parameters"] == fitted["parameters"]
    assert sum(values["rows"].values()) == 200


def test_the_methods_of_the_option_are_those_that_there_are() -> None:
    assert tuple(CALIBRATIONS) == CALIBRATION_METHODS
