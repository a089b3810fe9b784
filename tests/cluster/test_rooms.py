"""From a scenario to a run in parts, and what is asked for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from objtui.cluster import rooms
from objtui.cluster.connect import LOCAL
from objtui.cluster.here import PoolHere
from objtui.cluster.kept import KeptCluster
from objtui.cluster.rooms import prepare_in_parts
from objtui.engine.data.dataset import Dataset
from objtui.engine.session import train
from objtui.errors import DeviceError, RunFileError
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


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A cluster that has no free CPU at first, then two; what happens to it."""
    told: list[str] = []
    free = iter([0, 2])

    @contextmanager
    def joined(address: str) -> Iterator[None]:
        told.append(f"joined {address}")
        try:
            yield
        finally:
            told.append("left")

    class Pool(PoolHere):
        def __init__(self, scenario: Scenario, dataset: Dataset, threads: int, say: object) -> None:
            super().__init__(scenario, dataset)

        def end(self) -> None:
            told.append("ended")
            super().end()

    monkeypatch.setattr(rooms, "cluster", joined)
    monkeypatch.setattr(rooms, "RayPool", Pool)
    monkeypatch.setattr(rooms, "free_cpus", lambda: next(free))
    monkeypatch.setattr(rooms, "POLL_S", 0.0)
    return told


def test_parts_end_before_the_cluster_is_left_whatever_ends_the_run(told: list[str]) -> None:
    def progress(what: str, share: float) -> None:
        if "CPU" in what:
            told.append(what)

    with suppress(RunFileError), ExitStack() as held:
        session = rooms.prepare_in_parts(
            a_scenario("train.seeds=16"), Path(), progress, "head:1", 8, held, print
        )
        next(iter(session.training.events()))
        raise RunFileError("the disk is full")
    assert told == ["joined head:1", "the cluster has no free CPU; waiting", "ended", "left"]


def test_a_cluster_of_this_machine_alone_is_held_by_a_keeper_that_outlives_us(
    told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def kept(address: str, environment: dict[str, str]) -> Iterator[KeptCluster]:
        told.append(f"made {address or 'here'}")
        yield KeptCluster("127.0.0.1:6379", 2)
        told.append("let go")

    monkeypatch.setattr(rooms, "kept_cluster", kept)
    with ExitStack() as held:
        prepare = rooms.prepare_in_parts
        prepare(a_scenario(), Path(), no_listener, LOCAL, 1, held, print)
    assert told == ["made here", "joined 127.0.0.1:6379", "ended", "left", "let go"]


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
