"""Starting a trainer: a process of its own, in its own session, that outlives us."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from objtui.errors import EXIT_SIGTERM, RunFileError, TrainingError
from objtui.files import read_end_of
from objtui.runfile.names import check_name, refuse_taken
from objtui.trainer.environment import trainer_environment
from objtui.trainer.log import LOG_BYTES
from objtui.trainer.own_process import OwnProcess
from objtui.trainer.pipe import PipeFromTrainer, Started
from objtui.trainer.request import TrainRequest
from objtui.trainer.signals import held_signals
from objtui.trainer.torch_ahead import ONE_CORE
from objtui.trainer.warm import WarmParent

# -P: a module in the working directory must not pass for one of torch's or ours.
TRAINER = (sys.executable, "-P", "-m", "objtui.trainer")

LEAVE_S = 10.0
"""How long a trainer that is told to end may take before it is killed."""


class Process(Protocol):
    """A trainer's process: one of our own, or one that a warm parent has forked."""

    stdin: IO[bytes] | None

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def returncode(self) -> int | None:
        """What `poll` said last."""

    def poll(self) -> int | None:
        """The exit code, minus a signal's number; None as long as it lives."""

    def wait(self, timeout: float | None = None) -> int:
        """The exit code at its end; subprocess.TimeoutExpired after so many seconds."""

    def terminate(self) -> None:
        """Send it SIGTERM, unless it is gone."""

    def kill(self) -> None:
        """Send it SIGKILL, unless it is gone."""


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run whose training has begun, and the process that trains it."""

    run: str
    path: Path
    process: Process
    notices: tuple[str, ...]

    @property
    def pid(self) -> int:
        """The trainer's process id."""
        return self.process.pid


class StartingTrainer:
    """A trainer on its way to a run: `start` it, then `finish` must be called, or `abort`.

    It holds whatever there is of it at any moment, so that `abort` leaves nothing behind,
    wherever an interrupt comes.
    """

    def __init__(
        self, runs: Path, program: tuple[str, ...] | None = None, parent: WarmParent | None = None
    ) -> None:
        """`program` (the trainer) is called with the descriptor of its pipe and the path of its
        log, the request on its stdin. `parent` forks it, where that is ready.
        """
        self._runs = runs
        self._parent = parent
        self._program = program or TRAINER
        self._folders: list[Path] = []
        self._log: Path | None = None
        self._pipe: PipeFromTrainer | None = None
        self._process: Process | None = None

    def start(self, request: TrainRequest, started: Callable[[Process], None]) -> None:
        """Start the process and send it its request; what is raised leaves nothing of it.

        `started` is told the process as soon as there is one: SIGINT and SIGTERM wait
        until then. UsageError where the run's name is wrong or taken, RunFileError where
        the folder cannot be written.
        """
        if request.name is not None:
            check_name(request.name)
            refuse_taken(self._runs, request.name)
        try:
            self._folders = _missing_folders(self._runs)
            _make_folder(self._runs)
            self._log = _new_log(self._runs)
            reading, writing = os.pipe()
            self._pipe = PipeFromTrainer(reading)
            try:
                with held_signals(), self._log.open("a+b") as output:
                    self._process = self._begun(request, self._log, output, writing)
                    started(self._process)
            finally:
                os.close(writing)
            _send(self._process, request.to_json())
        except BaseException:
            self.abort()
            raise

    def _begun(self, request: TrainRequest, log: Path, output: BinaryIO, writing: int) -> Process:
        parent = self._parent
        if parent is not None and parent.is_ready and parent.threads == request.threads:
            with contextlib.suppress(OSError):  # it was killed
                return parent.fork(log, output.fileno(), writing)
        return OwnProcess(
            [*self._program, str(writing), str(log)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(writing,),
            env=trainer_environment(request.threads),
        )

    def is_decided(self, wait_s: float = 0) -> bool:
        """Whether `finish` would return or raise at once, or within so many seconds."""
        return self._open_pipe.is_decided(wait_s)

    @property
    def building(self) -> str:
        """How far the building of the data was at the last `is_decided`; empty if not known.

        As `building anchors 42 %`.
        """
        return self._open_pipe.building

    def finish(self, tell: Callable[[str], None] = lambda building: None) -> StartedRun:
        """Wait until the run exists; `tell` is told what `building` says, when it changes.

        Whatever the trainer finds wrong before that is raised here as the same
        error, and leaves nothing behind. TrainingError where the trainer fails
        or dies; its log is then kept, but for an end by SIGTERM.
        """
        pipe, keep_log = self._open_pipe, False
        try:
            told = ""
            while not pipe.is_decided(None):
                if pipe.building != told:
                    told = pipe.building
                    tell(told)
            outcome = pipe.outcome
            if outcome is None:
                keep_log = self.process.wait() not in (-signal.SIGTERM, EXIT_SIGTERM)
                raise TrainingError(_sudden_end(self.process.wait(), self._kept_log))
            if isinstance(outcome, Started):
                pipe.close()
                return StartedRun(outcome.run, Path(outcome.path), self.process, outcome.notices)
            self.process.wait()
            if isinstance(outcome, TrainingError):
                keep_log = True
                raise TrainingError(f"{outcome}; its log is {self._kept_log}")
            raise outcome
        except Exception:
            pipe.close()
            if not keep_log:
                self._remove_files()
            raise
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """End the trainer, as far as there is one; nothing is left of it."""
        if self._process is not None:
            _end(self._process)
        if self._pipe is not None:
            self._pipe.close()
        self._remove_files()

    @property
    def process(self) -> Process:
        """The trainer's process, once `start` has returned."""
        assert self._process is not None, "start comes first"
        return self._process

    @property
    def _open_pipe(self) -> PipeFromTrainer:
        assert self._pipe is not None, "start comes first"
        return self._pipe

    @property
    def _kept_log(self) -> Path:
        assert self._log is not None, "start comes first"
        return self._log

    def _remove_files(self) -> None:
        if self._log is not None:
            self._log.unlink(missing_ok=True)
        _remove_folders(self._folders)


def launch(
    request: TrainRequest,
    runs: Path,
    *,
    started: Callable[[Process], None] = lambda process: None,
    tell: Callable[[str], None] = lambda building: None,
    meanwhile: Callable[[], None] = lambda: None,
    program: tuple[str, ...] | None = None,
) -> StartedRun:
    """Start a trainer and wait until its run exists.

    `started` is told the process as soon as there is one, `tell` how far the building
    of the data is; `meanwhile` is called once it has its request. Raises as
    `StartingTrainer.start` and `finish` do, and what `meanwhile` raises, which ends it.
    """
    trainer = StartingTrainer(runs, program)
    try:
        trainer.start(request, started)
        try:
            meanwhile()
        except Exception:
            trainer.abort()
            raise
        return trainer.finish(tell)
    except Exception:
        raise
    except BaseException:  # an interrupt on the way from one to the other
        trainer.abort()
        raise


def begin_launch(
    request: TrainRequest,
    runs: Path,
    *,
    started: Callable[[Process], None] = lambda process: None,
    program: tuple[str, ...] | None = None,
) -> StartingTrainer:
    """Start a trainer and return once it has its request; raises as `StartingTrainer.start`.

    It starts on one core, so that a dashboard is painted by another meanwhile.
    """
    trainer = StartingTrainer(runs, program or (*TRAINER, ONE_CORE))
    trainer.start(request, started)
    return trainer


def _end(process: Process) -> None:
    """End a trainer and wait until it is gone."""
    process.terminate()
    try:
        process.wait(LEAVE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # what it had not read is lost
            process.stdin.close()


def _send(process: Process, text: str) -> None:
    """Write the trainer's stdin and close it; one that died already is seen by its silence."""
    assert process.stdin is not None
    try:
        with process.stdin as stdin:
            stdin.write(text.encode())
    except BrokenPipeError:
        pass


def _sudden_end(code: int, log: Path) -> str:
    how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
    if code == -signal.SIGKILL:
        how += " (out of memory?)"
    try:
        text = read_end_of(log, LOG_BYTES).decode(errors="replace")
    except OSError:  # it is beside the run already, or its folder is gone
        return f"the trainer ended {how} as the run began; `objtui runs` shows what is left of it"
    last = text.strip().rpartition("\n")[2].strip()
    said = f": {last}" if last else ""
    return f"the trainer ended {how} before the run began{said}; its log is {log}"


def _new_log(runs: Path) -> Path:
    try:
        descriptor, name = tempfile.mkstemp(prefix="starting-", suffix=".log", dir=runs)
    except OSError as error:
        raise RunFileError(f"{runs}: cannot be written: {error.strerror}") from error
    os.close(descriptor)
    return Path(name)


def _missing_folders(folder: Path) -> list[Path]:
    """A folder and its parents that do not exist, innermost first."""
    return [place for place in (folder, *folder.parents) if not place.exists()]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFileError(f"{folder}: cannot be made: {error.strerror}") from error


def _remove_folders(folders: list[Path]) -> None:
    """Remove the folders made for a run that never was, unless another run uses them by now."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return
