"""A pool on Ray: an actor for every part, whose method is a stream of pieces.

Ray is told to retry nothing: its retries begin a stream anew and skip by position, which pieces
that come by the clock do not survive. What a lost part does next is for the driver to decide.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import objtui
from objtui.cluster.connect import (
    LOCAL,
    host_and_port,
    require_head,
    require_ray,
    set_environment,
    usable_cpus,
)
from objtui.cluster.parts import Failed, Lost, Piece
from objtui.cluster.worker import PartActor
from objtui.errors import EXIT_TRAINING, UsageError, brief
from objtui.runfile.processes import process_started

if TYPE_CHECKING:
    from objtui.engine.data.dataset import Dataset
    from objtui.scenario.schema import Scenario

JOIN_S = 60.0
"""How long joining a cluster that answers may take; Ray gives up by itself before, as a rule."""

LET_IN = "is its token in RAY_AUTH_TOKEN here, and is this machine one of its nodes?"
"""What to ask where a cluster answers and lets nobody in."""

NODE_NEEDS = "`objtui help cluster` says what a node needs"

PLACE_S = 5.0
"""How long a part waits for a CPU of its own before it shares one: merging needs all parts."""

SHORT_PATH = "/tmp"
"""Where the folder of a cluster is made: names of sockets have 107 letters at most."""

BUSY_S = 60.0
"""How long it waits where there are CPUs, which others may have taken."""

FOLDERS = "objtui-ray-"

AHEAD = 2
"""Pieces that a part sends ahead; where they are not taken, it waits."""


@contextmanager
def cluster(address: str) -> Iterator[None]:
    """Join the cluster at an address, or make one of this machine alone; it is left at the end.

    Handlers of signals are those that were there before. Raises UsageError where no cluster can be
    joined. One that answers and then lets nobody in, as with another token, ends this process after
    JOIN_S with a last line on stderr: Ray waits where no exception can reach it.
    """
    require_ray()
    if address != LOCAL:
        require_head(address)
    set_environment(address, os.environ)
    import ray  # late, since it reads the environment

    package = str(Path(objtui.__file__).resolve().parent)
    options: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": "ERROR",
        "runtime_env": {"py_modules": [package], "excludes": ["**/__pycache__"]},
    }
    if address == LOCAL:
        options |= {"num_cpus": usable_cpus(), "include_dashboard": False}
    else:
        host, port = host_and_port(address)
        options |= {"address": f"{host}:{port}"}
    folder = ""
    if address == LOCAL:  # Ray's own is open to all, and it removes nothing
        remove_folders_left(Path(SHORT_PATH))
        prefix = f"{FOLDERS}{os.getpid()}-"
        folder = options["_temp_dir"] = tempfile.mkdtemp(prefix=prefix, dir=SHORT_PATH)
    with _kept_signals():
        late = threading.Timer(JOIN_S, _give_up, [address])
        late.daemon = True
        if address != LOCAL:
            late.start()
        try:
            ray.init(**options)
        except Exception as error:  # Ray's own too, as where a node takes too long to start
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
            raise UsageError(_not_joined(address, error)) from error
        finally:
            late.cancel()
    try:
        yield
    finally:
        with _kept_signals():
            ray.shutdown()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def remove_folders_left(place: Path) -> None:
    """Remove folders of clusters of ours whose process was killed before it could."""
    for folder in place.glob(f"{FOLDERS}*-*"):
        owner = folder.name.removeprefix(FOLDERS).partition("-")[0]
        if owner.isdigit() and process_started(int(owner)) is None:
            shutil.rmtree(folder, ignore_errors=True)  # where it is another user's


def cluster_address() -> str:
    """HOST:PORT of the cluster that this process has joined."""
    import ray

    return str(ray.get_runtime_context().gcs_address)


def free_cpus() -> int:
    """CPUs of the cluster that nobody has taken."""
    import ray

    return int(ray.available_resources().get("CPU", 0))


def cluster_cpus() -> int:
    """All CPUs of the cluster."""
    import ray

    return int(ray.cluster_resources().get("CPU", 0))


@dataclass(slots=True)
class _Actor:
    """A part's actor and its stream."""

    handle: Any
    stream: Any
    held: range
    state: bytes | None
    begun_at: float
    placed: bool = False
    shares: bool = False


class RayPool:
    """Trains parts as actors of the cluster that this process has joined."""

    def __init__(
        self,
        scenario: Scenario,
        dataset: Dataset,
        threads: int,
        say: Callable[[str], None] = lambda line: None,
        place_s: float = PLACE_S,
    ) -> None:
        """`threads` of every part, each a CPU of the cluster."""
        import ray

        self._ray = ray
        self._scenario = ray.put(scenario)
        self._dataset = ray.put(dataset)
        self._threads = threads
        self._say = say
        self._place_s = place_s
        self._actors: dict[int, _Actor] = {}

    def begin(self, place: int, held: range, state: bytes | None) -> None:
        """Train these seeds in an actor of their own."""
        self._kill(place)
        self._start(place, held, state, shares=False)

    def take(
        self, places: Collection[int], timeout_s: float
    ) -> tuple[int, Piece | Lost | Failed] | None:
        """The next piece of one of these parts that has one."""
        self._share_places()
        streams = [self._actors[place].stream for place in places]
        ready, _ = self._ray.wait(streams, num_returns=1, timeout=timeout_s)
        for place in places:
            if ready and self._actors[place].stream is ready[0]:
                return place, self._next(self._actors[place])
        return None

    def ask_state(self, place: int) -> None:
        """Let the part send its state between two events."""
        handle = self._actors[place].handle
        handle.want_state.options(concurrency_group="control").remote()

    def ask_end(self, place: int, step: int) -> None:
        """Let the part measure its end at a step."""
        handle = self._actors[place].handle
        handle.want_end.options(concurrency_group="control").remote(step)

    def end(self) -> None:
        """Kill all actors: one whose stream is dropped would train on."""
        for place in tuple(self._actors):
            self._kill(place)

    def _start(self, place: int, held: range, state: bytes | None, *, shares: bool) -> None:
        options: dict[str, Any] = {
            "num_cpus": 0 if shares else self._threads,
            "max_restarts": 0,
            "max_task_retries": 0,
            "concurrency_groups": {"control": 1},
        }
        if shares:
            options["scheduling_strategy"] = self._node_for(place)
        else:
            options["scheduling_strategy"] = "SPREAD"
        handle = self._ray.remote(**options)(PartActor).remote()
        stream = handle.train.options(
            num_returns="streaming", _generator_backpressure_num_objects=AHEAD
        ).remote(self._scenario, self._dataset, held, state, self._threads)
        self._actors[place] = _Actor(handle, stream, held, state, time.monotonic(), shares=shares)

    def _next(self, actor: _Actor) -> Piece | Lost | Failed:
        errors = self._ray.exceptions
        try:
            piece = self._ray.get(next(actor.stream))
        except errors.RayTaskError as error:
            return _failure(error.cause if isinstance(error.cause, Exception) else error)
        except errors.RayActorError as error:
            # It has not come as far as its first line.
            if getattr(error, "actor_init_failed", False):
                return Failed(f"{_last_line(error)}; {NODE_NEEDS}")
            return Lost(type(error).__name__)
        except (
            errors.WorkerCrashedError,
            errors.ObjectLostError,
            errors.NodeDiedError,
        ) as error:
            return Lost(type(error).__name__)
        except errors.RayError as error:
            return Failed(brief(error))
        except StopIteration:
            return Lost("its stream ended early")
        assert isinstance(piece, Piece)
        actor.placed = True
        return piece

    def _share_places(self) -> None:
        """Begin parts anew, without a CPU of their own, that have waited long for one.

        One that only takes long to start has its CPU: there are as many as our parts take then.
        """
        now = time.monotonic()
        for place, actor in tuple(self._actors.items()):
            if actor.placed or actor.shares or now - actor.begun_at <= self._place_s:
                continue
            taken = sum(self._threads for each in self._actors.values() if not each.shares)
            if cluster_cpus() < taken or now - actor.begun_at > BUSY_S:
                self._say(f"part {place + 1} has no CPU of its own and shares one")
                self._ray.kill(actor.handle)
                self._start(place, actor.held, actor.state, shares=True)

    def _node_for(self, place: int) -> Any:
        """Where a part that takes no CPU of its own goes: to nodes that have some, in turn."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nodes = sorted(
            node["NodeID"]
            for node in self._ray.nodes()
            if node["Alive"] and node["Resources"].get("CPU", 0) > 0
        )
        if not nodes:
            return "SPREAD"
        return NodeAffinitySchedulingStrategy(nodes[place % len(nodes)], soft=True)

    def _kill(self, place: int) -> None:
        actor = self._actors.pop(place, None)
        if actor is not None:
            with contextlib.suppress(Exception):  # it is gone already, or the cluster is
                self._ray.kill(actor.handle)


@contextmanager
def _kept_signals() -> Iterator[None]:
    """Ray puts its own handler in the place of SIGTERM's, and leaves none behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _failure(cause: Exception) -> Failed:
    """What a part has raised; what a node lacks is said as such."""
    hint = f"; {NODE_NEEDS}" if isinstance(cause, ImportError) else ""
    return Failed(brief(cause) + hint)


def _last_line(error: Exception) -> str:
    return str(error).strip().rpartition("\n")[2].strip()


def _give_up(address: str) -> None:
    print(
        f"--ray {address}: the cluster answers but lets nobody in within {JOIN_S:g} s: {LET_IN}",
        file=sys.stderr,
        flush=True,
    )
    os._exit(EXIT_TRAINING)


def _not_joined(address: str, error: Exception) -> str:
    """One line on why there is no cluster; one that has answered is a riddle but for this."""
    reasons = [str(each) for each in (error, error.__cause__) if each is not None and str(each)]
    words = " ".join(": ".join(reasons).split())[:500] or type(error).__name__
    if not address:
        return f"--ray: {words}"
    if isinstance(error, ConnectionError):
        return f"--ray {address}: the cluster answers but lets nobody in: {LET_IN} ({words})"
    return f"--ray {address}: {words}"
