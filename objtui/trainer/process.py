"""The trainer's process: `python -m objtui.trainer PIPE LOG`, its request on stdin.

It reads the scenario and its data, makes the run file, tells its launcher, and trains. Its own
stdout and stderr are the file LOG, which becomes part of the run at its end.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from objtui.errors import (
    EXIT_DONE,
    EXIT_TRAINING,
    EXIT_USAGE,
    DataError,
    ObjtuiError,
    RunFileError,
    TrainingError,
    brief,
)
from objtui.runfile.names import log_path
from objtui.runfile.notices import MARK
from objtui.runfile.processes import process_age_s
from objtui.runfile.writer import RunWriter
from objtui.scenario.load import located_data_error
from objtui.scenario.schema import Scenario
from objtui.session import ProgressListener, Session
from objtui.trainer.log import (
    LOG_BYTES,
    LossyFile,
    keep_short,
    log_line,
    log_to,
    read_end,
)
from objtui.trainer.loop import record_run
from objtui.trainer.open_run import open_run
from objtui.trainer.pipe import Building, PipeToLauncher, Started
from objtui.trainer.request import MAX_PARTS, TrainRequest, read_scenario
from objtui.trainer.signals import StopSignals
from objtui.trainer.uncollected import uncollected

Prepare = Callable[[Scenario, Path, ProgressListener], Session]

RESERVE_BYTES = 3 * LOG_BYTES
"""Room on the disk kept free for the last write of a run that the full disk ends."""


def main(arguments: Sequence[str] | None = None, prepare: Prepare | None = None) -> int:
    """Train what stdin asks for; the exit code. `arguments` are PIPE and LOG."""
    signals = StopSignals()
    signals.install()
    descriptor, log = sys.argv[1:] if arguments is None else arguments
    launcher = PipeToLauncher(int(descriptor))
    os.set_inheritable(int(descriptor), False)
    output = sys.stdout.fileno()
    log_to(LossyFile(output, "wb", closefd=False))
    keep_short(output)
    text = sys.stdin.read()
    try:
        request = TrainRequest.from_json(text)
    except ValueError:  # cut short: the launcher was killed, and nobody waits for a run
        Path(log).unlink(missing_ok=True)
        return EXIT_USAGE
    return run_trainer(request, log=Path(log), signals=signals, launcher=launcher, prepare=prepare)


def run_trainer(
    request: TrainRequest,
    *,
    log: Path,
    signals: StopSignals,
    launcher: PipeToLauncher,
    prepare: Prepare | None = None,
) -> int:
    """Prepare and train one run; the exit code."""

    def say_progress(what: str, share: float) -> None:
        building = Building(what, share)
        log_line(str(building))
        launcher.building(building)

    with contextlib.ExitStack() as held:
        if prepare is None:
            prepare = _engine(request, held)
        return _run(request, log, signals, launcher, prepare, say_progress)


def _run(
    request: TrainRequest,
    log: Path,
    signals: StopSignals,
    launcher: PipeToLauncher,
    prepare: Prepare,
    say_progress: ProgressListener,
) -> int:
    try:
        scenario = read_scenario(request)
        session = _prepared(prepare, scenario, request, say_progress)
        signals.begin_training()
        opened = open_run(request.with_scenario(scenario), scenario, session, log)
    except ObjtuiError as error:
        # A launcher that hears it removes the log; after a fault it is all there is.
        if not launcher.finish(error) and not isinstance(error, TrainingError):
            log.unlink(missing_ok=True)
        return error.exit_code
    except Exception as error:  # the person sees one line, the log has the rest
        traceback.print_exc()
        launcher.finish(TrainingError(f"the trainer failed before the run began: {brief(error)}"))
        return EXIT_TRAINING
    log_line(opened.first_words)
    for notice in opened.notices:
        log_line(MARK + notice)
    path = opened.writer.path
    launcher.finish(Started(path.stem, str(path), opened.notices))
    return _record(session, opened.writer, scenario.train.checkpoint_every, signals)


def _record(
    session: Session, writer: RunWriter, checkpoint_every: int | None, signals: StopSignals
) -> int:
    """Train, record, and take the log into the run file; the exit code."""
    log = log_path(writer.path)
    with writer, _reserve(writer.path.parent) as free_reserve:

        def end_of_log() -> str:
            free_reserve()
            return read_end(log)

        try:
            end = record_run(
                session,
                writer,
                checkpoint_every=checkpoint_every,
                is_stop_requested=lambda: signals.stop_requested,
                log_line=log_line,
                log_text=end_of_log,
                process_age=process_age_s,
            )
        except RunFileError:
            traceback.print_exc()  # the log stays beside the run file, which could not take it
            return EXIT_TRAINING
    log.unlink(missing_ok=True)
    return EXIT_DONE if end.state in ("finished", "stopped") else EXIT_TRAINING


def _prepared(
    prepare: Prepare, scenario: Scenario, request: TrainRequest, progress: ProgressListener
) -> Session:
    """The training; what is wrong with its data is said with the line of the scenario."""
    try:
        return prepare(scenario, Path(request.base), progress)
    except DataError as error:
        place = request.text, request.scenario_path, request.overrides
        raise located_data_error(error, *place) from error


def _engine(request: TrainRequest, held: contextlib.ExitStack) -> Prepare:
    """What prepares the training; a cluster that it joins is left when `held` is closed."""

    # Late, since importing torch takes seconds that a bad request must not wait for.
    def prepare_here(scenario: Scenario, base: Path, progress: ProgressListener) -> Session:
        with uncollected():
            from objtui.engine.session import prepare

        return prepare(scenario, base, progress)

    def prepare_in_parts(scenario: Scenario, base: Path, progress: ProgressListener) -> Session:
        from objtui.cluster.rooms import prepare_in_parts

        parts = request.parts or MAX_PARTS
        return prepare_in_parts(scenario, base, progress, request.ray, parts, held, log_line)

    return prepare_here if request.parts is None else prepare_in_parts


@contextlib.contextmanager
def _reserve(folder: Path) -> Iterator[Callable[[], None]]:
    """Take RESERVE_BYTES of the disk of `folder`, without a name; the given function frees them.

    What cannot be taken is said and left out: until its disk is full no run needs it, and
    what else is wrong with the folder shows in the first write into the run file.
    """
    with contextlib.ExitStack() as room:

        def free() -> None:
            with contextlib.suppress(OSError):  # a network's disk may refuse its bytes only here
                room.close()

        try:
            file = room.enter_context(tempfile.TemporaryFile(dir=folder, buffering=0))
            file.write(os.urandom(RESERVE_BYTES))  # which no file system can compress
        except OSError as error:
            log_line(f"no room is kept on the disk for the end of the run: {error.strerror}")
        yield free
