"""The writing side of a run file: one trainer, one writer.

Needs no engine, so any training loop can record its run with it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, cast

from objtui.frames import Frame, LossTrace, encode_frame, encode_loss_trace
from objtui.runfile.filesystem import is_network_folder
from objtui.runfile.processes import process_started, this_host
from objtui.runfile.records import RunHeader, RunStatus, RunSummary, State
from objtui.runfile.tables import (
    APPLICATION_ID,
    BUSY_TIMEOUT_S,
    FORMAT_VERSION,
    SCHEMA,
    named_errors,
)
from objtui.runfile.thinning import LiveFrames

CommandName = Literal["pause", "continue", "step", "stop"]
"""`step` goes on to the next scheduled frame and pauses there."""

PART_BYTES = 64 * 2**20
"""A checkpoint is stored in parts of so many bytes: SQLite holds no more than 1 GB in one."""

CLOSE_TIMEOUT_S = 2.0
"""How long `finish` waits for readers to let go of the journal."""


class RunWriter:
    """Writes one run into the file that `names.reserve` made.

    `scenario` is the scenario file's text, `request` what the trainer was asked
    for (`TrainerRequest.to_json`; any JSON of a training loop of one's own).
    Every method commits before it returns: what it wrote survives the death of
    the process. Raises RunFileError where the disk is full or fails.
    """

    def __init__(self, path: Path, header: RunHeader, scenario: str, request: str) -> None:
        self.path = path
        self.status = RunStatus(
            state="starting",
            step=0,
            elapsed_s=0.0,
            steps_per_s=0.0,
            heartbeat_at=time.time(),
            pid=os.getpid(),
            pid_started=process_started(os.getpid()) or 0.0,
            host=this_host(),
        )
        with named_errors(path):
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)
            try:
                self._create(header, scenario, request)
            except BaseException:
                self._connection.close()
                raise
        self._live = LiveFrames()

    def _create(self, header: RunHeader, scenario: str, request: str) -> None:
        network = is_network_folder(self.path.parent)
        self._connection.execute(f"PRAGMA journal_mode = {'DELETE' if network else 'WAL'}")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            for statement in SCHEMA.split(";"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            self._connection.execute(
                "INSERT INTO header VALUES (?)", (json.dumps(header.to_json(), allow_nan=False),)
            )
            self._connection.execute("INSERT INTO scenario VALUES (?, ?)", (scenario, request))
            self._connection.execute(
                f"INSERT INTO status VALUES ({', '.join('?' * 9)})", astuple(self.status)
            )
        # The main file by itself then already says what it is.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def append_frame(self, frame: Frame) -> None:
        """Record a frame and with it how far the run is; thins the live frames."""
        payload = encode_frame(frame)
        with named_errors(self.path), self._transaction():
            row = self._connection.execute(
                "INSERT INTO frames (step, scheduled, elapsed_s, payload) VALUES (?, ?, ?, ?)",
                (frame.step, frame.scheduled, frame.elapsed_s, payload),
            ).lastrowid
            if not frame.scheduled:
                dropped = self._live.add(cast(int, row), len(payload))
                self._connection.executemany(
                    "DELETE FROM frames WHERE id = ?", ((old,) for old in dropped)
                )
            self._write_status(step=frame.step, elapsed_s=frame.elapsed_s)

    def append_loss_traces(self, traces: Iterable[LossTrace]) -> None:
        """Record the training loss of some stretches of steps."""
        rows = [(trace.first_step, trace.last_step, encode_loss_trace(trace)) for trace in traces]
        if rows:
            with named_errors(self.path), self._transaction():
                self._connection.executemany(
                    "INSERT INTO training_loss (first_step, last_step, payload) VALUES (?, ?, ?)",
                    rows,
                )

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
            self._connection.execute("DELETE FROM checkpoint")
            self._connection.executemany(
                "INSERT INTO checkpoint VALUES (?, ?, ?)",
                (
                    (part, step, data[start : start + PART_BYTES])
                    for part, start in enumerate(range(0, max(1, len(data)), PART_BYTES))
                ),
            )

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

        A reader that does not let go for `CLOSE_TIMEOUT_S` leaves an empty one.
        """
        with named_errors(self.path):
            with self._transaction():
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
                if error.sqlite_errorcode & 0xFF not in (
                    sqlite3.SQLITE_BUSY,
                    sqlite3.SQLITE_LOCKED,
                ):
                    raise
                mode = "wal"
            if mode == "delete" or time.monotonic() > deadline:
                return
            time.sleep(0.02)

    def _write_status(self, **changes: Any) -> None:
        self.status = replace(self.status, **changes, heartbeat_at=time.time())
        status = self.status
        self._connection.execute(
            "UPDATE status SET state = ?, step = ?, elapsed_s = ?, steps_per_s = ?,"
            " heartbeat_at = ?, message = ?",
            (
                status.state,
                status.step,
                status.elapsed_s,
                status.steps_per_s,
                status.heartbeat_at,
                status.message,
            ),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # After a full disk SQLite may have rolled back by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
