"""Which runs can go on, and taking one over within one transaction: all of it, or nothing."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from objtui.errors import RunFileError, UsageError
from objtui.runfile.checkpoints import StoredCheckpoint, drop_what_follows, load_checkpoint
from objtui.runfile.connecting import CHECK_STEPS, connect_read_only
from objtui.runfile.processes import host_name
from objtui.runfile.records import ENDED, RunHeader, RunStatus
from objtui.runfile.tables import DETECTIONS_SINCE, named_errors
from objtui.runfile.unpacking import parse_json

LOG_CHARACTERS = 2**20
"""The most that is kept of what earlier trainers of a run logged: its end."""

MAX_LOG_CHARACTERS = 4 * LOG_CHARACTERS
"""More than any trainer has stored at once."""


@dataclass(frozen=True, slots=True)
class Extension:
    """More steps for a run than it was begun with, and the request that asks for as many."""

    steps: int
    request: str


def require_resumable(
    path: Path, header: RunHeader, status: RunStatus, steps: int | None = None
) -> None:
    """Raise UsageError where a run is in training, is finished, or can come to nothing more.

    With `steps` it is to go on past its end, to so many steps in all.
    """
    if status.state not in ENDED:
        raise UsageError(
            f"the run {path.stem} is {status.state} (process {status.pid} on "
            f"{host_name(status.host)}); `objtui watch` shows it"
        )
    if header.measured:
        raise UsageError(f"the run {path.stem} was measured, not trained: nothing to resume")
    if header.recorded:
        raise UsageError(
            f"the run {path.stem} was recorded by a training loop of its own, which alone can go "
            f'on with it: objtui.Recorder(…, resume="{path.stem}")'
        )
    if steps is not None and header.steps is not None and steps <= header.steps:
        raise UsageError(
            f"the run {path.stem} has {header.steps} steps, {status.step} of them taken; --steps "
            f"is the new end and takes more than {header.steps}, got {steps}"
        )
    if status.state == "finished" and steps is None:
        raise UsageError(
            f"the run {path.stem} is finished: all its {header.steps} steps are taken; --steps N "
            "goes on to step N, `objtui run` with --set train.steps=N trains anew"
        )
    if status.state == "diverged":
        raise UsageError(
            f"every head of the run {path.stem} has diverged, so there is nothing to go on with; "
            "`objtui run` with, say, a smaller train.lr starts a new one"
        )


def require_alike(path: Path, recorded: RunHeader, prepared: RunHeader) -> None:
    """Raise RunFileError where a run was recorded of another training than the prepared one.

    Its scores may be others: a run keeps those of the version that began it.
    """
    names = ("heads", "seeds", "steps", "train", "val", "features")
    differ = [name for name in names if getattr(recorded, name) != getattr(prepared, name)]
    if differ:
        raise RunFileError(
            f"{path}: damaged: its header and its scenario differ in {', '.join(differ)}"
        )


def checked_checkpoint(path: Path) -> StoredCheckpoint | None:
    """The checkpoint of a run whose file is whole, read without writing; None before the first.

    Raises RunFileError where the file is damaged.
    """
    with named_errors(path), closing(connect_read_only(path)) as connection:
        connection.steps = CHECK_STEPS
        connection.execute("BEGIN")  # all of it is of one moment
        try:
            _require_whole(connection, path)
            checkpoint = load_checkpoint(connection)
            _check_log(connection)
        except ValueError as error:
            raise RunFileError(f"{path}: damaged: {error}") from error
        finally:
            connection.rollback()
    return checkpoint


def take_over(
    connection: sqlite3.Connection,
    path: Path,
    seen: RunStatus,
    checkpoint: StoredCheckpoint | None,
    log: str,
) -> list[tuple[int, int]]:
    """Cut a run that nobody trains back to its checkpoint; the caller writes its new status.

    Returns the rows of the live frames that stay, each with its bytes. Raises RunFileError
    where the run is not as it was `seen`, or its `checkpoint` not what was read of it.
    """
    require_unchanged(connection, path, seen)
    step = connection.execute("SELECT step FROM checkpoint").fetchone()
    if step != (None if checkpoint is None else (checkpoint.step,)):
        raise RunFileError(f"{path}: another trainer was on this run a moment ago")
    if checkpoint is None:
        drop_what_follows(connection, 0, 0)
    else:
        drop_what_follows(connection, checkpoint.last_frame, checkpoint.last_trace)
    _forget_end(connection)
    keep_log(connection, log)
    return _live_frames(connection)


def take_over_whole(
    connection: sqlite3.Connection, path: Path, seen: RunStatus
) -> list[tuple[int, int]]:
    """As `take_over`, of a run without a checkpoint of ours, of which everything stays."""
    require_unchanged(connection, path, seen)
    _forget_end(connection)
    return _live_frames(connection)


def _forget_end(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM commands")  # those to the trainer that is no more
    connection.execute("DELETE FROM summary")
    if connection.execute("PRAGMA user_version").fetchone()[0] >= DETECTIONS_SINCE:
        connection.execute("DELETE FROM all_detections")


def _live_frames(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    live = connection.execute(
        "SELECT id, length(payload) FROM frames WHERE NOT scheduled ORDER BY id"
    )
    return live.fetchall()


def require_unchanged(connection: sqlite3.Connection, path: Path, seen: RunStatus) -> None:
    """RunFileError where a trainer has been on a run since its status was `seen`."""
    trainer = connection.execute("SELECT pid, pid_started, host, heartbeat_at FROM status")
    if trainer.fetchone() != (seen.pid, seen.pid_started, seen.host, seen.heartbeat_at):
        raise RunFileError(f"{path}: another trainer is on this run, or was a moment ago")


def stored_header(connection: sqlite3.Connection, path: Path) -> RunHeader:
    """The header that a run file holds; RunFileError where it is damaged."""
    try:
        (header,) = connection.execute("SELECT json FROM header").fetchone()
        return RunHeader.from_json(parse_json(header))
    except (KeyError, TypeError, ValueError) as error:
        raise RunFileError(f"{path}: damaged: its header cannot be read") from error


def store_header(connection: sqlite3.Connection, header: RunHeader) -> None:
    """Replace the header, within a transaction."""
    text = json.dumps(header.to_json(), allow_nan=False)
    connection.execute("UPDATE header SET json = ?", (text,))


def extend(connection: sqlite3.Connection, path: Path, extension: Extension) -> None:
    """Give a run more steps, within a transaction; RunFileError where its header is damaged."""
    store_header(connection, replace(stored_header(connection, path), steps=extension.steps))
    connection.execute("UPDATE scenario SET request = ?", (extension.request,))


def keep_log(connection: sqlite3.Connection, beside: str) -> None:
    """Join what earlier trainers logged, within a transaction.

    `beside` may be stored already, by one that died before it removed the file.
    """
    stored = "".join(text for (text,) in connection.execute("SELECT text FROM log ORDER BY rowid"))
    if not stored.endswith(beside):
        stored += beside
    connection.execute("DELETE FROM log")
    connection.execute("INSERT INTO log VALUES (?)", (stored[-LOG_CHARACTERS:],))


def _require_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse to go on with a file that SQLite finds broken."""
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise RunFileError(f"{path}: damaged: parts of the file are missing or overwritten")


def _check_log(connection: sqlite3.Connection) -> None:
    rows = connection.execute("SELECT typeof(text), length(text) FROM log").fetchall()
    if any(kind != "text" or length > MAX_LOG_CHARACTERS for kind, length in rows):
        raise ValueError("its log is none")
