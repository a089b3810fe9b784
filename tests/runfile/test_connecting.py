"""Connections that end: by how long a question takes, and by how much comes of it."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from objtui.errors import RunFileError
from objtui.measures.frames import Frame
from objtui.runfile import connecting
from objtui.runfile.connecting import connect_read_only, connect_to_write
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary
from objtui.runfile.tables import BUSY_TIMEOUT_S, named_errors
from objtui.runfile.writer import RunWriter

PAGE = 4096


@pytest.fixture
def run(new_run: Callable[..., RunWriter], frame: Callable[..., Frame]) -> Path:
    writer = new_run()
    for step in range(60):
        writer.append_frame(frame(step))
    writer.finish("stopped", RunSummary(60, 1.0, 0.5, 0.4, 0.1), "")
    return writer.path


def test_a_question_that_never_ends_is_given_up(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting.RunConnection, "steps", 50)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    for connect in (connect_read_only, lambda path: connect_to_write(path, BUSY_TIMEOUT_S)):
        with closing(connect(run)) as connection:
            connection.steps = 50
            with pytest.raises(RunFileError, match="takes too long to read"), named_errors(run):
                connection.execute(endless).fetchall()
            assert connection.execute("SELECT count(*) FROM frames").fetchone() == (60,)


def test_a_value_larger_than_any_of_ours_is_not_made(run: Path) -> None:
    with closing(connect_read_only(run)) as connection:
        for query in ("SELECT zeroblob(?)", "SELECT hex(zeroblob(?))"):
            with pytest.raises(RunFileError, match="damaged"), named_errors(run):
                connection.rows(run, query, 2**30)


def test_pages_that_lead_in_circles_give_no_more_than_the_file_holds(run: Path) -> None:
    """An inner page of the table of frames whose children are all the same."""
    with closing(sqlite3.connect(run)) as connection:
        ((root,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'frames'")
    content = bytearray(run.read_bytes())
    at = (root - 1) * PAGE
    assert content[at] == 5  # an inner page
    cells = struct.unpack(">H", content[at + 3 : at + 5])[0]
    places = struct.unpack(f">{cells}H", content[at + 12 : at + 12 + 2 * cells])
    last = content[at + 8 : at + 12]
    for place in places:
        content[at + place : at + place + 4] = last
    run.write_bytes(content)
    with RunReader(run) as reader, pytest.raises(RunFileError, match="damaged"):
        reader.frames_after()


def test_a_writer_is_let_at_files_of_ours_alone(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.objtui"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE commands (id INTEGER PRIMARY KEY, command TEXT)")
    before = other.read_bytes()
    with pytest.raises(RunFileError, match="not a run file of objtui"):
        connect_to_write(other, BUSY_TIMEOUT_S)
    assert other.read_bytes() == before


@pytest.mark.parametrize(
    "change", ["PRAGMA user_version = 2", "DROP TABLE numbers", "CREATE TABLE more (a)"]
)
def test_tables_are_exactly_those_of_the_files_own_format(run: Path, change: str) -> None:
    with closing(sqlite3.connect(run)) as connection:
        connection.execute(change)
        connection.commit()
    with pytest.raises(RunFileError, match="its tables are not those of one"):
        RunReader(run)


def test_another_format_is_refused_with_those_that_are_read(run: Path) -> None:
    with closing(sqlite3.connect(run)) as connection:
        connection.execute("PRAGMA user_version = 9")
        connection.commit()
    with pytest.raises(RunFileError, match="its format is 9, this one reads 2, 3 and 4"):
        RunReader(run)
