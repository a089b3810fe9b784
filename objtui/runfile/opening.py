"""What lies at a run file's path and beside it, and noticing what becomes of it."""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path

from objtui.errors import RunFileError, RunGoneError
from objtui.files import open_regular, regular_descriptor, require_regular
from objtui.runfile.tables import named_errors

_MAGIC = b"SQLite format 3\0"
_HEAD_BYTES = 100  # of SQLite's own header
_WAL_MODE = slice(18, 20)  # of it: which versions may write and read
_CUT_SHORT = "damaged: the file is cut short"

BESIDE = ("-journal", "-wal", "-shm")
"""Ends of the names of what SQLite keeps beside a file."""

_SUPER_JOURNAL = bytes.fromhex("d9d505f920a163d7")
"""Ends a journal that names the journal of a commit over several files, which SQLite removes
(https://www.sqlite.org/fileformat2.html#the_rollback_journal). We never attach a file."""


def check_file(path: Path) -> None:
    """Refuse what is plainly no run file, in words that SQLite does not have.

    It opens and closes the file, and so drops every lock of this process on it.
    """
    check_surroundings(path)
    for _ in range(2):  # a commit may have come between the looks at its parts
        # Looked for first: while a journal lies beside it, a file may be shorter than it says.
        waits = has_journal(path)
        head, size = _head_and_size(path)
        if not head:
            raise RunFileError(f"{path}: the file is empty")
        if not _MAGIC.startswith(head[: len(_MAGIC)]):
            raise RunFileError(f"{path}: not a run file of objtui")
        if len(head) == _HEAD_BYTES and (waits or size >= _least_size(head)):
            return
    raise RunFileError(f"{path}: {_CUT_SHORT}")


def _head_and_size(path: Path) -> tuple[bytes, int]:
    """The first bytes of a file and how long it is; RunFileError where it cannot be read."""
    try:
        with open_regular(path.resolve()) as file:
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
        self._descriptor = regular_descriptor(path.resolve())
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
        waits = has_journal(self._path)
        head = os.pread(self._descriptor, _HEAD_BYTES, 0)
        size = os.fstat(self._descriptor).st_size
        if len(head) < _HEAD_BYTES:
            return True
        if not waits:
            return size < _least_size(head)
        if has_journal(self._path, "-journal"):
            return False
        self._size = max(self._size, size)
        return size < self._size


def _least_size(head: bytes) -> int:
    """The size that SQLite's header says."""
    page_size, pages = struct.unpack(">H", head[16:18])[0], struct.unpack(">I", head[28:32])[0]
    return int(pages * (65536 if page_size == 1 else page_size))


def _resolved(path: Path) -> Path:
    """Where links lead; RunFileError where they lead in circles."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise RunFileError(f"{path}: cannot be read: {error}") from error


def beside(path: Path, end: str) -> Path:
    """The path of what has the name of a file and this end."""
    return path.with_name(path.name + end)


def has_journal(path: Path, *ends: str) -> bool:
    """Whether a journal that holds something lies beside; by default of either kind."""
    place = path.resolve()
    for end in ends or ("-wal", "-journal"):
        with suppress(FileNotFoundError):  # a writer removes it with each commit
            if os.lstat(beside(place, end)).st_size > 0:
                return True
    return False


def size_with_journal(path: Path) -> int:
    """Bytes of a file and its write-ahead log."""
    place, size = path.resolve(), 0
    for end in ("", "-wal"):
        with suppress(FileNotFoundError):
            size += beside(place, end).stat().st_size
    return size


def remove_unfinished(path: Path) -> None:
    """Leave nothing of a run file that could not be begun."""
    for end in ("", *BESIDE):
        beside(path, end).unlink(missing_ok=True)


def is_in_wal_mode(path: Path) -> bool:
    """Whether a file says of itself that it has a write-ahead log."""
    return _head_and_size(path)[0][_WAL_MODE] == b"\x02\x02"


def check_surroundings(path: Path) -> None:
    """RunFileError where SQLite may not be let at a file, or at what lies beside it."""
    place = _resolved(path)
    for end in ("", *BESIDE):
        try:
            # What SQLite keeps beside a file, also readers write to or remove.
            require_regular(beside(place, end), single=end != "")
        except OSError as error:
            what = f"{place.name}{end} beside it" if end else "cannot be read:"
            raise RunFileError(f"{path}: {what} {error.strerror}") from error
    if _names_another(beside(place, "-journal")):
        raise RunFileError(
            f"{path}: the journal beside it is not one of objtui: it names another file, "
            "which would be removed"
        )


def _names_another(journal: Path) -> bool:
    try:
        with open_regular(journal) as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - len(_SUPER_JOURNAL)))
            return file.read() == _SUPER_JOURNAL
    except OSError:  # gone again with its commit
        return False
