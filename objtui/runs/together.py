"""Several trainings at once: begun in their order, followed as they go, stopped together."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from objtui.errors import ObjtuiError, RunFileError
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunStatus
from objtui.runs.follow import POLL_S, RunEnd, RunEvent, follow
from objtui.trainer.environment import usable_cores
from objtui.trainer.launch import LEAVE_S, Process, StartedRun, StartingTrainer
from objtui.trainer.request import TrainRequest
from objtui.trainer.warm import WarmParent


@dataclass(frozen=True, slots=True)
class Building:
    """How far the building of a training's data is, as `building anchors 42 %`."""

    words: str


@dataclass(frozen=True, slots=True)
class TrainingEvent:
    """What one of several trainings tells.

    Attributes:
        place: that of its request among all of them, from 0.
        event: in this order any `Building`, `StartedRun`, what `follow` gives, whose `RunEnd`
            comes once the process is gone; or the error that there is in the place of the rest.
    """

    place: int
    event: Building | StartedRun | RunEvent | ObjtuiError


def threads_each(jobs: int, cores: int | None = None) -> int | None:
    """Threads of each of so many trainings at once; None where it is one, which decides itself.

    All of them together leave a core free, as one does, but each has one at least.
    """
    cores = usable_cores() if cores is None else cores
    return None if jobs == 1 else max(1, (cores - 1) // jobs)


class TrainingsTogether:
    """At most `jobs` trainings at a time; the next begins where one has ended.

    A `with` block around it: broken off by an error, it stops what still trains and waits for
    it; left by `leave`, the trainings go on alone.
    """

    def __init__(
        self,
        requests: Iterable[TrainRequest],
        jobs: int,
        threads: int | None = None,
        *,
        warm: bool = False,
    ) -> None:
        """`requests` are taken when there is room for one more.

        `threads` is for each that does not say its own: `threads_each(jobs)`, as a rule. `warm`:
        trainers are forked by a process that imports torch for all of them, as far as one can be.
        """
        self._requests = enumerate(requests)
        self._jobs = jobs
        self._threads = threads
        self._warm = warm
        self._parent: WarmParent | None = None
        self._active: list[_Training] = []
        self._stopping = False
        self._leave: Callable[[], bool] = lambda: False

    def __enter__(self) -> Self:
        if self._warm:
            self._parent = WarmParent(self._threads)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stop = kind is not None and not self._leave()
        if stop:
            self.terminate()
        try:
            for training in self._active:
                training.close(wait=stop)
        finally:
            if self._parent is not None:
                self._parent.close()

    @property
    def stopping(self) -> bool:
        """Whether no other training begins, since they were told to end."""
        return self._stopping

    def terminate(self) -> None:
        """Ask all trainings to stop; none begins any more. Safe within a handler of signals."""
        self._stopping = True
        for training in self._active:
            training.terminate()

    def kill(self) -> None:
        """End all processes at once; none begins any more. Safe within a handler of signals."""
        self._stopping = True
        for training in self._active:
            training.kill()

    def terminate_one(self, place: int) -> None:
        """Ask one training to stop, by the place of its request; nothing where it has ended."""
        for training in self._active:
            if training.place == place:
                training.terminate()

    def events(self, leave: Callable[[], bool] = lambda: False) -> Iterator[TrainingEvent]:
        """Everything that the trainings tell, to the end of the last.

        `leave` is asked at every look; when it says so this ends, and the trainings do not. One
        that was stopped before its run began tells nothing more.
        """
        self._leave = leave
        while not leave():
            if self._parent is not None and not self._parent.is_decided():
                if self._stopping:
                    return
                time.sleep(POLL_S)
                continue
            yield from self._begin()
            if not self._active:
                return
            for training in tuple(self._active):
                yield from training.look(stopping=self._stopping)
                if training.ended:
                    self._active.remove(training)
                    training.close()
            if self._active:
                time.sleep(POLL_S)

    def _begin(self) -> Iterator[TrainingEvent]:
        while len(self._active) < self._jobs and not self._stopping:
            place, request = next(self._requests, (0, None))
            if request is None:
                return
            if request.threads is None:
                request = replace(request, threads=self._threads)
            training = _Training(place, Path(request.runs), self._parent)
            self._active.append(training)  # before it starts: a signal must find it
            try:
                training.start(request, self._started)
            except ObjtuiError as error:
                self._active.remove(training)
                yield TrainingEvent(place, error)

    def _started(self, process: Process) -> None:
        if self._stopping:  # by a signal that came just before there was a process
            process.terminate()


class _Training:
    """One of them, from its request to the end of its process."""

    def __init__(self, place: int, runs: Path, parent: WarmParent | None) -> None:
        self.place = place
        self.ended = False
        self._starting = StartingTrainer(runs, parent=parent)
        self._process: Process | None = None
        self._building = ""
        self._launched: StartedRun | None = None
        self._reader: RunReader | None = None
        self._events: Iterator[RunEvent] = iter(())
        self._end: RunEnd | None = None
        self._leave_by = 0.0

    def start(self, request: TrainRequest, started: Callable[[Process], None]) -> None:
        """Start its process; raises as `StartingTrainer.start`."""

        def keep(process: Process) -> None:
            self._process = process
            started(process)

        self._starting.start(request, keep)

    def terminate(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def look(self, *, stopping: bool) -> Iterator[TrainingEvent]:
        """What is new; `ended` is set behind the last event."""
        try:
            for event in self._look():
                yield TrainingEvent(self.place, event)
        except ObjtuiError as error:
            begun = self._launched is not None
            if begun:  # nobody can judge what it trains
                self.terminate()
                self._await()
            self.ended = True
            if begun or not stopping:
                yield TrainingEvent(self.place, error)

    def close(self, *, wait: bool = False) -> None:
        """Let go of its file; with `wait` also of what is left of it, once it has been stopped."""
        if self._reader is not None:
            self._reader.close()
        if wait and self._launched is None:
            self._starting.abort()
        elif wait:
            self._await()

    def _look(self) -> Iterator[Building | StartedRun | RunEvent]:
        if self._launched is None:
            if not self._starting.is_decided():
                if self._starting.building != self._building:
                    self._building = self._starting.building
                    yield Building(self._building)
                return
            self._launched = self._starting.finish()
            yield self._launched
            self._reader = RunReader(self._launched.path)
            self._events = follow(self._reader, pause=lambda: None)
        process = self._launched.process
        process.poll()  # a trainer that died is then no longer in the process table
        if self._end is None:
            for event in self._events:
                if isinstance(event, RunEnd):
                    self._end, self._leave_by = event, time.monotonic() + LEAVE_S
                    break
                yield event
                if isinstance(event, RunStatus):
                    return
        if self._end is None:
            raise RunFileError(f"{self._launched.path}: its end cannot be read")
        if process.poll() is None and time.monotonic() < self._leave_by:
            return  # it still closes its run file, so that no journal is beside it
        self.ended = True
        yield self._end

    def _await(self) -> None:
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVE_S)
