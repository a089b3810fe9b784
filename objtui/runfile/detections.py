"""All detections of a detector's last frame inside a run file, and what room they have."""

from __future__ import annotations

import sqlite3

from objtui.measures.all_detections import AllDetections
from objtui.runfile.tables import DETECTIONS_SINCE

MAX_BYTES = 64_000_000
"""Of a run file without its checkpoint; only scheduled frames that were asked for pass it."""

SPARE_BYTES = 4_000_000
"""Of these what a log, and what SQLite needs between pages, may still take at the end."""


def keep_detections(connection: sqlite3.Connection, step: int, every: AllDetections) -> None:
    """Keep those of a frame in the place of an earlier one's, or as many as there is room for.

    A file of an earlier version keeps none. Call it within a transaction.
    """
    if connection.execute("PRAGMA user_version").fetchone()[0] < DETECTIONS_SINCE:
        return
    connection.execute("DELETE FROM all_detections")
    kept = every.within(MAX_BYTES - SPARE_BYTES - _bytes(connection))
    if kept is not None:
        connection.execute("INSERT INTO all_detections VALUES (?, ?)", (step, kept.to_bytes()))


def _bytes(connection: sqlite3.Connection) -> int:
    """Of the file without its checkpoint."""
    pages, free, page_bytes = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    parts = "SELECT coalesce(sum(length(payload)), 0) FROM checkpoint_part"
    checkpoint = connection.execute(parts).fetchone()[0]
    return int((pages - free) * page_bytes - checkpoint)
