"""The tables of a run file, its marks, and how SQLite's errors become ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from objtui.errors import RunFileError

SUFFIX = ".objtui"
"""The end of a run file's name."""

APPLICATION_ID = 0x6F626A74  # "objt"
FORMAT_VERSION = 1

BUSY_TIMEOUT_S = 5.0
"""How long a connection waits for another's lock before it gives up."""

SCHEMA = """
CREATE TABLE header (json TEXT NOT NULL);
CREATE TABLE scenario (text TEXT NOT NULL, request TEXT NOT NULL);
CREATE TABLE status (
    state TEXT NOT NULL, step INTEGER NOT NULL, elapsed_s REAL NOT NULL,
    steps_per_s REAL NOT NULL, heartbeat_at REAL NOT NULL, pid INTEGER NOT NULL,
    pid_started REAL NOT NULL, host TEXT NOT NULL, message TEXT NOT NULL);
CREATE TABLE frames (
    id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, scheduled INTEGER NOT NULL,
    elapsed_s REAL NOT NULL, payload BLOB NOT NULL);
CREATE INDEX live_frames ON frames (id) WHERE NOT scheduled;
CREATE TABLE training_loss (
    id INTEGER PRIMARY KEY AUTOINCREMENT, first_step INTEGER NOT NULL,
    last_step INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE TABLE log (text TEXT NOT NULL);
CREATE TABLE checkpoint (part INTEGER PRIMARY KEY, step INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE TABLE commands (id INTEGER PRIMARY KEY AUTOINCREMENT, command TEXT NOT NULL);
CREATE TABLE summary (
    steps INTEGER NOT NULL, wall_s REAL NOT NULL, start_s REAL NOT NULL,
    train_s REAL NOT NULL, eval_s REAL NOT NULL);
"""


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say about a run file into RunFileError, in one line."""
    try:
        yield
    except sqlite3.Error as error:
        raise RunFileError(f"{path}: {_explain(error)}") from error
    except OSError as error:
        raise RunFileError(f"{path}: {error.strerror or error}") from error


_LOCKED = f"another program has kept it locked for more than {BUSY_TIMEOUT_S:g} s"
_CLOSED = "cannot be opened; check its permissions and those of its folder"

_REASONS = {
    sqlite3.SQLITE_NOTADB: "not a run file of objtui",
    sqlite3.SQLITE_CORRUPT: "damaged: parts of the file are missing or overwritten",
    sqlite3.SQLITE_FULL: "the disk is full; free some space or choose another folder with --runs",
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
}
"""What SQLite's primary result codes mean for a run file."""


def _explain(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the primary code
    if code == sqlite3.SQLITE_IOERR:
        return f"the disk reports an error ({error}); is it full, or gone?"
    return _REASONS.get(code, f"cannot be used as a run file ({error})")
