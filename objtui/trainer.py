"""The trainer's process: `python -m objtui.trainer HANDSHAKE LOG`, its request on stdin.

It reads the data, makes the run file, tells its launcher, and trains. Its own
stdout and stderr are the file LOG, which becomes part of the run at its end.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from objtui.errors import (
    EXIT_DONE,
    EXIT_TRAINING,
    ObjtuiError,
    RunFileError,
    TrainingError,
    brief,
)
from objtui.handshake import Ready, send_outcome
from objtui.recording import Recorder, Training
from objtui.request import Asked, TrainerRequest, asked_in
from objtui.runfile.names import log_path, reserve
from objtui.runfile.processes import process_age_s
from objtui.runfile.records import HeadInfo, RowCounts, RunHeader
from objtui.runfile.writer import RunWriter
from objtui.scenario.asked import read_request
from objtui.scenario.schema import Scenario
from objtui.scores import SCORE_NAMES


class ScheduledTraining(Training, Protocol):
    """A training that knows its scheduled frames."""

    @property
    def schedule(self) -> tuple[int, ...]:
        """Ascending steps of the scheduled frames."""


class Session(Protocol):
    """A prepared training and what readers are told of it: `objtui.engine.session.Session`."""

    @property
    def training(self) -> ScheduledTraining: ...
    @property
    def device(self) -> str: ...
    @property
    def dtype(self) -> str: ...
    @property
    def threads(self) -> int: ...
    @property
    def features(self) -> int: ...
    @property
    def train_rows(self) -> RowCounts: ...
    @property
    def val_rows(self) -> RowCounts | None: ...
    @property
    def versions(self) -> dict[str, str]: ...


Prepare = Callable[[Scenario, Path], Session]

LOG_BYTES = 2**20
"""The most of a log that is kept: its end."""

MEMBER_BYTES = 1000
"""About what one member takes in one recorded frame."""

LARGE_BYTES = 64_000_000
"""The size of a run file from which its estimate is said at the start."""


RESERVE_BYTES = 3 * LOG_BYTES
"""Room on the disk kept free for the last write of a run that the full disk ends."""


class LossyFile(io.FileIO):
    """Drops what does not fit on a full disk: a log that cannot be written ends no training."""

    def write(self, data: Any) -> int:
        """Write, or drop; the number of bytes either way."""
        try:
            return super().write(data)
        except OSError:
            return len(data)


def log_to(file: io.FileIO) -> None:
    """Make a file this process's stdout and stderr."""
    sys.stdout = sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(file), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


class StopSignals:
    """SIGINT and SIGTERM: while preparing they end the process, later they ask for a stop.

    A hang-up is ignored: the training outlives its terminal.
    """

    def __init__(self) -> None:
        self.asked = False
        self.training = False

    def install(self) -> None:
        """Take over the signals of this process."""
        signal.signal(signal.SIGINT, self._handle)
        signal.signal(signal.SIGTERM, self._handle)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if not self.training:
            raise SystemExit(128 + number)
        self.asked = True


def main(prepare: Prepare | None = None) -> int:
    """Train what stdin asks for; the exit code."""
    signals = StopSignals()
    signals.install()
    descriptor, log = int(sys.argv[1]), Path(sys.argv[2])
    os.set_inheritable(descriptor, False)
    log_to(LossyFile(sys.stdout.fileno(), "wb", closefd=False))
    return run_trainer(
        asked_in(sys.stdin.read()),
        log=log,
        signals=signals,
        announce=lambda outcome: send_outcome(descriptor, outcome),
        prepare=prepare,
    )


def run_trainer(
    asked: Asked,
    *,
    log: Path,
    signals: StopSignals,
    announce: Callable[[Ready | ObjtuiError], bool],
    prepare: Prepare | None = None,
) -> int:
    """Prepare and train one run.

    `announce` is called once, before the first step; it says whether anyone heard.
    """
    try:
        request = read_request(asked)
        scenario = Scenario.model_validate(request.scenario)
        session = (prepare or _engine())(scenario, Path(request.base))
        signals.training = True
        writer = _begin(request, scenario, session, log)
    except ObjtuiError as error:
        # A launcher that hears it removes the log; after a fault it is all there is.
        if not announce(error) and not isinstance(error, TrainingError):
            log.unlink(missing_ok=True)
        return error.exit_code
    except Exception as error:  # the person sees one line, the log has the rest
        traceback.print_exc()
        announce(TrainingError(f"the trainer failed before the run began: {brief(error)}"))
        return EXIT_TRAINING
    notices = _size_notice(scenario, session.training.schedule)
    _say(f"{writer.path.stem} begins on {session.device}, {session.threads} threads")
    for notice in notices:
        _say(notice)
    announce(Ready(writer.path.stem, str(writer.path), notices))
    recorder = Recorder(
        session.training,
        writer,
        steps=scenario.train.steps,
        checkpoint_every=scenario.train.checkpoint_every,
        stopped=lambda: signals.asked,
        process_age=process_age_s,
        say=_say,
    )
    with writer, _reserve(writer.path.parent) as free_reserve:
        return _end(writer, recorder, free_reserve)


def _engine() -> Prepare:
    # Late, since importing torch takes seconds that a bad request must not wait for.
    from objtui.engine.session import prepare

    return prepare


def _begin(request: TrainerRequest, scenario: Scenario, session: Session, log: Path) -> RunWriter:
    """Make the run file and move the log beside it; on an error neither is left."""
    name, path = reserve(Path(request.runs), request.scenario_path, request.name)
    try:
        writer = RunWriter(
            path, run_header(name, request, scenario, session), request.text, request.to_json()
        )
        log.rename(log_path(path))
        return writer
    except BaseException:
        for end in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        raise


def run_header(
    name: str, request: TrainerRequest, scenario: Scenario, session: Session
) -> RunHeader:
    """What is settled about a run before its first step."""
    reference = scenario.heads[0].name
    return RunHeader(
        run=name,
        scenario=request.scenario_path,
        title=scenario.title,
        question=scenario.question,
        device=session.device,
        dtype=session.dtype,
        threads=session.threads,
        steps=scenario.train.steps,
        seeds=scenario.train.seeds,
        heads=tuple(
            HeadInfo(head.name, head.loss, head.neurons, head.mirror or reference)
            for head in scenario.heads
        ),
        train=session.train_rows,
        val=session.val_rows,
        features=session.features,
        claims=tuple((claim.text, claim.test) for claim in scenario.claims),
        score_names=SCORE_NAMES,
        versions=session.versions,
        created_at=time.time(),
    )


@contextlib.contextmanager
def _reserve(folder: Path) -> Iterator[Callable[[], None]]:
    """Take RESERVE_BYTES of the disk of `folder`, without a name; the given function frees them."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        with contextlib.suppress(OSError):  # as much as there is
            file.write(os.urandom(RESERVE_BYTES))  # which no file system can compress
        yield file.close


def _end(writer: RunWriter, recorder: Recorder, free_reserve: Callable[[], None]) -> int:
    """Record the training and close its run file with the log inside."""
    ending = recorder.record()
    log = log_path(writer.path)
    free_reserve()
    try:
        writer.finish(ending.state, ending.summary, _read_end(log), ending.message)
    except RunFileError:
        traceback.print_exc()  # the log stays beside the run file, which could not take it
        return EXIT_TRAINING
    log.unlink(missing_ok=True)
    return EXIT_DONE if ending.state in ("finished", "stopped") else EXIT_TRAINING


def _read_end(log: Path) -> str:
    sys.stdout.flush()
    sys.stderr.flush()
    with log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LOG_BYTES))
        return file.read().decode(errors="replace")


def _size_notice(scenario: Scenario, schedule: tuple[int, ...]) -> tuple[str, ...]:
    members = len(scenario.heads) * len(scenario.train.seeds)
    size = len(schedule) * members * MEMBER_BYTES
    if size <= LARGE_BYTES:
        return ()
    return (
        f"{len(schedule)} frames of {members} members will take about "
        f"{size / 1e6:.0f} MB; a larger train.eval_every makes the run file smaller",
    )


def _say(message: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), message, flush=True)


if __name__ == "__main__":
    sys.exit(main())
