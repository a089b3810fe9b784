"""The reading side of a run file: lets go when the run has ended.

It never writes, but that where a writer died within a commit (without a
write-ahead log) SQLite undoes that commit before anything is read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from objtui.errors import RunFileError, RunGoneError
from objtui.measures.frames import Frame, LossTrace, decode_frame, decode_loss_trace
from objtui.runfile.checkpoints import load_checkpoint
from objtui.runfile.liveness import TrainerWatch
from objtui.runfile.names import log_path
from objtui.runfile.opening import (
    OpenedFile,
    connect_read_only,
    is_unopened,
    remove_empty_journal,
    undo_commit,
)
from objtui.runfile.records import ENDED, RunHeader, RunStatus, RunSummary
from objtui.runfile.tables import APPLICATION_ID, FORMAT_VERSION, named_errors


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame and its row, for `frames_after`."""

    row: int
    frame: Frame


@dataclass(frozen=True, slots=True)
class StoredTrace:
    """A trace of the training loss and its row, for `loss_traces_after`."""

    row: int
    trace: LossTrace


class RunReader:
    """Reads one run file, running or ended; for use by one thread at a time.

    Raises RunFileError, in one line, where the file is missing, empty, foreign,
    of another version or damaged; on opening, or later where damage shows later.
    While it is open, `status` also notices that the file was removed or replaced.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._opened: OpenedFile | None = None
        self._data_version: int | None = None
        self._trainer = TrainerWatch(path)
        self._header = self._read_header()

    def changed(self) -> bool:
        """Whether the file may have changed since the last call; cheap, for polling."""
        if self._connection is None:
            return self._data_version is None
        version = self._one("PRAGMA data_version")[0]
        before, self._data_version = self._data_version, version
        return bool(version != before)

    def header(self) -> RunHeader:
        """What was settled before the first step."""
        return self._header

    def request(self) -> str:
        """What the trainer was asked for, as JSON: see `objtui.trainer.request`."""
        return str(self._one("SELECT request FROM scenario")[0])

    def status(self) -> RunStatus:
        """Where the run is now; `crashed` where its trainer is gone without an end.

        Once it has ended, the file is no longer kept open between calls. Raises
        RunGoneError where the file is no longer there.
        """
        status = self._read_status()
        if status.state not in ENDED and (reason := self._trainer.why_gone(status)):
            # It may have written its end between our reading and our looking for it.
            status = self._read_status()
            if status.state not in ENDED:
                status = replace(status, state="crashed", message=reason)
        if status.state in ENDED:
            self.close()
        return status

    def frames_after(
        self, row: int = 0, *, scheduled_only: bool = False, limit: int = -1
    ) -> list[StoredFrame]:
        """The frames recorded after that row, oldest first; at most `limit`, all by default."""
        wanted = " AND scheduled" if scheduled_only else ""
        rows = self._all(
            f"SELECT id, step, payload FROM frames WHERE id > ?{wanted} ORDER BY id LIMIT ?",
            row,
            limit,
        )
        return [StoredFrame(number, self._frame(step, payload)) for number, step, payload in rows]

    def frame(self, row: int) -> Frame | None:
        """The frame of a row; None where it is there no longer, as live ones are thinned."""
        rows = self._all("SELECT step, payload FROM frames WHERE id = ?", row)
        return self._frame(*rows[0]) if rows else None

    def loss_traces_after(self, row: int = 0, *, limit: int = -1) -> list[StoredTrace]:
        """The traces of the training loss recorded after that row, oldest first.

        At most `limit`, all by default.
        """
        heads = len(self._header.heads)
        rows = self._all(
            "SELECT id, first_step, last_step, payload FROM training_loss"
            " WHERE id > ? ORDER BY id LIMIT ?",
            row,
            limit,
        )
        try:
            return [
                StoredTrace(number, decode_loss_trace(first, last, payload, heads))
                for number, first, last, payload in rows
            ]
        except (TypeError, ValueError) as error:
            raise RunFileError(f"{self.path}: damaged: {error}") from error

    def log(self) -> str:
        """What the trainer logged: kept in the file after its end, beside it before."""
        stored = "".join(str(text) for (text,) in self._all("SELECT text FROM log ORDER BY rowid"))
        if self._read_status().state in ENDED:  # then the one beside is about to go
            return stored
        try:
            beside = log_path(self.path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            beside = ""
        return stored + beside

    def summary(self) -> RunSummary | None:
        """What the run took; None before its end."""
        rows = self._all("SELECT steps, wall_s, start_s, train_s, eval_s FROM summary")
        try:
            return RunSummary.from_row(rows[0]) if rows else None
        except ValueError as error:
            raise RunFileError(f"{self.path}: damaged: its summary cannot be read") from error

    def checkpoint(self) -> tuple[int, bytes] | None:
        """The step and the state of the last checkpoint; None before the first."""
        with named_errors(self.path), self._connected() as connection:
            connection.execute("BEGIN")  # a trainer may replace it between two looks
            try:
                stored = load_checkpoint(connection)
            except ValueError as error:
                raise RunFileError(f"{self.path}: damaged: {error}") from error
            finally:
                connection.rollback()
        return None if stored is None else (stored.step, stored.data)

    def close(self) -> None:
        """Let go of the file; reading on opens it again for as long as each call takes."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._opened is not None:
            self._opened.close()
            self._opened = None
        remove_empty_journal(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read_header(self) -> RunHeader:
        with named_errors(self.path):
            self._connection = connect_read_only(self.path)
            try:
                self._opened = OpenedFile(self.path)
                application = self._one("PRAGMA application_id")[0]
                version = self._one("PRAGMA user_version")[0]
                if application != APPLICATION_ID:
                    raise RunFileError(f"{self.path}: not a run file of objtui")
                if version != FORMAT_VERSION:
                    raise RunFileError(
                        f"{self.path}: a run file of another version of objtui "
                        f"(its format is {version}, this one reads {FORMAT_VERSION})"
                    )
                return RunHeader.from_json(json.loads(self._one("SELECT json FROM header")[0]))
            except (KeyError, TypeError, ValueError) as error:
                self.close()
                raise RunFileError(f"{self.path}: damaged: its header cannot be read") from error
            except BaseException:
                self.close()
                raise

    def _read_status(self) -> RunStatus:
        if self._opened is not None:
            self._opened.check()
        row = self._one(
            "SELECT state, step, elapsed_s, steps_per_s, heartbeat_at, pid, pid_started,"
            " host, message, inode, started_at FROM status"
        )
        try:
            return RunStatus.from_row(row)
        except ValueError as error:
            raise RunFileError(f"{self.path}: damaged: its state cannot be read") from error

    def _frame(self, step: int, payload: bytes) -> Frame:
        header = self._header
        try:
            frame = decode_frame(payload, header.score_names)
        except (TypeError, ValueError) as error:
            raise RunFileError(f"{self.path}: damaged: {error}") from error
        members = (len(header.heads), len(header.seeds))
        if frame.step != step or frame.diverged.shape != members:
            raise RunFileError(f"{self.path}: damaged: a frame does not belong to this run")
        return frame

    def _one(self, query: str, *values: object) -> Any:
        rows = self._all(query, *values)
        if not rows:
            raise RunFileError(f"{self.path}: damaged: parts of the file are missing")
        return rows[0]

    def _all(self, query: str, *values: object) -> list[Any]:
        with named_errors(self.path), self._connected() as connection:
            try:
                return connection.execute(query, values).fetchall()
            except sqlite3.OperationalError as error:
                if not (is_unopened(error) and undo_commit(self.path)):
                    raise
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """The open connection, or one for the time of the block."""
        if self._connection is not None:
            yield self._connection
            return
        self._require_place()
        with closing(connect_read_only(self.path)) as connection:
            yield connection

    def _require_place(self) -> None:
        with named_errors(self.path):
            if not self.path.exists():
                raise RunGoneError(self.path)
