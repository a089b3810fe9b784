"""How a trainer comes to its run file: a new one, or one whose run it goes on with."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from objtui.errors import DataError, RunFileError
from objtui.runfile.checkpoints import StoredCheckpoint
from objtui.runfile.names import log_path, reserve
from objtui.runfile.opening import remove_unfinished
from objtui.runfile.reader import RunReader
from objtui.runfile.records import HeadInfo, RunHeader
from objtui.runfile.resumption import Extension, require_alike, require_resumable
from objtui.runfile.writer import RunWriter
from objtui.scenario.schema import Scenario
from objtui.session import Session, Training
from objtui.text.numbers import counted
from objtui.trainer.log import read_end
from objtui.trainer.request import TrainRequest

MEMBER_BYTES = 1200
"""About what one member takes in one recorded frame, with the histograms of the fitting half."""

LARGE_BYTES = 64_000_000
"""The size of a run file from which its estimate is said at the start."""


@dataclass(frozen=True, eq=False, slots=True)
class OpenedRun:
    """A run file that is ours, what its log is to begin with, and notices for the person."""

    writer: RunWriter
    first_words: str
    notices: tuple[str, ...]


def open_run(request: TrainRequest, scenario: Scenario, session: Session, log: Path) -> OpenedRun:
    """A new run file, or that of the run to be resumed; raises as these two do."""
    open_file = open_new_run if request.resume is None else open_resumed_run
    return open_file(request, scenario, session, log)


def open_new_run(
    request: TrainRequest, scenario: Scenario, session: Session, log: Path
) -> OpenedRun:
    """Make the run file and move the log beside it; on an error neither is left."""
    name, path = reserve(Path(request.runs), request.scenario_path, request.name)
    try:
        writer = RunWriter(
            path,
            run_header(name, request, scenario, session),
            request.text,
            request.to_json(),
            session.contents,
        )
        log.rename(log_path(path))
    except BaseException:
        remove_unfinished(path)
        raise
    words = f"{name} begins on {session.device}, {counted(session.threads, 'thread')}"
    notices = (
        *session.notices,
        *session.training.notices,
        *class_notices(scenario, session),
        *_size_notice(scenario, session.training.schedule),
    )
    return OpenedRun(writer, words, notices)


def open_resumed_run(
    request: TrainRequest, scenario: Scenario, session: Session, log: Path
) -> OpenedRun:
    """Take over the run of `request.resume`; on an error its file is as it was.

    Raises UsageError or RunFileError where the run is in use, finished or damaged, and
    DataError where its data have changed.
    """
    assert request.resume is not None
    path = Path(request.resume)
    with RunReader(path) as reader:
        header, seen = reader.header(), reader.sure_status()
    require_resumable(path, header, seen, request.steps)
    extension = None
    if request.steps is not None:
        header = replace(header, steps=request.steps)
        extension = Extension(request.steps, request.as_recorded().to_json())
    if header.data_digest != session.data_digest:
        raise DataError(
            f"{path}: the data files have changed since this run began; put back those it began "
            "with, or start a new run"
        )
    require_alike(path, header, run_header(header.run, request, scenario, session))
    last_log = log_path(path)
    from_start = False

    def restore(checkpoint: StoredCheckpoint | None) -> None:
        nonlocal from_start
        if checkpoint is None:
            from_start = True
        else:
            _restore(path, session.training, checkpoint)

    writer = RunWriter.resume(path, seen, restore, read_end(last_log), extension)
    try:
        log.rename(last_log)
    except BaseException:
        writer.close()
        raise
    step = writer.status.step
    notices = (*_differences(header, session), *session.training.notices)
    if from_start:
        notices = (f"{path.stem} has no checkpoint yet and begins anew", *notices)
    where = f"{session.device}, {counted(session.threads, 'thread')}"
    to_step = "" if request.steps is None else f" to step {request.steps}"
    words = f"{path.stem} goes on after step {step}{to_step} on {where}"
    return OpenedRun(writer, words, notices)


def run_header(name: str, request: TrainRequest, scenario: Scenario, session: Session) -> RunHeader:
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
        steps=session.steps,
        seeds=scenario.train.seeds,
        heads=tuple(
            HeadInfo(head.name, head.loss, head.neurons, head.mirror or reference)
            for head in scenario.heads
        ),
        train=session.train_rows,
        val=session.val_rows,
        features=session.features,
        claims=tuple((claim.text, claim.test) for claim in scenario.claims),
        score_names=scenario.score_names,
        versions=session.versions,
        created_at=time.time(),
        data_digest=session.data_digest,
        pictures=session.pictures,
    )


def _restore(path: Path, training: Training, checkpoint: StoredCheckpoint) -> None:
    """Bring a training to a checkpoint; RunFileError where that, or the last frame, is damaged."""
    with RunReader(path) as reader:
        reader.frame(checkpoint.last_frame)  # of the scores that those to come will have
    try:
        training.restore(checkpoint.data)
        if training.step != checkpoint.step:
            raise ValueError(f"its checkpoint is of step {training.step}, not {checkpoint.step}")
    except ValueError as error:
        raise RunFileError(f"{path}: damaged: {error}") from error


def _differences(header: RunHeader, session: Session) -> tuple[str, ...]:
    """What may change the last digits against a run without interruption."""
    pairs = [("threads", str(header.threads), str(session.threads))]
    pairs += [
        (name, header.versions.get(name, "?"), session.versions.get(name, "?"))
        for name in ("torch", "numpy")
    ]
    changed = [f"{name} {before} is now {now}" for name, before, now in pairs if before != now]
    return (f"the last digits may differ: {', '.join(changed)}",) if changed else ()


def class_notices(scenario: Scenario, session: Session) -> tuple[str, ...]:
    """That rows are all of one class; those that a scenario itself lists are meant so."""
    if scenario.data.lists_rows:
        return ()
    rows = {"training": session.train_rows, "validation": session.val_rows}
    lacking = [
        (name, "is an object" if not counts.positives else "is background")
        for name, counts in rows.items()
        if counts is not None and counts.positives in (0, counts.rows)
    ]
    return tuple(f"no {name} row {what}: scores by class are undefined" for name, what in lacking)


def _size_notice(scenario: Scenario, schedule: tuple[int, ...]) -> tuple[str, ...]:
    members = len(scenario.heads) * len(scenario.train.seeds)
    size = len(schedule) * members * MEMBER_BYTES
    if size <= LARGE_BYTES:
        return ()
    return (
        f"{counted(len(schedule), 'frame')} of {counted(members, 'member')} will take about "
        f"{size / 1e6:.0f} MB; a larger train.eval_every makes the run file smaller",
    )
