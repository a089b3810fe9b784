"""From a scenario to a run in parts, and what is asked for one."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from objtui.cluster.rooms import prepare_in_parts
from objtui.engine.session import train
from objtui.errors import DeviceError
from objtui.measures.frames import Frame
from objtui.scenario.load import parse_scenario
from objtui.scenario.schema import Scenario
from objtui.session import Session, no_listener
from objtui.trainer.request import MAX_PARTS, TrainRequest
from tests.conftest import A_SCENARIO


def a_scenario(*overrides: str) -> Scenario:
    overrides = ("train.steps=20", *overrides)
    return parse_scenario(A_SCENARIO, "a.toml", Path(), overrides).scenario


def prepared(scenario: Scenario) -> Session:
    lines: list[str] = []
    with ExitStack() as held:
        return prepare_in_parts(scenario, Path(), no_listener, None, MAX_PARTS, held, lines.append)


def test_without_a_cluster_parts_train_here() -> None:
    session = prepared(a_scenario())
    assert (session.device, session.steps) == ("cpu", 20)
    frames = [each for each in session.training.events() if isinstance(each, Frame)]
    whole = list(train(a_scenario()))
    assert [frame.step for frame in frames] == list(session.training.schedule)
    for one, two in zip(frames, whole, strict=True):
        assert one.scores.tobytes() == two.scores.tobytes()
        assert one.counts.tobytes() == two.counts.tobytes()


def test_parts_train_on_cpus_alone() -> None:
    with pytest.raises(DeviceError, match="use --device cpu"):
        prepared(a_scenario("train.device=cuda"))


def test_a_request_for_a_cluster_is_for_parts_of_one_thread_each() -> None:
    request = TrainRequest("a.toml", A_SCENARIO, ".", "runs")
    assert request.on_cluster(None) == request
    asked = request.on_cluster("head:6379")
    assert (asked.ray, asked.parts, asked.threads) == ("head:6379", MAX_PARTS, 1)
    assert asked.on_cluster("other:1", max_parts=1).parts == MAX_PARTS
    assert request.on_cluster("", max_parts=1).parts == 1
