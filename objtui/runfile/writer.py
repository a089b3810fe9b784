"""The writing side of a run file: one trainer, one writer.

Needs no engine, so any training loop can record its run with it.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from objtui.errors import RunFileError, RunGoneError
from objtui.measures.bounds import is_count
from objtui.measures.frames import (
    Frame,
    LossTrace,
    as_scheduled,
    encode_frame,
    encode_loss_trace,
    is_of_training,
)
from objtui.measures.pictures import PictureContent
from objtui.runfile.checkpoints import StoredCheckpoint, store_checkpoint
from objtui.runfile.commands import CommandName
from objtui.runfile.connecting import connect_to_new, connect_to_write
from objtui.runfile.detections import keep_detections
from objtui.runfile.filesystem import is_network_folder
from objtui.runfile.liveness import own_status
from objtui.runfile.records import (
    MAX_TEXT,
    RunHeader,
    RunStatus,
    RunSummary,
    State,
    check_header,
    is_number_name,
)
from objtui.runfile.resumption import (
    Extension,
    checked_checkpoint,
    extend,
    stored_header,
    take_over,
    take_over_whole,
)
from objtui.runfile.tables import (
    APPLICATION_ID,
    FORMAT_VERSION,
    SCHEMA,
    WRITER_TIMEOUT_S,
    immediate,
    named_errors,
    result_code,
)
from objtui.runfile.thinning import KeptNumbers, LiveFrames

CLOSE_TIMEOUT_S = 2.0
"""How long `finish` waits for readers to let go of the journal."""

JOURNAL_BYTES = 8 * 2**20
"""What is kept of the room of a write-ahead log that a large checkpoint has made long."""


class RunWriter:
    """Writes one run into the file that `names.reserve` made.

    `scenario` is the scenario file's text, `request` what the trainer was asked
    for (`TrainRequest.to_json`; any JSON of a training loop of one's own), `pictures` what
    the pictures of the header show, if that is to be kept.
    Every method commits before it returns: what it wrote survives the death of
    the process. Raises RunFileError where the disk is full or fails, where another
    trainer has taken the run over, and RunGoneError where the file is no longer there.
    """

    def __init__(
        self,
        path: Path,
        header: RunHeader,
        scenario: str,
        request: str,
        pictures: Sequence[PictureContent] = (),
    ) -> None:
        self._live, self._numbers = LiveFrames(), KeptNumbers()
        try:
            check_header(header)
            if len(pictures) not in (0, len(header.pictures)):
                raise ValueError("its pictures are not those of its header")
            payloads = [picture.to_bytes() for picture in pictures]
        except (TypeError, ValueError) as error:  # which no reader would take
            raise RunFileError(f"{path}: cannot record such a run: {error}") from error
        self._header = header
        with self._opened(path, connect_to_new):
            self._set_journal()
            self._create(header, scenario, request, payloads)

    def _create(
        self, header: RunHeader, scenario: str, request: str, pictures: Sequence[bytes]
    ) -> None:
        with immediate(self._connection):
            # `own_status` asks for the inode of the file, which the transaction has made.
            self.status = replace(own_status(self.path), started_at=header.created_at)
            for statement in SCHEMA.split(";"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            self._connection.execute(
                "INSERT INTO header VALUES (?)", (json.dumps(header.to_json(), allow_nan=False),)
            )
            self._connection.execute("INSERT INTO scenario VALUES (?, ?)", (scenario, request))
            self._connection.executemany("INSERT INTO pictures VALUES (?, ?)", enumerate(pictures))
            self._connection.execute(
                f"INSERT INTO status VALUES ({', '.join('?' * 11)})", astuple(self.status)
            )
        # The main file by itself then already says what it is.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @classmethod
    def resume(
        cls,
        path: Path,
        seen: RunStatus,
        restore: Callable[[StoredCheckpoint | None], None],
        log: str = "",
        extension: Extension | None = None,
    ) -> Self:
        """Go on with a run that has ended, from its checkpoint, or from its start without one.

        `seen` is the status by which the caller found that nobody trains it: where that
        has changed since, another trainer is on it. `restore` is handed the checkpoint;
        what it raises leaves the file as it was. So does RunFileError, raised where the run
        is in use or its file damaged. `log` is what its last trainer left beside the file. With
        an `extension` the run has more steps from then on.
        """
        checkpoint = checked_checkpoint(path)
        restore(checkpoint)
        step, elapsed_s = (
            (0, 0.0) if checkpoint is None else (checkpoint.step, checkpoint.elapsed_s)
        )

        def take(connection: sqlite3.Connection) -> list[tuple[int, int]]:
            live = take_over(connection, path, seen, checkpoint, log)
            if extension is not None:
                extend(connection, path, extension)
            return live

        return cls._taken_over(path, take, step, elapsed_s)

    @classmethod
    def resume_recorded(cls, path: Path, seen: RunStatus) -> Self:
        """Go on with a run that a training loop of the user's own has recorded, and keep all of it.

        `seen` is as in `resume`, and so are the errors. What the loop records anew is dropped by
        `drop_from`.
        """
        checked_checkpoint(path)

        def take(connection: sqlite3.Connection) -> list[tuple[int, int]]:
            return take_over_whole(connection, path, seen)

        return cls._taken_over(path, take, seen.step, seen.elapsed_s)

    @classmethod
    def _taken_over(
        cls,
        path: Path,
        take: Callable[[sqlite3.Connection], list[tuple[int, int]]],
        step: int,
        elapsed_s: float,
    ) -> Self:
        """The writer of a run after `take`, within one transaction, has made it ours."""
        writer = cls.__new__(cls)
        writer._live, writer._numbers = LiveFrames(), KeptNumbers()
        with writer._opened(path, connect_to_write):
            writer.status = own_status(path)
            with immediate(writer._connection):
                for row, size in take(writer._connection):
                    writer._thin(row, size)
                writer._header = stored_header(writer._connection, path)
                writer._write_status(step=step, elapsed_s=elapsed_s)
            writer._set_journal()
        return writer

    @contextmanager
    def _opened(
        self, path: Path, connect: Callable[[Path, float], sqlite3.Connection]
    ) -> Iterator[None]:
        """Connect for the time after the block, too, unless the block raises."""
        self.path = path
        self._written_at = time.monotonic()
        with named_errors(path):
            self._connection = connect(path, WRITER_TIMEOUT_S)
            try:
                yield
            except BaseException:
                self._connection.close()
                raise

    def _set_journal(self) -> None:
        mode = "DELETE" if is_network_folder(self.path.parent) else "WAL"
        self._connection.execute(f"PRAGMA journal_mode = {mode}")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
        # A write-ahead log in use is known by its shared memory, which comes with the first look.
        self._connection.execute("SELECT 1 FROM sqlite_master").fetchone()

    def append_frame(self, frame: Frame) -> None:
        """Record a frame and with it how far the run is; thins the live frames.

        A file keeps the scores that it began with, and detections where it began with pictures: a
        run that an earlier version recorded goes on as that version had it.
        """
        self._require(is_count(frame.step), f"a frame of step {frame.step}")
        kept = frame.with_scores(self._header.score_names)
        if not self._header.pictures:
            kept = replace(kept, detections=None, mistakes=None)
        payload = encode_frame(kept)
        with named_errors(self.path), self._transaction():
            row = self._connection.execute(
                "INSERT INTO frames (step, scheduled, elapsed_s, payload) VALUES (?, ?, ?, ?)",
                (frame.step, frame.scheduled, frame.elapsed_s, payload),
            ).lastrowid
            if not frame.scheduled:
                self._thin(cast(int, row), len(payload))
            if frame.every_detection is not None:
                keep_detections(self._connection, frame.step, frame.every_detection)
            self._write_status(step=frame.step, elapsed_s=frame.elapsed_s)

    def append_loss_traces(self, traces: Iterable[LossTrace]) -> None:
        """Record the training loss of some stretches of steps."""
        traces = list(traces)
        for trace in traces:
            first, last = trace.first_step, trace.last_step
            sound = is_count(first, 1) and is_count(last) and first <= last
            self._require(sound, f"losses of steps {first} to {last}")
        rows = [(trace.first_step, trace.last_step, encode_loss_trace(trace)) for trace in traces]
        if rows:
            with named_errors(self.path), self._transaction():
                self._connection.executemany(
                    "INSERT INTO training_loss (first_step, last_step, payload) VALUES (?, ?, ?)",
                    rows,
                )

    def append_numbers(self, numbers: Iterable[tuple[int, str, float]]) -> None:
        """Record numbers of the user's own, each (step, name, value); thins those of old steps."""
        with named_errors(self.path), self._transaction():
            for step, name, value in numbers:
                sound = is_count(step) and is_number_name(name) and isinstance(value, float)
                self._require(sound, f"a number {name!r:.120} of step {step}")
                # SQLite makes NULL of NaN, which is read as NaN again.
                row = self._connection.execute(
                    "INSERT INTO numbers (step, name, value) VALUES (?, ?, ?)", (step, name, value)
                ).lastrowid
                self._drop("numbers", self._numbers.add(name, cast(int, row)))

    def drop_from(self, step: int) -> None:
        """Drop what was recorded of this step and later ones: it is about to be trained again."""
        with named_errors(self.path), self._transaction():
            for table, column in (
                ("frames", "step"),
                ("numbers", "step"),
                ("training_loss", "first_step"),
            ):
                self._connection.execute(f"DELETE FROM {table} WHERE {column} >= ?", (step,))

    def keep_batches(self) -> None:
        """Let the frames of training batches stand for a run that has no evaluation."""
        with named_errors(self.path), self._transaction():
            for row, payload in self._batches():
                self._connection.execute(
                    "UPDATE frames SET scheduled = 1, payload = ? WHERE id = ?",
                    (as_scheduled(payload), row),
                )

    def has_evaluations(self) -> bool:
        """Whether some frame is not of a training batch."""
        with named_errors(self.path):
            heads = self._connection.execute("SELECT substr(payload, 1, 64) FROM frames")
            return any(not is_of_training(head) for (head,) in heads)

    def drop_batches(self) -> None:
        """Drop the frames of training batches, as an evaluation is to come: a run is of one kind
        of rows.
        """
        with named_errors(self.path), self._transaction():
            self._drop("frames", [row for row, _ in self._batches()])

    def _batches(self) -> list[tuple[int, bytes]]:
        rows = self._connection.execute("SELECT id, payload FROM frames")
        return [(row, payload) for row, payload in rows if is_of_training(payload)]

    def set_status(
        self,
        *,
        state: State | None = None,
        step: int | None = None,
        elapsed_s: float | None = None,
        steps_per_s: float | None = None,
        message: str | None = None,
    ) -> None:
        """Write what has changed of the status, and that the trainer lives."""
        given = {
            "state": state,
            "step": step,
            "elapsed_s": elapsed_s,
            "steps_per_s": steps_per_s,
            "message": message,
        }
        with named_errors(self.path), self._transaction():
            self._write_status(**{key: value for key, value in given.items() if value is not None})

    def set_checkpoint(self, step: int, data: bytes) -> None:
        """Replace the checkpoint by the one of `step`."""
        with named_errors(self.path), self._transaction():
            store_checkpoint(self._connection, step, self.status.elapsed_s, data)

    def take_commands(self) -> list[CommandName]:
        """The commands that came since the last call, oldest first."""
        with named_errors(self.path):
            rows = self._connection.execute("SELECT id, command FROM commands").fetchall()
            if rows:
                with self._transaction():
                    self._connection.execute("DELETE FROM commands WHERE id <= ?", rows[-1][:1])
        return [command for _, command in rows]

    def finish(self, state: State, summary: RunSummary, log: str, message: str = "") -> None:
        """Write the end of the run, close the file and leave no journal beside it.

        A reader that does not let go for `CLOSE_TIMEOUT_S` leaves an empty one, which the
        last reader removes. A file that was moved is still completed where it is.
        """
        self._require_sound(RunSummary, summary)
        with named_errors(self.path):
            with immediate(self._connection):
                self._require_ownership()
                self._connection.execute("DELETE FROM summary")
                self._connection.execute(
                    "INSERT INTO summary VALUES (?, ?, ?, ?, ?)", astuple(summary)
                )
                self._connection.execute("INSERT INTO log VALUES (?)", (log,))
                self._write_status(
                    state=state, step=summary.steps, steps_per_s=0.0, message=message
                )
            self._fold_journal()
            self._connection.close()

    def close(self) -> None:
        """Let go of the file as it stands."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _fold_journal(self) -> None:
        """Bring everything into the one file; readers close once they see the end."""
        deadline = time.monotonic() + CLOSE_TIMEOUT_S
        self._connection.execute("PRAGMA busy_timeout = 100")
        while True:
            try:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                mode = self._connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
            except sqlite3.OperationalError as error:
                if result_code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise
                mode = "wal"
            if mode == "delete" or time.monotonic() > deadline:
                return
            time.sleep(0.02)

    def _thin(self, row: int, size: int) -> None:
        """Count a live frame, and drop those that must go for it."""
        self._drop("frames", self._live.add(row, size))

    def _drop(self, table: str, rows: Iterable[int]) -> None:
        statement = f"DELETE FROM {table} WHERE id = ?"
        self._connection.executemany(statement, ((row,) for row in rows))

    def beat(self, connection: sqlite3.Connection) -> None:
        """Write that the trainer lives, over a connection of another thread."""
        connection.execute(
            "UPDATE status SET heartbeat_at = ? WHERE pid = ? AND pid_started = ? AND host = ?",
            (time.time(), self.status.pid, self.status.pid_started, self.status.host),
        )

    def silent_s(self) -> float:
        """Seconds since the status was last written; may be asked from another thread."""
        return time.monotonic() - self._written_at

    def _write_status(self, **changes: Any) -> None:
        if "message" in changes:
            changes["message"] = changes["message"][:MAX_TEXT]
        status = replace(self.status, **changes, heartbeat_at=time.time())
        self._require_sound(RunStatus, status)
        self.status = status
        self._written_at = time.monotonic()
        values = asdict(self.status)
        self._connection.execute(
            f"UPDATE status SET {', '.join(f'{name} = ?' for name in values)}", (*values.values(),)
        )

    def _require_sound(
        self, kind: type[RunStatus] | type[RunSummary], record: RunStatus | RunSummary
    ) -> None:
        """RunFileError where no reader would take a record, by the reader's own check."""
        try:
            kind.from_row(astuple(record))
        except ValueError as error:
            raise RunFileError(f"{self.path}: cannot record {record}: {error}") from error

    def _require(self, sound: bool, what: str) -> None:
        """RunFileError where no reader would take something: it would call the file damaged."""
        if not sound:
            raise RunFileError(f"{self.path}: cannot record {what}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """A transaction into a file that is still there and still ours."""
        self._require_place()
        with immediate(self._connection):
            self._require_ownership()
            yield

    def _require_place(self) -> None:
        """SQLite itself writes on into a file that was removed, and nobody will read it."""
        try:
            inode = self.path.stat().st_ino
        except FileNotFoundError:
            raise RunGoneError(self.path) from None
        if self.status.inode not in (0, inode):
            raise RunGoneError(self.path)

    def _require_ownership(self) -> None:
        """Where our heartbeat is late, a trainer on another machine may resume the run."""
        owner = self._connection.execute("SELECT pid, pid_started, host FROM status").fetchone()
        if owner != (self.status.pid, self.status.pid_started, self.status.host):
            raise RunFileError(f"{self.path}: another trainer has taken over this run")
