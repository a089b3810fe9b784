"""What Ray is asked for, and what its answers are taken for; Ray itself is made up here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from objtui.cluster.parts import Failed, Host, Lost, Piece
from objtui.cluster.ray_pool import AHEAD, LET_IN, NODE_NEEDS, RayPool, cluster, remove_folders_left
from objtui.errors import UsageError
from tests.engine.cases import make_scenario

PIECE = Piece(1, host=Host("node", "kind"))


class RayError(Exception):
    pass


class RayTaskError(RayError):
    cause: Exception | None = None


class ActorDiedError(RayError):
    actor_init_failed = False


class OtherError(RayError):
    """None of those that mean a death."""


class FakeRay:
    """Gives what streams are told to give; remembers what it was asked for."""

    def __init__(self) -> None:
        self.exceptions = SimpleNamespace(
            RayError=RayError,
            RayTaskError=RayTaskError,
            RayActorError=ActorDiedError,
            WorkerCrashedError=type("WorkerCrashedError", (RayError,), {}),
            ObjectLostError=type("ObjectLostError", (RayError,), {}),
            NodeDiedError=type("NodeDiedError", (RayError,), {}),
        )
        self.streams: list[list[Any]] = []
        self.actors: list[dict[str, Any]] = []
        self.tasks: list[dict[str, Any]] = []
        self.killed: list[int] = []
        self.wishes: list[tuple[int, ...]] = []
        self.cpus = 2
        self.joining: Exception = RuntimeError(
            "Version mismatch:\n  The cluster 3.11.7, this process 3.11.9"
        )

    def put(self, value: object) -> object:
        return value

    def remote(self, **options: Any) -> Any:
        number = len(self.actors)
        self.actors.append(options)

        def train(**task: Any) -> Any:
            self.tasks.append(task)
            return SimpleNamespace(remote=lambda *_: iter(self.streams.pop(0)))

        def wish(concurrency_group: str) -> Any:
            assert concurrency_group in options["concurrency_groups"]
            return SimpleNamespace(remote=lambda *what: self.wishes.append((number, *what)))

        handle = SimpleNamespace(
            number=number,
            train=SimpleNamespace(options=train),
            want_state=SimpleNamespace(options=wish),
            want_end=SimpleNamespace(options=wish),
        )
        return lambda kind: SimpleNamespace(remote=lambda: handle)

    def wait(self, streams: list[Any], num_returns: int, timeout: float) -> Any:
        return streams[:1], streams[1:]

    def get(self, value: Any) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    def kill(self, handle: Any) -> None:
        self.killed.append(handle.number)

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": self.cpus}

    def nodes(self) -> list[dict[str, Any]]:
        return []

    def init(self, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # as Ray does
        raise self.joining

    def shutdown(self) -> None:
        """Nothing."""


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRay]:
    fake = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", fake)  # type: ignore[arg-type]
    name = "ray.util.scheduling_strategies"
    strategies: Any = SimpleNamespace(NodeAffinitySchedulingStrategy=object)
    monkeypatch.setitem(sys.modules, name, strategies)
    return fake


def a_pool(**changes: Any) -> RayPool:
    return RayPool(make_scenario(seeds=4), None, 1, **changes)  # type: ignore[arg-type]


def died(cause: Exception) -> RayTaskError:
    error = RayTaskError()
    error.cause = cause
    return error


def never_began(words: str) -> ActorDiedError:
    error = ActorDiedError(words)
    error.actor_init_failed = True
    return error


def test_ray_retries_nothing_and_holds_streams_back(ray: FakeRay) -> None:
    ray.streams = [[PIECE]]
    a_pool().begin(0, range(4), None)
    assert ray.actors[0]["max_restarts"] == ray.actors[0]["max_task_retries"] == 0
    assert ray.tasks == [{"num_returns": "streaming", "_generator_backpressure_num_objects": AHEAD}]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (PIECE, PIECE),
        (ActorDiedError(), Lost("ActorDiedError")),
        (died(ValueError("no")), Failed("ValueError: no")),
        (
            died(ModuleNotFoundError("No module named 'torch'")),
            Failed(f"ModuleNotFoundError: No module named 'torch'; {NODE_NEEDS}"),
        ),
        (
            never_began("ray::…\n  File …\nModuleNotFoundError: 'numpy'"),
            Failed(f"ModuleNotFoundError: 'numpy'; {NODE_NEEDS}"),
        ),
        (OtherError("what"), Failed("OtherError: what")),
    ],
)
def test_a_death_is_a_loss_and_an_error_of_the_part_a_failure(
    ray: FakeRay, given: object, taken: object
) -> None:
    ray.streams = [[given]]
    pool = a_pool()
    pool.begin(0, range(4), None)
    assert pool.take([0], 0.1) == (0, taken)


def test_a_stream_that_ends_early_is_a_loss(ray: FakeRay) -> None:
    ray.streams = [[]]
    pool = a_pool()
    pool.begin(0, range(4), None)
    assert pool.take([0], 0.1) == (0, Lost("its stream ended early"))


def test_an_actor_is_killed_where_its_part_begins_again_and_at_the_end(ray: FakeRay) -> None:
    ray.streams = [[PIECE], [PIECE], [PIECE]]
    pool = a_pool()
    pool.begin(0, range(4), None)
    pool.begin(1, range(4), None)
    pool.begin(0, range(4), b"state")
    assert ray.killed == [0]
    pool.ask_state(0)
    pool.ask_end(0, 7)
    assert ray.wishes == [(2,), (2, 7)]
    pool.end()
    assert sorted(ray.killed) == [0, 1, 2]


def test_a_part_without_a_place_shares_one_once_it_has_waited(ray: FakeRay) -> None:
    ray.streams = [[PIECE], [PIECE, PIECE]]
    ray.cpus = 0
    lines: list[str] = []
    pool = a_pool(say=lines.append, place_s=0.0)
    pool.begin(0, range(4), None)
    for _ in range(2):
        assert pool.take([0], 0.1) == (0, PIECE)
    assert [actor["num_cpus"] for actor in ray.actors] == [1, 0]
    assert ray.killed == [0]
    assert lines == ["part 1 has no CPU of its own and shares one"]


def test_a_part_that_is_slow_to_start_keeps_its_cpu(ray: FakeRay) -> None:
    ray.streams = [[PIECE]]
    pool = a_pool(place_s=0.0)
    pool.begin(0, range(4), None)
    assert pool.take([0], 0.1) == (0, PIECE)
    assert [actor["num_cpus"] for actor in ray.actors] == [1]


def test_an_error_of_joining_is_one_line_and_signals_are_ours_again(
    ray: FakeRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objtui.cluster.ray_pool.require_ray", lambda: None)
    monkeypatch.setattr("objtui.cluster.ray_pool.set_environment", lambda *_: None)

    def stop(*_: object) -> None:
        """Ours."""

    before = signal.signal(signal.SIGTERM, stop)
    with (
        pytest.raises(UsageError, match=r"Version mismatch: The cluster 3\.11\.7, this"),
        cluster(""),
    ):
        pass
    assert signal.signal(signal.SIGTERM, before) is stop


def test_a_node_that_does_not_start_in_time_is_an_error_and_leaves_no_folder(
    ray: FakeRay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray allows it 30 s, which a busy machine may need, and raises no narrower exception."""
    for check in ("require_ray", "set_environment"):
        monkeypatch.setattr(f"objtui.cluster.ray_pool.{check}", lambda *_: None)
    monkeypatch.setattr("objtui.cluster.ray_pool.SHORT_PATH", str(tmp_path))
    ray.joining = Exception("The current node timed out during startup.")
    with pytest.raises(UsageError, match="The current node timed out"), cluster(""):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_that_answers_and_lets_nobody_in_is_asked_for_its_token(
    ray: FakeRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for check in ("require_ray", "require_head", "set_environment"):
        monkeypatch.setattr(f"objtui.cluster.ray_pool.{check}", lambda *_: None)
    ray.joining = ConnectionError("Failed to connect to Ray cluster at head:6379")
    ray.joining.__cause__ = RuntimeError("Failed to get cluster ID\nfrom GCS")
    with pytest.raises(UsageError) as raised, cluster("head:6379"):
        pass
    assert str(raised.value) == (
        f"--ray head:6379: the cluster answers but lets nobody in: {LET_IN} "
        "(Failed to connect to Ray cluster at head:6379: Failed to get cluster ID from GCS)"
    )


def test_folders_of_clusters_that_were_killed_are_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for name in (f"objtui-ray-{gone.pid}-x", f"objtui-ray-{os.getpid()}-y", "objtui-ray-other"):
        (tmp_path / name / "session").mkdir(parents=True)
    remove_folders_left(tmp_path)
    left = {folder.name for folder in tmp_path.iterdir()}
    assert left == {f"objtui-ray-{os.getpid()}-y", "objtui-ray-other"}
