"""The checkpoint inside a run file, and what of the run it does not cover."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import dataclass

from objtui.measures.bounds import is_count, is_time

PART_BYTES = 64 * 2**20
"""A checkpoint is stored in parts of so many bytes: SQLite holds no more than 1 GB in one."""


@dataclass(frozen=True, eq=False, slots=True)
class StoredCheckpoint:
    """A checkpoint and where the run stood when it was stored.

    Attributes:
        step: optimiser steps taken.
        elapsed_s: seconds since the first training step began.
        last_frame, last_trace: the last rows of the tables of frames and of loss
            traces; what comes later is trained again.
        data: what the engine needs to go on.
    """

    step: int
    elapsed_s: float
    last_frame: int
    last_trace: int
    data: bytes


def store_checkpoint(
    connection: sqlite3.Connection, step: int, elapsed_s: float, data: bytes
) -> None:
    """Replace the checkpoint, within a transaction."""
    connection.execute("DELETE FROM checkpoint")
    connection.execute("DELETE FROM checkpoint_part")
    connection.execute(
        "INSERT INTO checkpoint SELECT ?, ?, (SELECT coalesce(max(id), 0) FROM frames),"
        " (SELECT coalesce(max(id), 0) FROM training_loss), ?",
        (step, elapsed_s, zlib.crc32(data)),
    )
    connection.executemany(
        "INSERT INTO checkpoint_part VALUES (?, ?)",
        (
            (part, data[start : start + PART_BYTES])
            for part, start in enumerate(range(0, len(data), PART_BYTES))
        ),
    )


def checkpoint_step(connection: sqlite3.Connection) -> int | None:
    """The step of the checkpoint, whose data are not read; None before the first.

    ValueError where it is damaged.
    """
    row = connection.execute("SELECT step FROM checkpoint LIMIT 1").fetchone()
    if row is None:
        return None
    if not is_count(row[0]):
        raise ValueError("the checkpoint is none")
    return int(row[0])


def load_checkpoint(connection: sqlite3.Connection) -> StoredCheckpoint | None:
    """The checkpoint; None before the first. ValueError where it is damaged."""
    rows = connection.execute(
        "SELECT step, elapsed_s, last_frame, last_trace, crc FROM checkpoint LIMIT 2"
    ).fetchall()
    if not rows:
        return None
    step, elapsed_s, last_frame, last_trace, crc = rows[0]
    whole = all(map(is_count, (step, last_frame, last_trace, crc)))
    if len(rows) > 1 or not whole or not is_time(elapsed_s):
        raise ValueError("the checkpoint is none")
    data = bytearray()
    parts = connection.execute("SELECT part, payload FROM checkpoint_part ORDER BY part")
    for place, (part, payload) in enumerate(parts):
        if part != place or not isinstance(payload, bytes) or len(payload) > PART_BYTES:
            raise ValueError("the checkpoint is not as it was written")
        data += payload
    # A flipped bit in it would go on unseen as a slightly different training.
    if zlib.crc32(data) != crc:
        raise ValueError("the checkpoint is not as it was written")
    return StoredCheckpoint(step, elapsed_s, last_frame, last_trace, bytes(data))


def drop_what_follows(connection: sqlite3.Connection, frame: int, trace: int) -> None:
    """Drop the frames and loss traces after these rows, within a transaction."""
    connection.execute("DELETE FROM frames WHERE id > ?", (frame,))
    connection.execute("DELETE FROM training_loss WHERE id > ?", (trace,))
