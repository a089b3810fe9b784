"""The tables of a run file, its marks, and how SQLite's errors become ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from objtui.errors import RunFileError

SUFFIX = ".objtui"
"""The end of a run file's name."""

APPLICATION_ID = 0x6F626A74  # "objt"
FORMAT_VERSION = 4
"""Of the runs that are recorded; those of every format in SCHEMAS are read."""

BUSY_TIMEOUT_S = 5.0
"""How long a reader waits for another's lock before it gives up."""

WRITER_TIMEOUT_S = 60.0
"""The same for a trainer: a backup, say, that locks the file for a while must end no training."""

_TABLES = """
CREATE TABLE header (json TEXT NOT NULL);
CREATE TABLE scenario (text TEXT NOT NULL, request TEXT NOT NULL);
CREATE TABLE status (
    state TEXT NOT NULL, step INTEGER NOT NULL, elapsed_s REAL NOT NULL,
    steps_per_s REAL NOT NULL, heartbeat_at REAL NOT NULL, pid INTEGER NOT NULL,
    pid_started REAL NOT NULL, host TEXT NOT NULL, message TEXT NOT NULL,
    inode INTEGER NOT NULL, started_at REAL NOT NULL);
CREATE TABLE frames (
    id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, scheduled INTEGER NOT NULL,
    elapsed_s REAL NOT NULL, payload BLOB NOT NULL);
CREATE INDEX live_frames ON frames (id) WHERE NOT scheduled;
CREATE TABLE training_loss (
    id INTEGER PRIMARY KEY AUTOINCREMENT, first_step INTEGER NOT NULL,
    last_step INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE TABLE log (text TEXT NOT NULL);
CREATE TABLE checkpoint (
    step INTEGER NOT NULL, elapsed_s REAL NOT NULL, last_frame INTEGER NOT NULL,
    last_trace INTEGER NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE checkpoint_part (part INTEGER PRIMARY KEY, payload BLOB NOT NULL);
CREATE TABLE commands (id INTEGER PRIMARY KEY AUTOINCREMENT, command TEXT NOT NULL);
"""

_SUMMARY = """
CREATE TABLE summary (
    steps INTEGER NOT NULL, wall_s REAL NOT NULL, start_s REAL NOT NULL,
    train_s REAL NOT NULL, eval_s REAL NOT NULL);
"""

# SQLite has no NaN: such a value is NULL.
_NUMBERS = """
CREATE TABLE numbers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, name TEXT NOT NULL, value REAL);
"""

_PICTURES = "CREATE TABLE pictures (number INTEGER PRIMARY KEY, payload BLOB NOT NULL);\n"

_DETECTIONS = "CREATE TABLE all_detections (step INTEGER NOT NULL, payload BLOB NOT NULL);\n"

SCHEMAS = {
    2: _TABLES + _SUMMARY,
    3: _TABLES + _NUMBERS + _PICTURES + _SUMMARY,
    4: _TABLES + _NUMBERS + _PICTURES + _DETECTIONS + _SUMMARY,
}
"""By format, the tables of a run file.

Format 3 has tables for the user's own numbers and for the sample pictures of a detector, format 4
one for all detections of its last frame.
"""

SCHEMA = SCHEMAS[FORMAT_VERSION]

NUMBERS_SINCE = 3
"""The first format with a table of numbers."""

PICTURES_SINCE = 3
"""The first format with a table of pictures."""

DETECTIONS_SINCE = 4
"""The first format with a table of all detections of the last frame."""


def _expected_schema(schema: str) -> tuple[tuple[str, str, str, str], ...]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema)
        return tuple(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


EXPECTED_SCHEMAS = {version: _expected_schema(schema) for version, schema in SCHEMAS.items()}
"""By format, what SQLite's table of tables holds, and no more: type, name, table, SQL."""


@contextmanager
def immediate(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that has the right to write from its start; undone by any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After a full disk SQLite may have rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say about a run file into RunFileError, in one line."""
    try:
        yield
    except sqlite3.Error as error:
        raise RunFileError(f"{path}: {_explain(error)}") from error
    except UnicodeDecodeError as error:  # of what SQLite says, which quotes the file
        raise RunFileError(f"{path}: {_REASONS[sqlite3.SQLITE_CORRUPT]}") from error
    except OSError as error:
        raise RunFileError(f"{path}: {error.strerror or error}") from error


_LOCKED = "another program keeps it locked; try again once that has let go of it"
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
    sqlite3.SQLITE_INTERRUPT: "takes too long to read: damaged, or made to be so",
    sqlite3.SQLITE_TOOBIG: "damaged: a value in it is larger than the file can hold",
}
"""What SQLite's primary result codes mean for a run file."""


def result_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; that of damage where Python found a text that is none."""
    if isinstance(error, sqlite3.OperationalError) and not hasattr(error, "sqlite_errorcode"):
        return sqlite3.SQLITE_CORRUPT
    if isinstance(error, sqlite3.DataError):  # as Python calls it, without the code
        return sqlite3.SQLITE_TOOBIG
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _explain(error: sqlite3.Error) -> str:
    code = result_code(error)
    if code == sqlite3.SQLITE_IOERR:
        return f"the disk reports an error ({error}); is it full, or gone?"
    return _REASONS.get(code, f"cannot be used as a run file ({error})")
