"""Ways to spoil a run file, and what is then said of it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from objtui.measures.frames import Frame, encode_frame


def cut_to(size: int) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        os.truncate(path, size)

    return cut


def with_sql(statement: str, *values: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(statement, values)

    return change


def with_header(**changes: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            (text,) = connection.execute("SELECT json FROM header").fetchone()
            header = json.dumps({**json.loads(text), **changes})
            connection.execute("UPDATE header SET json = ?", (header,))

    return change


def a_foreign_database(path: Path) -> None:
    path.unlink()
    with_sql("CREATE TABLE header (json TEXT)")(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_frame_of_another_run(path: Path) -> None:
    members = (5, 7)
    counts = np.zeros((*members, 2, 3), dtype=np.int64)
    flags, scores = np.zeros(members, bool), np.zeros((*members, 1))
    other = Frame(0, 0.0, True, flags, scores, counts, ("nll",))
    with_sql("UPDATE frames SET payload = ? WHERE id = 3", encode_frame(other))(path)


def overwritten_pages(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (cut_to(0), "the file is empty"),
    "cut in its first bytes": (cut_to(7), "damaged: the file is cut short"),
    "cut in the database's header": (cut_to(70), "damaged: the file is cut short"),
    "cut after a page": (cut_to(4096), "damaged: the file is cut short"),
    "cut in a frame": (cut_to(30_001), "damaged: the file is cut short"),
    "no database": (lambda path: path.write_text("title = 'x'\n" * 50), "not a run file of objtui"),
    "another program's database": (a_foreign_database, "not a run file of objtui"),
    "another version": (with_sql("PRAGMA user_version = 99"), "its format is 99, this one reads 2"),
    "a folder": (a_folder, "no such run file"),
    "no such file": (lambda path: path.unlink(), "no such run file"),
    "no header": (with_sql("DELETE FROM header"), "damaged: parts of the file are missing"),
    "a header that is no JSON": (with_sql("UPDATE header SET json = 'x'"), "header cannot be read"),
    "a header without heads": (with_header(heads=[]), "header cannot be read"),
    "a header of other kinds": (with_header(steps="many"), "header cannot be read"),
}
"""Files that are refused before anything is shown."""


LATE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no status": (with_sql("DELETE FROM status"), "damaged: parts of the file are missing"),
    "a state that there is not": (
        with_sql("UPDATE status SET state = 'x'"),
        "damaged: its state cannot be read",
    ),
    "a step that is no number": (
        with_sql("UPDATE status SET step = 'x'"),
        "damaged: its state cannot be read",
    ),
    "a frame that is none": (
        with_sql("UPDATE frames SET payload = x'00' WHERE id = 7"),
        "damaged: not a frame",
    ),
    "a frame that is text": (
        with_sql("UPDATE frames SET payload = 'x' WHERE id = 7"),
        "damaged: ",
    ),
    "a frame of another run": (a_frame_of_another_run, "damaged: "),
    "frames in another order": (
        with_sql("UPDATE frames SET step = 5 WHERE id = 3"),
        "damaged: a frame does not belong to this run",
    ),
    "overwritten pages": (overwritten_pages, "damaged: parts of the file are missing"),
    "a claim that is none": (
        with_header(claims=[["It is", "import os"]]),
        "damaged: a claim cannot be read",
    ),
}
"""Files whose damage shows once the dashboard is open."""
