"""The reading side of a run file: lets go when the run has ended.

It never writes into the file, nor lets SQLite do so: a commit in which a writer died is
undone in a private copy. What it reads is checked before anybody else sees it.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from objtui.errors import RunFileError, RunGoneError
from objtui.files import read_end_of
from objtui.measures.all_detections import AllDetections
from objtui.measures.bounds import is_count, is_time
from objtui.measures.frames import Frame, LossTrace, decode_frame, decode_loss_trace
from objtui.measures.histogram import Counts
from objtui.measures.pictures import PictureContent
from objtui.runfile.checkpoints import checkpoint_step, load_checkpoint
from objtui.runfile.connecting import (
    RunConnection,
    connect_read_only,
    is_unopened,
    remove_empty_journal,
)
from objtui.runfile.liveness import TrainerWatch
from objtui.runfile.names import log_path
from objtui.runfile.opening import OpenedFile
from objtui.runfile.records import ENDED, RunHeader, RunStatus, RunSummary, is_number_name
from objtui.runfile.tables import DETECTIONS_SINCE, NUMBERS_SINCE, PICTURES_SINCE, named_errors
from objtui.runfile.unpacking import parse_json

LOG_BYTES = 2**20
"""The most that is read of a log beside a run file: its end."""

SURE_POLL_S = 0.1

MAX_CELL = 2**40
"""More rows than any cell of a histogram counts."""


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame and its row, for `frames_after`."""

    row: int
    frame: Frame


@dataclass(frozen=True, slots=True)
class StoredNumber:
    """A number that the user's own training logged, and its row, for `numbers_after`."""

    row: int
    step: int
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class StoredTrace:
    """A trace of the training loss and its row, for `loss_traces_after`."""

    row: int
    trace: LossTrace


@dataclass(frozen=True, eq=False, slots=True)
class StoredDetections:
    """All detections of the last frame, and its step."""

    step: int
    detections: AllDetections


class RunReader:
    """Reads one run file, running or ended; for use by one thread at a time.

    Raises RunFileError, in one line, where the file is missing, empty, foreign,
    of another version or damaged; on opening, or later where damage shows later.
    While it is open, `status` also notices that the file was removed or replaced.
    With `glance`, for lists, nothing is copied nor tidied, whatever a writer left.
    `watch` is that of earlier readers of the file, if there were any.
    """

    def __init__(
        self, path: Path, *, glance: bool = False, watch: TrainerWatch | None = None
    ) -> None:
        self.path = path
        self._glance = glance
        self._connection: RunConnection | None = None
        self._copy: RunConnection | None = None
        self._ended = self._was_there = False
        self._opened: OpenedFile | None = None
        self._data_version: int | None = None
        self._trainer = watch or TrainerWatch(path)
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
            self._let_go()
        return status

    def is_sure(self) -> bool:
        """Whether `status` can tell at once if the trainer lives; else it has to be watched."""
        status = self._read_status()
        return status.state in ENDED or self._trainer.is_sure(status)

    def sure_status(self) -> RunStatus:
        """As `status`, after a trainer that cannot be seen was watched for as long as it takes."""
        while (status := self.status()).state not in ENDED and not self._trainer.is_sure(status):
            time.sleep(SURE_POLL_S)
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
        self._require_ascending(row, rows)
        return [StoredFrame(number, self._frame(step, payload)) for number, step, payload in rows]

    def frame(self, row: int) -> Frame | None:
        """The frame of a row; None where it is there no longer, as live ones are thinned."""
        rows = self._all("SELECT step, payload FROM frames WHERE id = ?", row)
        return self._frame(*rows[0]) if rows else None

    def last_scheduled(self) -> Frame | None:
        """The last scheduled frame; None before the first."""
        rows = self._all(
            "SELECT step, payload FROM frames WHERE scheduled ORDER BY id DESC LIMIT 1"
        )
        return self._frame(*rows[0]) if rows else None

    def loss_traces_after(self, row: int = 0, *, limit: int = -1) -> list[StoredTrace]:
        """The traces of the training loss recorded after that row, oldest first.

        At most `limit`, all by default.
        """
        rows = self._all(
            "SELECT id, first_step, last_step, payload FROM training_loss"
            " WHERE id > ? ORDER BY id LIMIT ?",
            row,
            limit,
        )
        self._require_ascending(row, rows)
        return [StoredTrace(number, self._trace(*stored)) for number, *stored in rows]

    def numbers_after(self, row: int = 0, *, limit: int = -1) -> list[StoredNumber]:
        """The user's own numbers recorded after that row, oldest first; at most `limit`."""
        if self._one("PRAGMA user_version")[0] < NUMBERS_SINCE:
            return []
        rows = self._all(
            "SELECT id, step, name, value FROM numbers WHERE id > ? ORDER BY id LIMIT ?", row, limit
        )
        self._require_ascending(row, rows)
        return [self._number(*stored) for stored in rows]

    def pictures(self) -> tuple[PictureContent, ...]:
        """What the sample pictures show, in the order of the header; none where they are not kept.

        Those of a run that an earlier version began are not.
        """
        names = self._header.pictures
        if not names or self._one("PRAGMA user_version")[0] < PICTURES_SINCE:
            return ()
        limit = len(names) + 1
        rows = self._all("SELECT number, payload FROM pictures ORDER BY number LIMIT ?", limit)
        try:
            if rows and [number for number, _ in rows] != list(range(len(names))):
                raise ValueError("its pictures are not those of its header")
            return tuple(PictureContent.from_bytes(payload) for _, payload in rows)
        except (TypeError, ValueError) as error:
            raise RunFileError(f"{self.path}: damaged: {error}") from error

    @property
    def can_keep_detections(self) -> bool:
        """Whether the file has room for all detections of the last frame: earlier ones had not."""
        return bool(self._one("PRAGMA user_version")[0] >= DETECTIONS_SINCE)

    def all_detections(self) -> StoredDetections | None:
        """All detections of the last frame of a run that has ended; None where none are kept."""
        if not self.can_keep_detections:
            return None
        rows = self._all("SELECT step, payload FROM all_detections LIMIT 2")
        if not rows:
            return None
        (step, payload), header = rows[0], self._header
        try:
            if len(rows) > 1 or not is_count(step):
                raise ValueError("its detections are none")
            members = len(header.heads), len(header.seeds)
            return StoredDetections(step, AllDetections.from_bytes(payload, *members))
        except (TypeError, ValueError) as error:
            raise RunFileError(f"{self.path}: damaged: {error}") from error

    def log(self) -> str:
        """What the trainer logged: kept in the file after its end, beside it before."""
        stored = "".join(str(text) for (text,) in self._all("SELECT text FROM log ORDER BY rowid"))
        if self._read_status().state in ENDED:  # then the one beside is about to go
            return stored
        try:
            beside = read_end_of(log_path(self.path), LOG_BYTES).decode(errors="replace")
        except OSError:  # none, or something else by its name
            beside = ""
        # One that died before it removed the file, or a renaming, has stored it already.
        return stored if stored.endswith(beside) else stored + beside

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

    def checkpoint_step(self) -> int | None:
        """The step of the last checkpoint, which is not read; None before the first."""
        with named_errors(self.path), self._connected() as connection:
            try:
                return checkpoint_step(connection)
            except ValueError as error:
                raise RunFileError(f"{self.path}: damaged: {error}") from error

    def close(self) -> None:
        """Let go of the file; reading on opens it again for as long as each call takes."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None
        self._let_go()

    def _let_go(self) -> None:
        self._ended = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._opened is not None:
            self._opened.close()
            self._opened = None
        if not self._glance:
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
            try:
                text = self._one("SELECT json FROM header")[0]
                self._opened = OpenedFile(self.path)
                self._was_there = True
                return RunHeader.from_json(parse_json(text))
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
        members = (len(header.heads), len(header.seeds))
        try:
            frame = decode_frame(payload, header.score_names, members, len(header.pictures))
        except (TypeError, ValueError) as error:
            raise RunFileError(f"{self.path}: damaged: {error}") from error
        if frame.step != step or not is_count(step):
            raise RunFileError(f"{self.path}: damaged: a frame does not belong to this run")
        of_nan = frame.nan_counts
        if not (
            is_time(frame.elapsed_s)
            and _are_counts(frame.counts)
            and (of_nan is None or _are_counts(of_nan))
        ):
            raise RunFileError(f"{self.path}: damaged: a frame counts what cannot be counted")
        return frame

    def _trace(self, first_step: int, last_step: int, payload: bytes) -> LossTrace:
        header = self._header
        try:
            if not (is_count(first_step) and is_count(last_step) and 1 <= first_step <= last_step):
                raise ValueError("not a loss trace: its steps are none")
            members = (len(header.heads), len(header.seeds))
            return decode_loss_trace(first_step, last_step, payload, members)
        except (TypeError, ValueError) as error:
            raise RunFileError(f"{self.path}: damaged: {error}") from error

    def _number(self, row: int, step: object, name: object, value: object) -> StoredNumber:
        value = math.nan if value is None else value
        if not (is_count(step) and is_number_name(name) and isinstance(value, float)):
            raise RunFileError(f"{self.path}: damaged: a number in it is none")
        return StoredNumber(row, cast(int, step), cast(str, name), value)

    def _require_ascending(self, after: int, rows: list[Any]) -> None:
        """RunFileError where rows do not come in their order: reading on would never end."""
        numbers = [after, *(row[0] for row in rows)]
        if any(first >= second for first, second in pairwise(numbers)):
            raise RunFileError(f"{self.path}: damaged: parts of the file lead in circles")

    def _one(self, query: str, *values: object) -> Any:
        rows = self._all(query, *values)
        if not rows:
            raise RunFileError(f"{self.path}: damaged: parts of the file are missing")
        return rows[0]

    def _all(self, query: str, *values: object) -> list[Any]:
        with named_errors(self.path), self._connected() as connection:
            try:
                return connection.rows(self.path, query, *values)
            except sqlite3.OperationalError as error:
                if not is_unopened(error):
                    raise
            # A writer has died within a commit since the file was opened.
            with self._connected_again() as again:
                return again.rows(self.path, query, *values)

    @contextmanager
    def _connected(self) -> Iterator[RunConnection]:
        """The open connection, or one for the time of the block."""
        if self._connection is not None:
            yield self._connection
        elif self._copy is not None and self._copy.is_current_copy():
            yield self._copy
        else:
            with self._connected_again() as connection:
                yield connection

    @contextmanager
    def _connected_again(self) -> Iterator[RunConnection]:
        """A new connection: kept while others write into the file, or for a copy of it."""
        with named_errors(self.path):
            if self._was_there and not self.path.exists():
                raise RunGoneError(self.path)
        connection = connect_read_only(
            self.path, glance=self._glance, is_open=self._connection is not None
        )
        if connection.copy_of is not None:
            if self._copy is not None:
                self._copy.close()
            self._copy = connection
        elif connection.lasts and not self._ended and self._connection is None:
            self._connection = connection
        else:
            with closing(connection):
                yield connection
            return
        yield connection


def _are_counts(counts: Counts) -> bool:
    return bool(counts.min() >= 0 and counts.max() < MAX_CELL)
