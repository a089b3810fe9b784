"""The trainer's process: `python -m objtui.trainer HANDSHAKE LOG`, its request on stdin.

It reads the data, makes the run file, tells its launcher, and trains. Its own
stdout and stderr are the file LOG, which becomes part of the run at its end.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from objtui.errors import (
    EXIT_DONE,
    EXIT_TRAINING,
    EXIT_USAGE,
    ObjtuiError,
    RunFileError,
    TrainingError,
    brief,
)
from objtui.runfile.heartbeat import Heartbeat
from objtui.runfile.names import log_path
from objtui.runfile.processes import process_age_s
from objtui.runfile.writer import RunWriter
from objtui.scenario.schema import Scenario
from objtui.session import Session
from objtui.trainer.log import (
    LOG_BYTES,
    LossyFile,
    keep_short,
    log_line,
    log_progress,
    log_to,
    read_end,
)
from objtui.trainer.loop import TrainingLoop
from objtui.trainer.open_run import open_new_run, open_resumed_run
from objtui.trainer.outcome import Started, send_outcome
from objtui.trainer.request import Asked, TrainerRequest, asked_in, read_request
from objtui.trainer.signals import StopSignals

Prepare = Callable[[Scenario, Path], Session]

RESERVE_BYTES = 3 * LOG_BYTES
"""Room on the disk kept free for the last write of a run that the full disk ends."""


def main(prepare: Prepare | None = None) -> int:
    """Train what stdin asks for; the exit code."""
    signals = StopSignals()
    signals.install()
    descriptor, log = int(sys.argv[1]), Path(sys.argv[2])
    os.set_inheritable(descriptor, False)
    output = sys.stdout.fileno()
    log_to(LossyFile(output, "wb", closefd=False))
    keep_short(output)
    text = sys.stdin.read()
    try:
        asked = asked_in(text)
    except ValueError:  # cut short: the launcher was killed, and nobody waits for a run
        log.unlink(missing_ok=True)
        return EXIT_USAGE
    return run_trainer(
        asked,
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
    announce: Callable[[Started | ObjtuiError], bool],
    prepare: Prepare | None = None,
) -> int:
    """Prepare and train one run.

    `announce` is called once, before the first step; it says whether anyone heard.
    """
    try:
        request = read_request(asked)
        scenario = _scenario(request)
        session = (prepare or _engine())(scenario, Path(request.base))
        signals.begin_training()
        begin = open_new_run if request.resume is None else open_resumed_run
        opened = begin(request, scenario, session, log)
    except ObjtuiError as error:
        # A launcher that hears it removes the log; after a fault it is all there is.
        if not announce(error) and not isinstance(error, TrainingError):
            log.unlink(missing_ok=True)
        return error.exit_code
    except Exception as error:  # the person sees one line, the log has the rest
        traceback.print_exc()
        announce(TrainingError(f"the trainer failed before the run began: {brief(error)}"))
        return EXIT_TRAINING
    writer = opened.writer
    log_line(opened.first_words)
    for notice in opened.notices:
        log_line(notice)
    announce(Started(writer.path.stem, str(writer.path), opened.notices))
    loop = TrainingLoop(
        session.training,
        writer,
        steps=scenario.train.steps,
        checkpoint_every=scenario.train.checkpoint_every,
        stopped=lambda: signals.asked,
        process_age=process_age_s,
        log_line=log_line,
    )
    with writer, _reserve(writer.path.parent) as free_reserve:
        return _end(writer, loop, free_reserve)


def _scenario(request: TrainerRequest) -> Scenario:
    try:
        return Scenario.model_validate(request.scenario)
    except ValidationError as error:
        if request.resume is None:
            raise
        raise RunFileError(
            f"{request.resume}: its scenario is damaged, or of another version of objtui: "
            f"{brief(error)}"
        ) from error


def _engine() -> Prepare:
    # Late, since importing torch takes seconds that a bad request must not wait for.
    from objtui.engine.data.progress import progress_to
    from objtui.engine.session import prepare

    def prepare_heard(scenario: Scenario, base: Path) -> Session:
        with progress_to(log_progress):
            return prepare(scenario, base)

    return prepare_heard


@contextlib.contextmanager
def _reserve(folder: Path) -> Iterator[Callable[[], None]]:
    """Take RESERVE_BYTES of the disk of `folder`, without a name; the given function frees them.

    What cannot be taken is said and left out: until its disk is full no run needs it, and
    what else is wrong with the folder shows in the first write into the run file.
    """
    with contextlib.ExitStack() as taken:

        def free() -> None:
            with contextlib.suppress(OSError):  # a network's disk may refuse its bytes only here
                taken.close()

        try:
            file = taken.enter_context(tempfile.TemporaryFile(dir=folder, buffering=0))
            file.write(os.urandom(RESERVE_BYTES))  # which no file system can compress
        except OSError as error:
            log_line(f"no room is kept on the disk for the end of the run: {error.strerror}")
        yield free


def _end(writer: RunWriter, loop: TrainingLoop, free_reserve: Callable[[], None]) -> int:
    """Record the training and close its run file with the log inside."""
    with Heartbeat(writer):
        ending = loop.record()
    log = log_path(writer.path)
    free_reserve()
    try:
        writer.finish(ending.state, ending.summary, read_end(log), ending.message)
    except RunFileError:
        traceback.print_exc()  # the log stays beside the run file, which could not take it
        return EXIT_TRAINING
    log.unlink(missing_ok=True)
    return EXIT_DONE if ending.state in ("finished", "stopped") else EXIT_TRAINING
