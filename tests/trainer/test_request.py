"""A request on its way: as JSON, as a run file keeps it, and as an earlier version kept it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.errors import RunFileError, ScenarioError, UsageError
from objtui.trainer.request import TrainRequest, read_scenario, request_for, request_to_resume
from tests.conftest import A_SCENARIO
from tests.runs_for_tests import a_header

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

EARLIER = (
    '{"scenario": {"title": "Of an earlier version", "question": "", '
    '"data": {"seed": 0, "source": "points", "features": [[0.0], [1.0]], "targets": [0.0, 1.0]}, '
    '"model": {"backbone": "none", "hidden": [64], "activation": "relu"}, '
    '"train": {"steps": 1000000, "batch": 2, "optimizer": "adamw", "lr": 0.001, "momentum": 0.0, '
    '"nesterov": false, "betas": [0.9, 0.999], "eps": 1e-08, "weight_decay": null, '
    '"clip_norm": null, "schedule": "constant", "warmup": 0, "seeds": [0, 1], '
    '"init": "matched", "dtype": "float32", "device": "auto", "compile": "auto", '
    '"eval_every": null, "checkpoint_every": null}, '
    '"heads": [{"name": "bce", "loss": "bce", "mirror": null, "lr_scale": 1.0, '
    '"weight_decay_scale": 1.0, "negative_neuron": "free", "prior": null, "initial_logit": null, '
    '"label_smoothing": 0.0, "positive_weight": 1.0, "gamma": 2.0, "double_sigmoid": false}], '
    '"claims": []}, "scenario_path": "a.toml", '
    '"text": "title = \\"Of an earlier version\\"\\n", "base": "/scenarios", "runs": "runs", '
    '"name": "mine", "resume": null, "threads": null}'
)
"""As a run file of objtui 0.1 has it, whose launcher read the scenario."""


def a_request(text: str = A_SCENARIO, **changes: object) -> TrainRequest:
    values = {"scenario_path": "a.toml", "text": text, "base": ".", "runs": "runs"}
    return TrainRequest(**{**values, **changes})  # type: ignore[arg-type]


def test_a_request_survives_its_json() -> None:
    whole = a_request(overrides=("train.steps=7",), seeds=3, device="cpu", name="mine", threads=2)
    for request in (whole, whole.with_scenario(read_scenario(whole))):
        assert TrainRequest.from_json(request.to_json()) == request


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"text": "t"}', '{"unknown": 1}'])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        TrainRequest.from_json(text)


def test_the_scenario_has_its_overrides_and_then_the_options() -> None:
    request = a_request(overrides=("train.steps=7", "train.seeds=[4]"), seeds=3, device="cpu")
    train = read_scenario(request).train
    assert (train.steps, train.seeds, train.device) == (7, (0, 1, 2), "cpu")


def test_a_recorded_request_gives_the_same_scenario_without_its_text() -> None:
    request = a_request(overrides=("train.steps=7",))
    scenario = read_scenario(request)
    assert read_scenario(replace(request.with_scenario(scenario), text="")) == scenario


def test_every_problem_of_a_scenario_is_named_at_once() -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(a_request(overrides=("train.lr=-1", "train.batch=0")))
    assert len(caught.value.problems) == 2


def test_a_file_is_read_once_and_its_paths_start_from_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(A_SCENARIO)
    request = request_for(path, tmp_path / "runs", name="mine")
    path.unlink()
    assert (request.base, request.scenario_path) == (str(tmp_path), str(path))
    assert read_scenario(request).title == "A title"
    with pytest.raises(UsageError, match="no such scenario file"):
        request_for(path, tmp_path / "runs")


@pytest.mark.parametrize(
    ("text", "title"),
    [(A_SCENARIO, "A title"), ("title = 3", "a.toml"), ("title = ''", "a.toml")],
)
def test_the_title_is_that_of_the_file_or_its_path(text: str, title: str) -> None:
    assert a_request(text).title() == title


def test_the_title_of_what_is_no_toml_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="not valid TOML"):
        a_request("title =").title()


def test_a_request_of_an_earlier_version_is_resumed_as_it_was_recorded() -> None:
    header = a_header(device="cuda:1", threads=3)
    request = request_to_resume(Path("runs/mine.objtui"), header, EARLIER)
    assert (request.resume, request.runs, request.name) == ("runs/mine.objtui", "runs", None)
    assert (request.threads, request.base, request.title()) == (
        3,
        "/scenarios",
        "Of an earlier version",
    )
    scenario = read_scenario(request)
    assert (scenario.train.device, scenario.train.steps) == ("cuda:1", 1_000_000)


def test_a_recorded_scenario_that_is_not_valid_is_a_damaged_file() -> None:
    broken = json.loads(EARLIER)
    broken["scenario"]["heads"] = []
    request = request_to_resume(Path("mine.objtui"), a_header(), json.dumps(broken))
    with pytest.raises(RunFileError, match=r"mine\.objtui: its scenario is damaged, or of another"):
        read_scenario(request)


def test_a_request_without_its_scenario_is_none_that_a_run_file_keeps() -> None:
    with pytest.raises(RunFileError, match="damaged"):
        request_to_resume(Path("mine.objtui"), a_header(), a_request().to_json())


def test_a_run_of_an_earlier_version_goes_on(trainers: Trainers, command_line: CommandLine) -> None:
    path = trainers.start(train={"checkpoint_every": 50}).path
    trainers.wait_for(path, lambda status: status.step >= 60)
    trainers.stop(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE scenario SET request = ?", (EARLIER,))
    done = command_line.run("resume", "a-1", "--detach")
    assert (done.returncode, done.stderr) == (0, "")
    trainers.goes_on(path)
