"""Every connection to a run file: what lies there is checked before SQLite may act on it.

Run files come from anywhere. SQLite by itself follows what a file says: it runs triggers
and views, unpacks values of any size, and removes the file that a planted journal names.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from objtui.errors import RunFileError
from objtui.files import open_regular
from objtui.runfile.opening import (
    BESIDE,
    beside,
    check_file,
    check_surroundings,
    has_journal,
    is_in_wal_mode,
    size_with_journal,
)
from objtui.runfile.tables import (
    APPLICATION_ID,
    BUSY_TIMEOUT_S,
    EXPECTED_SCHEMAS,
    named_errors,
    result_code,
)
from objtui.text.numbers import either

READ_STEPS = 10_000
"""How long one question to a file may take, in steps of OPCODES: pages may lead in circles."""

CHECK_STEPS = 1_000_000
"""The same where a file is checked whole before it is written on."""

OPCODES = 20_000
"""Of SQLite, which does some 10 million in a second."""

MAX_VALUE_BYTES = 128 * 2**20
"""No value of a run file is larger: a part of a checkpoint has half as much."""

MAX_COPY_BYTES = 4 * 2**30
"""A file that can only be read from a private copy is refused beyond this size."""

TIDY_TIMEOUT_S = 1.0
"""How long an empty journal's removal waits for others that have the file open."""

_MAX_SQL = 100_000
_ROW_BYTES = 4  # the least that a row takes in a file
_COPY_TRIES = 3


class RunConnection(sqlite3.Connection):
    """A connection that gives up on a question that takes too long, or answers too much."""

    steps = READ_STEPS
    writes = False
    """Whether it is for writing, too."""
    lasts = True
    """Whether it sees what others write; else it shows the file as it was on opening."""
    copy_of: tuple[Path, list[tuple[int, int, int]]] | None = None
    """Of a private copy: the file and how it lay there."""

    def is_current_copy(self) -> bool:
        """Whether it is on a copy of a file that lies there as it did."""
        return self.copy_of is not None and _moment(self.copy_of[0]) == self.copy_of[1]

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        """As that of sqlite3, within `steps`; OperationalError (interrupted) after them."""
        # Nothing of Python's own may run within: what a signal raises there would be lost.
        self.set_progress_handler(chain(repeat(0, self.steps), repeat(1)).__next__, OPCODES)
        return super().execute(sql, parameters)

    def rows(self, path: Path, query: str, *values: object) -> list[Any]:
        """All rows of a question; DatabaseError where they hold more than the file at `path`.

        Whatever is stored once is answered once: more comes only of pages that lead in circles.
        """
        most = size_with_journal(path)
        try:
            self.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(MAX_VALUE_BYTES, max(most, 2**20)))
            return self._bounded_rows(path, query, values, most)
        finally:
            if self.writes:  # what comes next may be larger than the file is by now
                self.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)

    def _bounded_rows(
        self, path: Path, query: str, values: tuple[object, ...], most: int
    ) -> list[Any]:
        rows, size = [], 0
        for row in self.execute(query, values):
            size += _ROW_BYTES + sum(len(v) for v in row if isinstance(v, (str, bytes)))
            if size > most and size > (most := size_with_journal(path)):
                error = sqlite3.DatabaseError("more rows than the file can hold")
                error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
                raise error
            rows.append(row)
        return rows

    def limit(self) -> None:
        """Set what SQLite itself can be told to refuse."""
        self.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        self.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, _MAX_SQL)
        self.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        self.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 0)
        self.execute("PRAGMA trusted_schema = OFF")
        self.execute("PRAGMA cell_size_check = ON")


def connect_read_only(path: Path, *, glance: bool = False, is_open: bool = False) -> RunConnection:
    """Open a run file for reading only: it, and what lies beside it, stay as they are.

    Where a writer died within a commit, a private copy is opened in which SQLite has undone
    that; with `glance`, which is for lists, the file as it lies there. RunFileError for what
    is none of our run files, sqlite3.Error. `is_open`: this process has the file open
    already, whose locks must not be dropped.
    """
    if is_open:
        check_surroundings(path)
    else:
        check_file(path)
    place = path.resolve()
    uses_log = is_in_wal_mode(place) or has_journal(place, "-wal")
    if uses_log and not beside(place, "-shm").exists():
        # Nobody has it open, and SQLite would make journals beside it.
        if glance or not has_journal(place):
            return _checked(path, lambda: _connect_to_fixed(place))
        return _checked(path, lambda: _connect_to_copy(place))
    try:
        return _checked(path, lambda: _connect(place, "mode=ro"))
    except sqlite3.OperationalError as error:
        # Left in WAL mode in a folder that cannot be written, or by a writer that died.
        if not is_unopened(error):
            raise
    if glance or not has_journal(place):
        return _checked(path, lambda: _connect_to_fixed(place))
    return _checked(path, lambda: _connect_to_copy(place))


def connect_to_write(path: Path, timeout_s: float) -> RunConnection:
    """Open a run file that is there for writing, once it is known to be one of ours.

    SQLite undoes the commit in which a writer died. RunFileError, sqlite3.Error.
    """
    with closing(connect_read_only(path, is_open=True)):
        pass
    connection = _checked(path, lambda: connect_to_own(path, timeout_s))
    connection.steps = CHECK_STEPS
    return connection


def connect_to_own(path: Path, timeout_s: float) -> RunConnection:
    """Open a file that this process itself has made, or has checked, for writing."""
    check_surroundings(path)
    connection = _connect(path.resolve(), "mode=rw", timeout_s)
    connection.writes = True
    return connection


def connect_to_new(path: Path, timeout_s: float) -> RunConnection:
    """Open an empty file, or none yet, for writing."""
    check_surroundings(path)
    connection = _connect(path.resolve(), "mode=rwc", timeout_s)
    connection.writes = True
    return connection


def is_unopened(error: sqlite3.OperationalError) -> bool:
    """Whether SQLite could not open the file, or not in the way that it has to."""
    return result_code(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def remove_empty_journal(path: Path) -> None:
    """Remove the empty write-ahead log that lies beside a complete file, if one does.

    It is there where somebody opened the file just when its trainer left that mode: a
    connection for reading only removes nothing, and SQLite passes over an empty one.
    """
    place = path.resolve()
    log, memory = beside(place, "-wal"), beside(place, "-shm")
    if not log.exists() or has_journal(place):
        return
    try:
        with named_errors(path), closing(connect_to_own(path, TIDY_TIMEOUT_S)) as connection:
            # Without a write-ahead log in use, it means that nobody has the file open.
            connection.execute("BEGIN EXCLUSIVE")
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            if mode != "wal" and not has_journal(place):
                memory.unlink(missing_ok=True)
                log.unlink(missing_ok=True)
    except (RunFileError, OSError):  # in use, or not ours to write: the last reader tidies up
        return


def require_ours(connection: RunConnection, path: Path) -> None:
    """RunFileError where a database has other marks or tables than a run file of ours."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        raise RunFileError(f"{path}: not a run file of objtui")
    if version not in EXPECTED_SCHEMAS:
        formats = either(map(str, EXPECTED_SCHEMAS), "and")
        raise RunFileError(
            f"{path}: a run file of another version of objtui "
            f"(its format is {version}, this one reads {formats})"
        )
    schema = connection.rows(path, "SELECT type, name, tbl_name, sql FROM sqlite_master")
    if sorted(schema, key=repr) != sorted(EXPECTED_SCHEMAS[version], key=repr):
        raise RunFileError(f"{path}: not a run file of objtui: its tables are not those of one")


def _checked(path: Path, connect: Callable[[], RunConnection]) -> RunConnection:
    connection = connect()
    try:
        require_ours(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(place: Path, options: str, timeout_s: float | None = None) -> RunConnection:
    connection = sqlite3.connect(
        f"{place.as_uri()}?{options}",
        uri=True,
        isolation_level=None,
        timeout=BUSY_TIMEOUT_S if timeout_s is None else timeout_s,
        check_same_thread=False,
        factory=RunConnection,
    )
    try:
        connection.limit()
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_to_fixed(place: Path) -> RunConnection:
    """Open the file itself as something that nobody writes to."""
    connection = _connect(place, "mode=ro&immutable=1")
    connection.lasts = False
    return connection


def _connect_to_copy(place: Path) -> RunConnection:
    """Open a copy, its owner's only, of a file and its journals; nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="objtui-") as name:
        copy = Path(name) / "copy"
        for _ in range(_COPY_TRIES):
            before = _moment(place)
            room = min(MAX_COPY_BYTES, shutil.disk_usage(name).free // 2)
            if sum(size for _, size, _ in before) > room:
                raise RunFileError(f"{place}: too large to be read before `objtui resume` repairs")
            for end in ("", *BESIDE):
                _copy(beside(place, end), beside(copy, end))
            if _moment(place) == before:
                break
        else:
            raise RunFileError(f"{place}: changes while it is being read; try again")
        connection = _connect(copy, "mode=rw")
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # which undoes
            connection.lasts, connection.copy_of = False, (place, before)
        except BaseException:
            connection.close()
            raise
        return connection


def _moment(place: Path) -> list[tuple[int, int, int]]:
    """What changes with every write: inode, size and time of a file and of its journals."""
    moment = []
    for end in ("", *BESIDE):
        try:
            status = os.lstat(beside(place, end))
        except FileNotFoundError:
            continue
        moment.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return moment


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        with open_regular(source) as file, target.open("xb") as out:
            shutil.copyfileobj(file, out, 2**20)
    except FileNotFoundError:
        return
