"""A whole copy of a run file, also of one that a trainer is writing."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from objtui.runfile.connecting import connect_read_only
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED
from objtui.runfile.tables import named_errors, result_code


def copy_run(reader: RunReader, target: Path) -> None:
    """Copy a run as it is at one moment to a new file, its owner's only, with no journal.

    No trainer works on a copy: of a run that goes on, it is `stopped` where that was,
    with its last checkpoint and no waiting commands. A log that still lies beside the run
    is in the copy. Raises RunFileError where the run cannot be read, OSError where
    `target` is there already or cannot be written.
    """
    with named_errors(reader.path):
        source = connect_read_only(reader.path, is_open=True)
    with closing(source):
        _copy(reader, source, target)


def _copy(reader: RunReader, source: sqlite3.Connection, target: Path) -> None:
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            _settle(reader, copy)
    except sqlite3.Error as error:
        if result_code(error) == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise OSError(errno.EIO, str(error)) from error


def _settle(reader: RunReader, copy: sqlite3.Connection) -> None:
    """Let the copy of a run that has not ended stand by itself."""
    status = reader.status()
    row = copy.execute("SELECT state, step FROM status").fetchone()
    if row is None or row[0] in ENDED:
        return
    step, crashed = row[1], status.state == "crashed"  # which readers of the copy find out again
    copy.execute("BEGIN")
    copy.execute("DELETE FROM commands")
    copy.execute("DELETE FROM log")
    copy.execute("INSERT INTO log VALUES (?)", (reader.log(),))
    if not crashed:
        message = f"copied at step {step} from a run that went on"
        copy.execute("UPDATE status SET state = 'stopped', message = ?", (message,))
    copy.execute("COMMIT")
