"""Housekeeping of recorded runs: a note, another name, and the end of all their files.

A run in training takes a note, and nothing else. Each of them may be killed at any moment and
be asked for again: what it leaves behind is a whole run.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import struct
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from objtui.errors import RunFileError, UsageError
from objtui.files import open_regular, read_end_of
from objtui.runfile.connecting import connect_to_write
from objtui.runfile.find import BLANK_BYTES, MAKING_S
from objtui.runfile.names import log_path, reserve
from objtui.runfile.opening import BESIDE, beside
from objtui.runfile.reader import LOG_BYTES, RunReader
from objtui.runfile.records import ENDED, MAX_NOTE, RunStatus
from objtui.runfile.resumption import keep_log, require_unchanged, store_header, stored_header
from objtui.runfile.tables import (
    APPLICATION_ID,
    BUSY_TIMEOUT_S,
    SUFFIX,
    immediate,
    named_errors,
    result_code,
)
from objtui.text.terminal import printable

FOLD_TIMEOUT_S = 2.0
"""How long a renaming waits for others to let go of the file."""

_SQLITE, _MARK, _HEAD_BYTES = b"SQLite format 3\0", slice(68, 72), 100
"""What an SQLite file begins with, where it keeps its application id, how long its header is
(https://www.sqlite.org/fileformat2.html#the_database_header)."""


@dataclass(frozen=True, slots=True)
class RunFiles:
    """All that lies in a folder for one run.

    Attributes:
        path: the run file.
        companions: its log and what SQLite keeps beside it, as far as they are there.
        size: bytes of all of them.
    """

    path: Path
    companions: tuple[Path, ...]
    size: int


def set_note(path: Path, text: str) -> str:
    """Keep a line of text with a run, in the place of the one before; an empty text removes it.

    Returns the line as it is kept: blanks made single, without what could steer a terminal.
    UsageError where it is longer than MAX_NOTE characters, RunFileError.
    """
    note = " ".join(printable(text).split())
    if len(note) > MAX_NOTE:
        raise UsageError(f"a note has at most {MAX_NOTE} characters, and this has {len(note)}")
    with (
        named_errors(path),
        closing(connect_to_write(path, BUSY_TIMEOUT_S)) as connection,
        immediate(connection),
    ):
        store_header(connection, replace(stored_header(connection, path), note=note))
    return note


def rename_run(path: Path, name: str) -> Path:
    """Give a run that nobody trains another name in the same folder; its path from then on.

    The log beside the file and SQLite's journals are first taken into it, with the new name;
    then one call of the system renames it. Raises UsageError where the run is in training or
    the name is none or taken, RunFileError.
    """
    require_own(path)
    seen = require_untrained(path)
    log = log_path(path)
    _, target = reserve(path.parent, name, name)
    try:
        with named_errors(path), closing(connect_to_write(path, BUSY_TIMEOUT_S)) as connection:
            with immediate(connection):
                require_unchanged(connection, path, seen)
                store_header(connection, replace(stored_header(connection, path), run=name))
                keep_log(connection, _end_of(log))
            _fold_journal(connection, path)
        with named_errors(path):
            path.replace(target)
    except BaseException:
        if os.path.lexists(path):  # else it lies there by now
            target.unlink(missing_ok=True)
        raise
    if log.is_file():
        log.unlink(missing_ok=True)
    return target


def files_of(path: Path) -> RunFiles:
    """What lies there for a run; RunFileError where `path` is no run file of ours."""
    require_own(path)
    places = [log_path(path), *(beside(path, end) for end in BESIDE)]
    companions = tuple(each for each in places if _can_go(each))
    return RunFiles(path, companions, sum(os.lstat(each).st_size for each in (path, *companions)))


def remove_files(files: RunFiles) -> None:
    """Remove them, the run file last: until it is gone, the run can be removed again.

    A link goes itself, never what it leads to. RunFileError where the folder forbids it.
    """
    with named_errors(files.path):
        for place in (*files.companions, files.path):
            place.unlink(missing_ok=True)


def require_untrained(path: Path) -> RunStatus:
    """The status of a run that has ended; UsageError where it is in training, RunFileError."""
    with RunReader(path) as reader:
        status = reader.sure_status()
    if status.state not in ENDED:
        raise UsageError(f"the run {path.stem} is {status.state}; `objtui stop` ends it first")
    return status


def state_to_remove(path: Path) -> str:
    """How a run ended, or why its file cannot be read; UsageError where it is in training."""
    try:
        return require_untrained(path).state
    except RunFileError as error:
        return f"cannot be read ({str(error).removeprefix(f'{path}: ')})"


def require_own(path: Path) -> None:
    """RunFileError where what lies at `path` itself is no run file of ours, be it a damaged one.

    Ours is a regular file of our suffix whose first bytes bear our mark, or that is as empty as
    a trainer which died at its start leaves it. A link is not: what it leads to is another's.
    """
    if path.suffix != SUFFIX:
        raise RunFileError(f"{path}: not a run file of objtui: its name does not end in {SUFFIX}")
    try:
        with open_regular(path) as file:
            head, status = file.read(_HEAD_BYTES), os.fstat(file.fileno())
    except OSError as error:
        raise RunFileError(f"{path}: {error.strerror}") from error
    mark = struct.pack(">I", APPLICATION_ID)
    if head.startswith(_SQLITE) and head[_MARK] == mark:
        return
    is_blank = not head or (
        head.startswith(_SQLITE) and not any(head[_MARK]) and status.st_size in BLANK_BYTES
    )
    if not is_blank:
        raise RunFileError(f"{path}: not a run file of objtui, or its first bytes are overwritten")
    if time.time() - status.st_mtime < MAKING_S:
        raise RunFileError(f"{path}: is only just being made; try again in half a minute")


def _can_go(place: Path) -> bool:
    """Whether something lies there, be it a link, that is no folder."""
    try:
        return not stat.S_ISDIR(os.lstat(place).st_mode)
    except OSError:
        return False


def _fold_journal(connection: sqlite3.Connection, path: Path) -> None:
    """Bring everything into the one file, which alone is then moved; RunFileError, sqlite3.Error.

    While another program has the file open, its journal must stay beside it.
    """
    connection.execute(f"PRAGMA busy_timeout = {1000 * FOLD_TIMEOUT_S:.0f}")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite3.OperationalError as error:
        if result_code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        mode = "wal"
    if mode != "delete":
        raise RunFileError(f"{path}: another program has it open; close that and try again")


def _end_of(log: Path) -> str:
    try:
        return read_end_of(log, LOG_BYTES).decode(errors="replace")
    except OSError:  # none, or something else by its name
        return ""
