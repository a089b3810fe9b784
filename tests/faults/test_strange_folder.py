"""A folder with a broken, hostile or strange file of every sort: every list shows the others.

Each file is listed with its reason, and a list reads little of it, however large it is.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from objtui.cli.main import main
from objtui.measures.frames import Frame
from objtui.runfile.find import find_run, list_runs
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from objtui.ui.picker.choices import run_rows
from objtui.ui.theme import Theme
from tests.faults.hostile_cases import MAGIC

HEALTHY = ("first", "second")

UNREADABLE = {
    "empty": "the file is empty",
    "text": "not a run file of objtui",
    "cut": "damaged: the file is cut short",
    "zeros": "not a run file of objtui",
    "noise": "damaged",
    "sparse": "not a run file of objtui",
    "database": "not a run file of objtui",
    "fifo": "cannot be read: is not a regular file",
    "socket": "cannot be read: is not a regular file",
    "device": "cannot be read: is not a regular file",
    "folder": "cannot be read: Is a directory",
    "circle": "cannot be read",
    "nowhere": "no such run file",
    "view": "its tables are not those of one",
    "trigger": "its tables are not those of one",
    "endless": "its tables are not those of one",
    "version": "a run file of another version of objtui",
    "no-header": "damaged: parts of the file are missing",
    "nested": "damaged: its header cannot be read",
    "digits": "damaged: its header cannot be read",
    "infinite": "damaged: its state cannot be read",
    "super": "the journal beside it is not one of objtui",
    "fifo-journal": "beside it is not a regular file",
    "linked-wal": "beside it is a link, which is not followed here",
    "linked-shm": "beside it is the same file as another",
    "folder-shm": "beside it Is a directory",
    "a\nforged  finished": "not a run file of objtui",
    "\x1b[31mred": "not a run file of objtui",
    "\udcff\udcfe": "not a run file of objtui",
    "n" * 240: "not a run file of objtui",
}
"""By name, some words of the reason."""

READABLE = ("huge", "long-log", "fifo-log", "odd-wal", "bomb", "many-commands")
"""Runs that are listed as any other, since what is odd of them is nothing that a list reads."""


@pytest.fixture
def runs(new_run: Callable[..., RunWriter], frame: Callable[..., Frame], tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    for name in HEALTHY:
        writer = new_run(name, folder)
        writer.append_frame(frame(0))
        writer.finish("stopped", RunSummary(0, 1.0, 0.5, 0.4, 0.1), "its log\n")
    return folder


def place(folder: Path, name: str, end: str = "") -> Path:
    return folder / f"{name}.objtui{end}"


def copy(folder: Path, name: str, *statements: str) -> Path:
    """One of the healthy runs, changed."""
    path = place(folder, name)
    shutil.copy(place(folder, HEALTHY[0]), path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


def make_files(folder: Path) -> None:
    sound = place(folder, HEALTHY[0]).read_bytes()
    for name, content in {
        "empty": b"",
        "text": b"hello\n",
        "cut": sound[: len(sound) // 2],
        "zeros": bytes(50_000),
        "noise": sound[:1000] + bytes(range(256)) * 200,
    }.items():
        place(folder, name).write_bytes(content)
    long_ago = time.time() - 3600  # else a trainer may be about to fill it
    os.utime(place(folder, "empty"), (long_ago, long_ago))
    for name, start in {"sparse": b"", "huge": sound}.items():
        with place(folder, name).open("wb") as file:
            file.write(start)
            file.truncate(3 * 10**9)
    with closing(sqlite3.connect(place(folder, "database"))) as connection, connection:
        connection.execute("CREATE TABLE status (state)")
    for name in ("a\nforged  finished", "\x1b[31mred", "\udcff\udcfe", "n" * 240):
        place(folder, name).write_bytes(b"x")
    (folder / ".objtui").write_bytes(b"x")  # which has no name, and is none


def make_what_is_no_file(folder: Path) -> Iterator[None]:
    os.mkfifo(place(folder, "fifo"))
    place(folder, "device").symlink_to("/dev/zero")
    place(folder, "folder").mkdir()
    place(folder, "circle").symlink_to(place(folder, "circle"))
    place(folder, "nowhere").symlink_to(folder / "nothing")
    with closing(socket.socket(socket.AF_UNIX)) as server:
        before = Path.cwd()
        os.chdir(folder)  # names of sockets are short
        try:
            server.bind("socket.objtui")
        finally:
            os.chdir(before)
        yield


def make_databases(folder: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    header = "UPDATE header SET json = "
    for name, statements in {
        "view": ("DROP TABLE status", "CREATE VIEW status AS SELECT hex(zeroblob(400000000)) x"),
        "endless": ("DROP TABLE header", f"CREATE VIEW header AS {endless}"),
        "trigger": ("CREATE TRIGGER t AFTER INSERT ON commands BEGIN DELETE FROM frames; END",),
        "version": ("PRAGMA user_version = 99",),
        "no-header": ("DELETE FROM header",),
        "nested": (f"{header} replace(hex(zeroblob(100000)), '0', '[')",),
        "digits": (f"""{header} replace(json, '"steps": 100', '"steps": 1{"0" * 400}')""",),
        "infinite": ("UPDATE status SET started_at = 9e999",),
        "bomb": ("UPDATE frames SET payload = zeroblob(30000000)",),
        "many-commands": ("INSERT INTO commands (command) SELECT hex(zeroblob(1000000))",),
    }.items():
        copy(folder, name, *statements)


def make_surroundings(folder: Path) -> None:
    for name, end in {
        "super": "-journal",
        "fifo-journal": "-journal",
        "linked-wal": "-wal",
        "linked-shm": "-shm",
        "folder-shm": "-shm",
        "odd-wal": "-wal",
        "long-log": ".log",
        "fifo-log": ".log",
    }.items():
        path = copy(folder, name, "UPDATE status SET state = 'running', pid_started = 1.5")
        beside = place(folder, name, end)
        match name:
            case "super":
                beside.write_bytes(struct.pack(">8sIIIII", MAGIC, 0, 1, 1, 512, 4096) + MAGIC)
            case "fifo-journal" | "fifo-log":
                os.mkfifo(beside)
            case "linked-wal":
                beside.symlink_to("/dev/zero")
            case "linked-shm":
                os.link(path, beside)
            case "folder-shm":
                beside.mkdir()
            case "odd-wal":
                beside.write_bytes(b"no journal" * 1000)
            case "long-log":
                with beside.open("wb") as file:
                    file.truncate(3 * 10**9)


@pytest.fixture
def strange(runs: Path) -> Iterator[Path]:
    """A folder of everything, which nothing has changed at the end."""
    make_files(runs)
    make_databases(runs)
    make_surroundings(runs)
    makes = make_what_is_no_file(runs)
    next(makes)
    before = _contents(runs)
    yield runs
    assert _contents(runs) == before
    next(makes, None)


def _contents(folder: Path) -> dict[str, tuple[int, int, int]]:
    statuses = {path.name: os.lstat(path) for path in folder.iterdir()}
    return {
        name: (status.st_ino, status.st_size, status.st_mtime_ns)
        for name, status in statuses.items()
    }


def test_every_file_has_its_row_and_the_healthy_runs_theirs(strange: Path) -> None:
    listed = {run.name: run for run in list_runs(strange)}
    assert listed.keys() == {*HEALTHY, *READABLE, *UNREADABLE}
    for name in HEALTHY:
        assert listed[name].state == "stopped"
    for name in READABLE:
        assert listed[name].header is not None, listed[name].reason
    for name, reason in UNREADABLE.items():
        assert reason in listed[name].reason, (name, listed[name].reason)
        assert listed[name].state == "unreadable"


def test_every_list_shows_all_of_them(strange: Path, capsys: pytest.CaptureFixture[str]) -> None:
    count = len(list_runs(strange))
    assert main(["runs", "--runs", str(strange)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == count
    assert all(line.isprintable() for line in lines)
    assert {line.split()[0] for line in lines if line.split()[1] == "stopped"} >= set(HEALTHY)
    assert main(["runs", "--json", "--runs", str(strange)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(told) == count
    assert {each["run"] for each in told if each["state"] == "stopped"} >= set(HEALTHY)
    rows = run_rows(list_runs(strange), time.time(), Theme())
    assert len(rows) == count
    assert {Path(row.key).stem for row in rows if row.choice} == {*HEALTHY, *READABLE}


def test_the_last_of_them_can_be_read(strange: Path) -> None:
    assert find_run(strange, "last").stem in {*HEALTHY, *READABLE}


def test_a_list_reads_little_of_a_file(strange: Path) -> None:
    before = _bytes_read()
    list_runs(strange)
    assert _bytes_read() - before < 20 * 10**6


def _bytes_read() -> int:
    """By this process, of whatever."""
    place = Path("/proc/self/io")
    if not place.exists():
        pytest.skip("the system does not tell")
    return int(place.read_text().split()[1])
