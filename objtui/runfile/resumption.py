"""Which runs can go on, and taking one over within one transaction: all of it, or nothing."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from objtui.errors import RunFileError, UsageError
from objtui.runfile.checkpoints import StoredCheckpoint, drop_what_follows, load_checkpoint
from objtui.runfile.records import ENDED, RunHeader, RunStatus

LOG_CHARACTERS = 2**20
"""The most that is kept of what earlier trainers of a run logged: its end."""


def require_resumable(path: Path, header: RunHeader, status: RunStatus) -> None:
    """Raise UsageError where a run is in training, is finished, or can come to nothing more."""
    if status.state not in ENDED:
        raise UsageError(
            f"the run {path.stem} is {status.state} (process {status.pid} on {status.host}); "
            "`objtui watch` shows it"
        )
    if status.state == "finished":
        raise UsageError(
            f"the run {path.stem} is finished: all its {header.steps} steps are taken; "
            "`objtui run` with --set train.steps=N trains longer, as a new run"
        )
    if status.state == "diverged":
        raise UsageError(
            f"every head of the run {path.stem} has diverged, so there is nothing to go on with; "
            "`objtui run` with, say, a smaller train.lr starts a new one"
        )


def take_over(
    connection: sqlite3.Connection, path: Path, seen: RunStatus, log: str
) -> tuple[StoredCheckpoint | None, list[tuple[int, int]]]:
    """Cut a run that nobody trains back to its checkpoint; the caller writes its new status.

    Returns the checkpoint, None where the run begins anew, and the rows of the live
    frames that stay, each with its bytes. Raises RunFileError where the run is not as it
    was `seen`, or its file is damaged.
    """
    _require_whole(connection, path)
    if _trainer_of(connection) != (seen.pid, seen.pid_started, seen.host, seen.heartbeat_at):
        raise RunFileError(f"{path}: another trainer is on this run, or was a moment ago")
    try:
        checkpoint = load_checkpoint(connection)
    except ValueError as error:
        raise RunFileError(f"{path}: damaged: {error}") from error
    if checkpoint is None:
        drop_what_follows(connection, 0, 0)
    else:
        drop_what_follows(connection, checkpoint.last_frame, checkpoint.last_trace)
    connection.execute("DELETE FROM commands")  # those to the trainer that is no more
    connection.execute("DELETE FROM summary")
    _keep_log(connection, log)
    live = connection.execute(
        "SELECT id, length(payload) FROM frames WHERE NOT scheduled ORDER BY id"
    )
    return checkpoint, live.fetchall()


def recorded_scores(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    """The names of the scores that a run has recorded; RunFileError where they are damaged."""
    try:
        (header,) = connection.execute("SELECT json FROM header").fetchone()
        return RunHeader.from_json(json.loads(header)).score_names
    except (KeyError, TypeError, ValueError) as error:
        raise RunFileError(f"{path}: damaged: its header cannot be read") from error


def _require_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse to write on into a file that SQLite finds broken."""
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise RunFileError(f"{path}: damaged: parts of the file are missing or overwritten")


def _trainer_of(connection: sqlite3.Connection) -> object:
    return connection.execute("SELECT pid, pid_started, host, heartbeat_at FROM status").fetchone()


def _keep_log(connection: sqlite3.Connection, beside: str) -> None:
    """Join what earlier trainers logged; `beside` may be stored already by one that just died."""
    stored = "".join(text for (text,) in connection.execute("SELECT text FROM log ORDER BY rowid"))
    if not stored.endswith(beside):
        stored += beside
    connection.execute("DELETE FROM log")
    connection.execute("INSERT INTO log VALUES (?)", (stored[-LOG_CHARACTERS:],))
