"""Starting a trainer: a process of its own, in its own session, that outlives us."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from objtui.errors import EXIT_SIGTERM, RunFileError, TrainingError
from objtui.runfile.names import check_name, refuse_taken
from objtui.trainer.environment import trainer_environment
from objtui.trainer.log import last_progress
from objtui.trainer.outcome import Started, decode_outcome, receive_line
from objtui.trainer.request import Asked, TrainerRequest
from objtui.trainer.signals import held_signals

Process = subprocess.Popen[bytes]

# -P: a module in the working directory must not pass for one of torch's or ours.
TRAINER = (sys.executable, "-P", "-m", "objtui.trainer")

LEAVE_S = 10.0
"""How long a trainer that is told to end may take before it is killed."""

BUILDING_CHECK_S = 0.5
"""How often a waiting launcher looks how far the building of the data is."""


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
    """A trainer on its way to a run; `finish` must be called, or `abort`."""

    def __init__(self, process: Process, log: Path, made: list[Path], pipe: int) -> None:
        self.process = process
        self._log = log
        self._made = made
        self._pipe = os.fdopen(pipe, "rb")

    def is_decided(self, wait_s: float = 0) -> bool:
        """Whether `finish` would return or raise at once, or within so many seconds."""
        return bool(select.select([self._pipe], [], [], wait_s)[0])

    def building(self) -> str:
        """How far the building of the data is, as `building anchors 42 %`; empty if not known."""
        return last_progress(self._log)

    def finish(self, tell: Callable[[str], None] = lambda building: None) -> StartedRun:
        """Wait until the run exists; `tell` is told what `building` says, when it changes.

        Whatever the trainer finds wrong before that is raised here as the same
        error, and leaves nothing behind. TrainingError where the trainer fails
        or dies; its log is then kept, but for an end by SIGTERM.
        """
        keep_log = False
        try:
            told = ""
            while not self.is_decided(BUILDING_CHECK_S):
                if (building := self.building()) != told:
                    told = building
                    tell(told)
            line = receive_line(self._pipe)
            if not line:
                keep_log = self.process.wait() not in (-signal.SIGTERM, EXIT_SIGTERM)
                raise TrainingError(_sudden_end(self.process.returncode, self._log))
            outcome = decode_outcome(line)
            if isinstance(outcome, Started):
                path = Path(outcome.path)
                return StartedRun(outcome.run, path, self.process, outcome.notices)
            self.process.wait()
            if isinstance(outcome, TrainingError):
                keep_log = True
                raise TrainingError(f"{outcome}; its log is {self._log}")
            raise outcome
        except Exception:
            self._clean(keep_log=keep_log)
            raise
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """End the trainer; nothing is left of it."""
        self.process.terminate()
        try:
            self.process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._pipe.close()
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # what it had not read is lost
                self.process.stdin.close()
        self._clean(keep_log=False)

    def _clean(self, *, keep_log: bool) -> None:
        if not keep_log:
            self._log.unlink(missing_ok=True)
            _remove_folders(self._made)


def launch(
    request: Asked,
    runs: Path,
    *,
    started: Callable[[Process], None] = lambda process: None,
    tell: Callable[[str], None] = lambda building: None,
    program: tuple[str, ...] | None = None,
) -> StartedRun:
    """Start a trainer and wait until its run exists.

    `started` is told the process as soon as there is one, `tell` how far the building
    of the data is. Raises as `begin_launch` and `Starting.finish` do.
    """
    begun: list[StartingTrainer] = []
    try:
        _begin(request, runs, begun, started=started, program=program)
        return begun[0].finish(tell)
    except Exception:
        raise
    except BaseException:  # an interrupt on the way from one to the other
        for starting in begun:
            starting.abort()
        raise


def begin_launch(
    request: Asked,
    runs: Path,
    *,
    started: Callable[[Process], None] = lambda process: None,
    program: tuple[str, ...] | None = None,
) -> StartingTrainer:
    """Start a trainer and return once it has its request.

    `started` is told the process as soon as there is one: SIGINT and SIGTERM wait
    until then. What is raised later, here, ends the trainer and leaves nothing.
    `program` (the trainer) is called with the descriptor of the handshake and
    the path of the log, the request on its stdin. UsageError where the run's
    name is wrong or taken, RunFileError where the folder cannot be written.
    """
    begun: list[StartingTrainer] = []
    _begin(request, runs, begun, started=started, program=program)
    return begun[0]


def _begin(
    request: Asked,
    runs: Path,
    begun: list[StartingTrainer],
    *,
    started: Callable[[Process], None],
    program: tuple[str, ...] | None,
) -> None:
    """As `begin_launch`; lays the trainer into `begun`, which no interrupt can lose."""
    if request.name is not None:
        check_name(request.name)
        refuse_taken(runs, request.name)
    threads = request.threads if isinstance(request, TrainerRequest) else None
    made = _make_folder(runs)
    log: Path | None = None
    reading, writing = os.pipe()
    try:
        log = _new_log(runs)
        try:
            with held_signals(), log.open("a+b") as output:
                process = subprocess.Popen(
                    [*(program or TRAINER), str(writing), str(log)],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=(writing,),
                    env=trainer_environment(threads),
                )
                begun.append(StartingTrainer(process, log, made, reading))
                started(process)
        finally:
            os.close(writing)
        _send(process, request.to_json())
    except BaseException:
        if begun:
            begun[0].abort()
            raise
        os.close(reading)
        if log is not None:
            log.unlink(missing_ok=True)
        _remove_folders(made)
        raise


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
        text = log.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # it is beside the run already, or its folder is gone
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


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and its parents; those that were made, innermost first."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFileError(f"{folder}: cannot be made: {error.strerror}") from error
    return missing


def _remove_folders(made: list[Path]) -> None:
    """Remove the folders made for a run that never was, unless another run uses them by now."""
    for folder in made:
        try:
            folder.rmdir()
        except OSError:
            return
