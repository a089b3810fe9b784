"""The one thread that owns the file of a recorded run: writes, beats and takes commands."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from objtui.measures.frames import LossTrace
from objtui.recorder.forks import hold_at_forks
from objtui.recorder.measured import Frames, Measured
from objtui.runfile.find import BLANK_BYTES
from objtui.runfile.records import RunSummary, State
from objtui.runfile.writer import RunWriter

MAX_WAITING = 64
"""Items that wait to be written; beyond it training batches go first."""

MAX_NUMBERS = 20_000
"""Numbers that wait at most; then every second one goes."""

POLL_S = 0.5
"""How often commands are looked for."""

BEAT_S = 1.0
"""How often losses and the status are written: how far the training is, and that it lives."""

Number = tuple[int, str, float]

files_in_use: set[Path] = set()
"""Run files that this process writes; opening one anew would drop SQLite's locks on it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the training loop is: its step, how many it has taken, seconds since the first."""

    step: int
    taken: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends."""

    state: State
    message: str
    log: str
    summary: RunSummary


class WriterThread:
    """Takes what is to be recorded from the training and writes it, in its own time.

    Nothing here raises, but in `open` what `RunWriter` does; what stops the writing is `failure`.

    Args:
        open_run: makes the writer; called within the thread, which SQLite asks for.
        progress: where the loop is.
        losses: the stretches that have become whole; `True` asks for what is left, too.
    """

    def __init__(
        self,
        path: Path,
        heads: int,
        number_format: str,
        open_run: Callable[[], RunWriter],
        progress: Callable[[], Progress],
        losses: Callable[[bool], list[LossTrace]],
    ) -> None:
        self.lock = threading.Lock()
        self.failure: Exception | None = None
        self.stop_asked = False
        self.is_evaluated = False
        """Whether the run has frames of evaluations, so that those of batches come to nothing."""
        self.dropped = 0
        """Measurements that had to go since the file could not be written in time."""
        self._path = path
        self._open_run, self._progress, self._losses = open_run, progress, losses
        self._frames = Frames(heads, number_format)
        self._writer: RunWriter | None = None
        self._items: deque[Measured] = deque()
        self._numbers: list[Number] = []
        self._ending: Ending | None = None
        self._wake = threading.Condition()
        self._has_batches = False
        self._last = Progress(0, 0, 0.0)
        self._beaten_at = 0.0
        self._thread = threading.Thread(target=self._run, name="objtui-recorder", daemon=True)

    def start(self) -> None:
        """Begin; forks are held between two writes from now on."""
        files_in_use.add(self._path)
        hold_at_forks(self)
        self._thread.start()

    def put(self, measured: Measured) -> None:
        """Hand a measurement over, without waiting; for lack of room old training batches go."""
        with self._wake:
            if len(self._items) >= MAX_WAITING:
                self._make_room()
            self._items.append(measured)
            self._wake.notify()

    def put_numbers(self, numbers: list[Number]) -> None:
        """Hand numbers over, which are written with the next look at commands."""
        with self._wake:
            if len(self._numbers) >= MAX_NUMBERS:
                del self._numbers[::2]
            self._numbers += numbers

    def end(self, ending: Ending, wait_s: float) -> bool:
        """Write what waits and the end; whether that was done in time."""
        with self._wake:
            self._ending = ending
            self._wake.notify()
        self._thread.join(wait_s)
        return not self._thread.is_alive()

    def leaves_open(self) -> list[object]:
        """The connection that no forked child may close."""
        return [self._writer]

    def _make_room(self) -> None:
        live = (at for at, item in enumerate(self._items) if item.of_training)
        first = next(live, None)
        if first is None:
            first = 0  # the disk has hung for as many evaluations: memory is bounded all the same
        del self._items[first]
        self.dropped += 1

    def _run(self) -> None:
        with np.errstate(all="ignore"):  # the user's program may make errors of them
            self._write_all()

    def _write_all(self) -> None:
        try:
            with self.lock:
                self._writer = self._open_run()
                self._writer.set_status(state="running")
                self.is_evaluated |= self._writer.has_evaluations()
                self._has_batches = not self.is_evaluated  # a resumed run may have some
            while not self._is_over():
                pass
        except Exception as error:  # whatever it is, the training is to say it, and to go on
            self.failure = error
            self._leave_failed(str(error))
        finally:
            files_in_use.discard(self._path)

    def _is_over(self) -> bool:
        """Wait for a moment, then write what there is; whether the end is written."""
        writer = self._writer
        assert writer is not None
        with self._wake:
            if not self._items and self._ending is None:
                self._wake.wait(POLL_S)
            items, self._items = list(self._items), deque()
            numbers, self._numbers = self._numbers, []
            ending = self._ending
        with self.lock:
            for item in items:
                self._append(writer, item)
            if numbers:
                writer.append_numbers(numbers)
            if ending is None:
                self._beat(writer)
                self.stop_asked |= "stop" in writer.take_commands()
                return False
            writer.append_loss_traces(self._losses(True))
            if self._has_batches:
                writer.keep_batches()
            writer.finish(ending.state, ending.summary, ending.log, ending.message)
        return True

    def _append(self, writer: RunWriter, measured: Measured) -> None:
        if measured.of_training and self.is_evaluated:
            return
        if not measured.of_training and self._has_batches:
            self._has_batches = False
            writer.drop_batches()
        self._has_batches |= measured.of_training
        writer.append_frame(self._frames.frame(measured))

    def _beat(self, writer: RunWriter) -> None:
        now = time.monotonic()
        past = now - self._beaten_at
        if past < BEAT_S:
            return
        writer.append_loss_traces(self._losses(False))
        progress = self._progress()
        speed = (progress.taken - self._last.taken) / past if self._beaten_at else 0.0
        self._last, self._beaten_at = progress, now
        writer.set_status(step=progress.step, elapsed_s=progress.elapsed_s, steps_per_s=speed)

    def _leave_failed(self, message: str) -> None:
        """Say in the file that it is not whole, if it still takes that, and let go of it."""
        if self._writer is None:
            with suppress(OSError):
                if self._path.stat().st_size in BLANK_BYTES:  # nothing has come into it
                    self._path.unlink()
            return
        progress = self._progress()
        summary = RunSummary(progress.step, progress.elapsed_s, 0.0, progress.elapsed_s, 0.0)
        words = f"recording ended, the training did not: {message}"
        try:
            self._writer.finish("failed", summary, words + "\n", words)
        except Exception:  # of whatever kind: nobody would hear of it
            self._writer.close()
