"""Opening a run file for reading, refusing what is none, and noticing what becomes of it."""

from __future__ import annotations

import os
import sqlite3
import struct
from contextlib import closing, suppress
from pathlib import Path

from objtui.errors import RunFileError, RunGoneError
from objtui.runfile.tables import BUSY_TIMEOUT_S, named_errors, result_code

_MAGIC = b"SQLite format 3\0"
_HEAD_BYTES = 100  # of SQLite's own header
_CUT_SHORT = "damaged: the file is cut short"

TIDY_TIMEOUT_S = 1.0
"""How long an empty journal's removal waits for others that have the file open."""


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open a run file for reading only; RunFileError for what is plainly none, sqlite3.Error."""
    check_file(path)
    undo_commit(path)
    uri = path.resolve().as_uri() + "?mode=ro"
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S, check_same_thread=False
    )
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchall()
        return connection
    except sqlite3.OperationalError as error:
        connection.close()
        # A file that was left in WAL mode cannot be opened in a folder that cannot be
        # written; where no journal lies beside it, everything is in the file itself.
        if not is_unopened(error) or _has_journal(path):
            raise
    except BaseException:
        connection.close()
        raise
    return sqlite3.connect(
        uri + "&immutable=1", uri=True, isolation_level=None, check_same_thread=False
    )


def is_unopened(error: sqlite3.OperationalError) -> bool:
    """Whether SQLite could not open the file, or not in the way that it has to."""
    return result_code(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def undo_commit(path: Path) -> bool:
    """Let SQLite undo the commit in which a writer died; False where it left none, or cannot.

    A connection for reading only may not, and is refused. SQLite's own locks tell
    a dead writer's journal from that of one at work, which is left alone.
    """
    if not _has_journal(path, "-journal"):
        return False
    uri = path.resolve().as_uri() + "?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S)) as connection:
            connection.execute("SELECT 1 FROM sqlite_master").fetchall()
    except sqlite3.OperationalError:  # reading then says what is wrong
        return False
    return True


def remove_empty_journal(path: Path) -> None:
    """Remove the empty write-ahead log that lies beside a complete file, if one does.

    It is there where somebody opened the file just when its trainer left that mode: a
    connection for reading only removes nothing, and SQLite passes over an empty one.
    """
    log, memory = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if not log.exists() or _has_journal(path, "-wal"):
        return
    uri = path.resolve().as_uri() + "?mode=rw"
    try:
        with closing(
            sqlite3.connect(uri, uri=True, isolation_level=None, timeout=TIDY_TIMEOUT_S)
        ) as connection:
            # Without a write-ahead log in use, it means that nobody has the file open.
            connection.execute("BEGIN EXCLUSIVE")
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            if mode != "wal" and not _has_journal(path, "-wal"):
                memory.unlink(missing_ok=True)
                log.unlink(missing_ok=True)
    except (sqlite3.Error, OSError):  # in use, or not ours to write: the last reader tidies up
        return


def check_file(path: Path) -> None:
    """Refuse what is plainly no run file, in words that SQLite does not have."""
    for _ in range(2):  # a commit may have come between the looks at its parts
        # Looked for first: while a journal lies beside it, a file may be shorter than it says.
        has_journal = _has_journal(path)
        head, size = _head_and_size(path)
        if not head:
            raise RunFileError(f"{path}: the file is empty")
        if not _MAGIC.startswith(head[: len(_MAGIC)]):
            raise RunFileError(f"{path}: not a run file of objtui")
        if len(head) == _HEAD_BYTES and (has_journal or size >= _least_size(head)):
            return
    raise RunFileError(f"{path}: {_CUT_SHORT}")


def _head_and_size(path: Path) -> tuple[bytes, int]:
    """The first bytes of a file and how long it is; RunFileError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES), file.seek(0, os.SEEK_END)
    except FileNotFoundError:
        raise RunFileError(f"{path}: no such run file") from None
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror}") from error


class OpenedFile:
    """A run file that is being read, to notice what SQLite would not: what others do to it.

    It keeps a descriptor of its own, which must be closed after the connection:
    closing any descriptor of a file drops the locks of the whole process on it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._descriptor).st_size

    def check(self) -> None:
        """RunFileError where the file was removed, replaced, cut short or overwritten."""
        path = self._path
        with named_errors(path):
            own = os.fstat(self._descriptor)
            try:
                there = path.stat()
            except (FileNotFoundError, NotADirectoryError):
                raise RunGoneError(path) from None
            if (there.st_dev, there.st_ino) != (own.st_dev, own.st_ino):
                raise RunGoneError(path)
            head = os.pread(self._descriptor, _HEAD_BYTES, 0)
            if not _MAGIC.startswith(head[: len(_MAGIC)]):
                raise RunFileError(f"{path}: damaged: the file was overwritten")
            # Looked at twice: a commit may have come between the looks at its parts.
            if self._seems_cut_short() and self._seems_cut_short():
                raise RunFileError(f"{path}: {_CUT_SHORT}")

    def close(self) -> None:
        """Let go of the file; the connection must be closed already."""
        os.close(self._descriptor)

    def _seems_cut_short(self) -> bool:
        """A run file never shrinks, but where a commit is undone with a rollback journal."""
        has_journal = _has_journal(self._path)
        head = os.pread(self._descriptor, _HEAD_BYTES, 0)
        size = os.fstat(self._descriptor).st_size
        if len(head) < _HEAD_BYTES:
            return True
        if not has_journal:
            return size < _least_size(head)
        if _has_journal(self._path, "-journal"):
            return False
        self._size = max(self._size, size)
        return size < self._size


def _least_size(head: bytes) -> int:
    """The size that SQLite's header says."""
    page_size, pages = struct.unpack(">H", head[16:18])[0], struct.unpack(">I", head[28:32])[0]
    return int(pages * (65536 if page_size == 1 else page_size))


def _has_journal(path: Path, *ends: str) -> bool:
    """Whether a journal that holds something lies beside; by default of either kind."""
    for end in ends or ("-wal", "-journal"):
        with suppress(FileNotFoundError):  # a writer removes it with each commit
            if path.with_name(path.name + end).stat().st_size > 0:
                return True
    return False
