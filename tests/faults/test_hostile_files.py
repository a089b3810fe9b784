"""Run files, and what lies beside them, made by somebody who means ill.

Every command answers or says in one line what is wrong; it hangs on nothing, takes no more
memory than a file can hold, writes nothing that it was not asked for, and runs nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from objtui.cli.main import main
from objtui.errors import ObjtuiError, RunFileError, RunGoneError
from objtui.measures.frames import Frame, LossTrace, encode_frame
from objtui.runfile.find import list_runs
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunHeader, RunSummary
from objtui.runfile.writer import RunWriter
from objtui.runs.source import RunSource
from tests.faults.hostile_cases import MAGIC, SHORT_COMMANDS, commands_on

NewRun = Callable[..., RunWriter]

HANGS_S = 120
"""After so long without an answer something hangs; no measure of anything."""


@contextmanager
def an_end() -> Iterator[None]:
    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError("no answer")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANGS_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


@pytest.fixture
def run(new_run: NewRun, frame: Callable[..., Frame], runs: Path) -> Path:
    """An ended run that could be resumed, beside a healthy one."""
    for name in ("healthy", "odd"):
        writer = new_run(name, runs)
        for step in (0, 10, 20):
            writer.append_frame(frame(step))
        trace = np.ones((2, 2))
        writer.append_loss_traces([LossTrace(1, 20, trace, trace, trace)])
        writer.finish("stopped", RunSummary(20, 1.0, 0.5, 0.4, 0.1), "its log\n")
    return runs / "odd.objtui"


def change(path: Path, *statements: str, values: tuple[Any, ...] = ()) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            connection.execute(statement, values)


def everything(folder: Path) -> dict[str, object]:
    """All that lies in a folder: names, kinds, bytes."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        is_file = path.is_file() and not path.is_symlink()
        found[str(path)] = path.read_bytes() if is_file else os.lstat(path).st_mode
    return found


def ask(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with an_end():
        code = main(arguments)
    out, err = capsys.readouterr()
    assert code in (0, 2, 3), (arguments, err)
    assert "fault of objtui" not in err, (arguments, err)
    assert "Traceback" not in out + err, arguments
    assert len([line for line in err.splitlines() if "error: " in line]) == (code != 0), err
    return code, out, err


def assert_refused_everywhere(
    path: Path, capsys: pytest.CaptureFixture[str], reason: str = ""
) -> None:
    """One line of the list says why; nothing else is shown of it, and nothing is written."""
    folder = path.parent
    before = everything(folder)
    code, out, _ = ask(["runs", "--runs", str(folder)], capsys)
    assert code == 0
    healthy, odd = sorted(out.splitlines())
    assert healthy.startswith("healthy  stopped")
    assert odd.split()[:2] == ["odd", "unreadable"]
    assert reason in odd
    for arguments in commands_on(path, folder.parent / "out"):
        code, out, err = ask(arguments, capsys)
        assert code in (2, 3), (arguments, out)
        assert reason in err, (arguments, err)
    assert not list(folder.parent.glob("out*")), "something was exported"
    assert everything(folder) == before


# -- what lies beside a file ---------------------------------------------------------------


def fifo(place: Path) -> None:
    os.mkfifo(place)


def link_to_a_device(place: Path) -> None:
    place.symlink_to("/dev/zero")


def link_to_a_secret(place: Path) -> None:
    secret = place.parent.parent / "secret"
    secret.write_text("a secret of somebody\n")
    place.symlink_to(secret)


def link_to_nothing(place: Path) -> None:
    place.symlink_to(place.parent / "nothing")


def folder(place: Path) -> None:
    place.mkdir()


def unix_socket(place: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as server:
        before = Path.cwd()
        os.chdir(place.parent)  # names of sockets are short
        try:
            server.bind(place.name)
        finally:
            os.chdir(before)


THINGS = (fifo, link_to_a_device, link_to_a_secret, link_to_nothing, folder, unix_socket)


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("end", ["-journal", "-wal", "-shm"])
def test_what_is_no_file_in_the_place_of_a_journal_is_refused(
    end: str, thing: Callable[[Path], None], run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thing(run.with_name(run.name + end))
    assert_refused_everywhere(run, capsys, f"odd.objtui{end} beside it")


@pytest.mark.parametrize("thing", [fifo, link_to_a_device, link_to_a_secret, folder, unix_socket])
def test_what_is_no_file_in_the_place_of_a_run_is_refused(
    thing: Callable[[Path], None], run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run.unlink()
    thing(run)
    before = everything(run.parent)
    code, out, _ = ask(["runs", "--runs", str(run.parent)], capsys)
    assert code == 0
    assert [line.split()[:2] for line in sorted(out.splitlines())] == [
        ["healthy", "stopped"],
        ["odd", "unreadable"],
    ]
    for arguments in commands_on(Path("odd"), run.parent.parent / "out"):
        code, _, err = ask([*arguments, "--runs", str(run.parent)], capsys)
        assert code == 2, (arguments, err)
        assert "secret" not in err.replace("link_to_a_secret", "")
    assert everything(run.parent) == before


@pytest.mark.parametrize("thing", THINGS)
def test_what_is_no_file_in_the_place_of_a_log_is_not_read(
    thing: Callable[[Path], None], run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(run, "UPDATE status SET state = 'running', pid = 1, pid_started = 1.5")
    thing(run.with_name(run.name + ".log"))
    copy = run.parent.parent / "copy.objtui"
    assert ask(["export", str(run), "--format", "run", "--out", str(copy)], capsys)[0] == 0
    assert b"a secret of somebody" not in copy.read_bytes()
    with an_end(), RunReader(run) as reader:
        assert reader.log() == "its log\n"


def test_of_a_long_log_beside_a_run_the_end_is_read(run: Path) -> None:
    change(run, "UPDATE status SET state = 'running', pid = 1, pid_started = 1.5")
    with run.with_name(run.name + ".log").open("wb") as log:
        log.seek(2**33)  # a file with a hole
        log.write(b"\nthe end\n")
    with an_end(), RunReader(run) as reader:
        said = reader.log()
    assert said.endswith("\nthe end\n")
    assert len(said) < 2**21


def plant_super_journal(run: Path, victim: Path) -> None:
    """Lay a journal beside a run that SQLite takes for that of a commit over several files."""
    page = run.read_bytes()[:4096]
    name = str(victim).encode()
    header = MAGIC + struct.pack(">IIIII", 0, 1, 1, 512, 4096)
    check = sum(struct.unpack(f"{len(name)}b", name)) & 0xFFFFFFFF
    tail = name + struct.pack(">II", len(name), check) + MAGIC
    locking_page = struct.pack(">I", 0x40000000 // 4096 + 1)
    journal = run.with_name(run.name + "-journal")
    journal.write_bytes(header.ljust(512, b"\0") + locking_page + tail)
    assert len(page) == 4096


def test_a_journal_that_names_another_file_has_that_not_removed(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    victim = tmp_path / "precious"
    victim.write_bytes(b"more than nothing")
    plant_super_journal(run, victim)
    assert_refused_everywhere(run, capsys, "the journal beside it is not one of objtui")
    for arguments in (["doctor"], ["export", "last", "--format", "jsonl", "--out", "-"]):
        ask([*arguments, "--runs", str(run.parent)], capsys)
    assert victim.exists()
    with pytest.raises(RunFileError, match="names another file"):
        RunWriter.resume(run, RunReader(run.parent / "healthy.objtui").status(), lambda _: None)
    assert victim.exists()


def test_without_the_check_sqlite_removes_what_such_a_journal_names(
    run: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "precious"
    victim.write_bytes(b"more than nothing")
    plant_super_journal(run, victim)
    with closing(sqlite3.connect(run)) as connection, suppress(sqlite3.Error):
        connection.execute("SELECT * FROM header").fetchall()
    assert not victim.exists()


# -- what a file says of itself ------------------------------------------------------------

SCHEMAS = {
    "a view for a table": (
        "ALTER TABLE header RENAME TO hidden",
        "CREATE VIEW header AS SELECT * FROM hidden",
    ),
    "a view that never ends": (
        "DROP TABLE log",
        "CREATE VIEW log AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT 'x' AS text FROM n",
    ),
    "a view of a huge value": (
        "DROP TABLE log",
        "CREATE VIEW log AS SELECT hex(zeroblob(450000000)) AS text",
    ),
    "one more view": ("CREATE VIEW more AS SELECT 1",),
    "a trigger on commands": (
        "CREATE TRIGGER t AFTER INSERT ON commands BEGIN"
        " INSERT INTO log WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT i FROM n; END",
    ),
    "a trigger on status": (
        "CREATE TRIGGER t AFTER UPDATE ON status BEGIN DELETE FROM frames; END",
    ),
    "one more table": ("CREATE TABLE more (x)",),
    "one more index": ("CREATE INDEX more ON frames (step)",),
    "no index": ("DROP INDEX live_frames",),
    "a virtual table": ("CREATE VIRTUAL TABLE more USING fts5(x)",),
    "another column": ("ALTER TABLE log ADD COLUMN more TEXT",),
    "a computed column": (
        "DROP TABLE log",
        "CREATE TABLE log (more TEXT, text TEXT AS (hex(zeroblob(1000))))",
    ),
    "statistics": ("ANALYZE",),
}


@pytest.mark.parametrize("kind", SCHEMAS)
def test_tables_that_are_not_ours_are_refused(
    kind: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(run, *SCHEMAS[kind])
    assert_refused_everywhere(run, capsys, "its tables are not those of one")


def test_a_value_that_leads_in_circles_is_damage(run: Path) -> None:
    """A page of overflow that follows itself makes a file of 40 KB hold any value."""
    change(run, "INSERT INTO log VALUES (?)", values=("x" * 20_000,))
    content = bytearray(run.read_bytes())
    at = next(
        page
        for page in range(4096, len(content), 4096)
        if content[page + 4 : page + 4096] == b"x" * 4092
    )
    content[at : at + 4] = struct.pack(">I", at // 4096 + 1)
    length, huge = _varint(20_000), _varint(2 * 10**9)
    assert len(length) < len(huge)
    run.write_bytes(content)
    with an_end(), suppress(ObjtuiError), RunReader(run) as reader:
        assert len(reader.log()) < len(content)


def _varint(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def bomb(size: int) -> bytes:
    """A frame of the right shape that unpacks to far more."""
    packing = zlib.compressobj(9)
    packed = b"".join(packing.compress(bytes(2**20)) for _ in range(size >> 20)) + packing.flush()
    return struct.pack("<qd?HH", 10, 1.0, True, 2, 2) + packed


def test_a_frame_unpacks_to_no_more_than_its_run_says(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import resource

    change(run, "UPDATE frames SET payload = ? WHERE step = 10", values=(bomb(2**30),))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for arguments in commands_on(run, run.parent.parent / "out"):
        if arguments[0] in ("watch", "export") and "run" not in arguments:
            code, _, err = ask(arguments, capsys)
            assert code == 2, arguments
            assert "damaged: not a frame" in err
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 2**10


ODD_NUMBERS: list[object] = [
    -1, 0, 0.5, True, None, "7", [], {}, 2**53 + 1, 2**63, 10**400, 10**4000, 1e300, -1e-300,
    float("nan"), float("inf"), -float("inf"),
]  # fmt: skip
ODD_TEXTS: list[object] = [7, None, [], {}, True, ["x"], "x" * (2**20 + 1)]
ODD_LISTS: list[object] = [[], None, "ab", 7, {}, [[]], [None], [7], ["a", "a"], [-1], [2**63]]


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def header_of(path: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(path)) as connection:
        (text,) = connection.execute("SELECT json FROM header").fetchone()
    value: dict[str, Any] = json.loads(text)
    return value


FIELDS = tuple(RunHeader.__dataclass_fields__)


def look_everywhere(path: Path) -> None:
    """As list, watch, dashboard and export do, without a process each: an answer or one line."""
    listed = {run.name: run for run in list_runs(path.parent)}
    assert listed["healthy"].state == "stopped"
    odd = listed["odd"]
    if odd.header is None:
        assert odd.reason
        assert "\n" not in odd.reason
        with pytest.raises(RunFileError), RunReader(path, glance=True) as reader:
            reader.status()
        return
    with suppress(RunFileError), closing(RunSource(path)) as source:
        source.read_losses(True)
        while not source.ended or source.behind:
            source.poll()
        assert source.formulas


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_a_field_of_a_header_says_no_other_run_is_lost(
    field: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = header_of(run)
    for odd in [*ODD_NUMBERS, *ODD_TEXTS, *ODD_LISTS, [*(good["heads"] * 2)]]:
        text = json.dumps({**good, field: odd})
        change(run, "UPDATE header SET json = ?", values=(text,))
        with an_end():
            look_everywhere(run)
        if list_runs(run.parent)[-1].header is None:
            continue  # it was refused
        for arguments in SHORT_COMMANDS:
            ask([arg.format(run=run) for arg in arguments], capsys)


@pytest.mark.parametrize(
    "text",
    ["", "7", "null", "[]", nested(200_000), '{"run":' + nested(200_000) + "}", '"' + "x" * 2**22,
     "1" * 5000, '{"a":1}' * 3, "\x00"],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_header_that_is_none_is_refused(
    text: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(run, "UPDATE header SET json = ?", values=(text,))
    assert_refused_everywhere(run, capsys, "damaged: its header cannot be read")


HEAD_NAMES = [
    "../x", "/x", "..", ".", "", "a/b", "a\\b", "a b", "a\nb", "\x1b[31m", "é", "a" * 25, "1a",
    "a\x00", "\ud800", "\u202e", None, 7, ["a"],
]  # fmt: skip


@pytest.mark.parametrize("name", HEAD_NAMES)
def test_a_head_is_named_as_in_a_scenario_or_the_file_is_refused(
    name: object, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = header_of(run)
    for key in ("name", "reference"):
        changed = [{**header["heads"][0], key: name}, *header["heads"][1:]]
        text = json.dumps({**header, "heads": changed})
        change(run, "UPDATE header SET json = ?", values=(text,))
        assert_refused_everywhere(run, capsys, "damaged: its header cannot be read")


@pytest.mark.parametrize("stem", ["..", "a/../b", "a b", "-x", "é"])
def test_no_name_of_a_file_leads_out_of_an_export(
    stem: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = run.parent / f"{Path(stem).name}.objtui"
    shutil.move(run, place)
    inner = tmp_path / "inner"
    inner.mkdir()
    before = everything(tmp_path)
    ask(["export", str(place), "--format", "tensorboard", "--out", str(inner / "out")], capsys)
    new = set(everything(tmp_path)) - set(before)
    assert all(Path(path).is_relative_to(inner / "out") for path in new)


STATUS = (
    "state", "step", "elapsed_s", "steps_per_s", "heartbeat_at", "pid", "pid_started", "host",
    "message", "inode", "started_at",
)  # fmt: skip
ODD_VALUES = [
    -1, 2**62, 0.5, -1e300, 1e300, float("inf"), "", "7", "x" * 2**21, b"\xff", "a\x00b", "\x1b[2J",
]  # fmt: skip


@pytest.mark.parametrize("column", STATUS)
def test_whatever_a_status_says_no_other_run_is_lost(
    column: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = run.read_bytes()
    for odd in ODD_VALUES:
        run.write_bytes(content)
        change(run, f"UPDATE status SET {column} = ?", values=(odd,))
        with an_end():
            look_everywhere(run)
        for arguments in SHORT_COMMANDS:
            _, out, err = ask([arg.format(run=run) for arg in arguments], capsys)
            assert "\x1b" not in out + err


ODD_ROWS = {
    "a frame of no time": (
        "UPDATE frames SET payload = ? WHERE step = 10",
        struct.pack("<qd?HH", 10, float("nan"), True, 2, 2),
    ),
    "a trace of no steps": ("UPDATE training_loss SET first_step = ?", 2**62),
    "a trace that ends before it begins": ("UPDATE training_loss SET first_step = ?", 21),
    "a trace of a text step": ("UPDATE training_loss SET last_step = ?", "x"),
    "a trace of step 0": ("UPDATE training_loss SET first_step = ?", 0),
    "a trace of half a number": ("UPDATE training_loss SET payload = ?", b"1234567"),
    "a trace of one seed more": ("UPDATE training_loss SET payload = ?", bytes(3 * 2 * 3 * 8)),
    "a trace of text": ("UPDATE training_loss SET payload = ?", "x" * 96),
    "a trace of nothing": ("UPDATE training_loss SET payload = ?", b""),
    "a summary of text": ("UPDATE summary SET wall_s = ?", "x"),
    "a summary without end": ("UPDATE summary SET wall_s = ?", float("inf")),
    "a log that is none": ("UPDATE log SET text = ?", b"\xff\xfe"),
    "a frame of a text step": ("UPDATE frames SET step = ? WHERE step = 10", "x"),
    "a frame of step −1": ("UPDATE frames SET step = ? WHERE step = 10", -1),
    "a command that is none": ("INSERT INTO commands (command) VALUES (?)", b"\xff"),
}


@pytest.mark.parametrize("kind", ODD_ROWS)
def test_odd_rows_are_one_line_or_are_borne(
    kind: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    statement, value = ODD_ROWS[kind]
    change(run, statement, values=(value,))
    with an_end():
        look_everywhere(run)
    for arguments in commands_on(run, run.parent.parent / "out"):
        ask(arguments, capsys)


def test_counts_of_any_size_can_be_drawn(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunReader(run) as reader:
        frame = reader.frames_after()[1].frame
    for value in (2**31, 2**40 - 1, 2**62, -1):
        counts = np.full_like(frame.counts, value)
        odd = encode_frame(Frame(10, 1.0, True, frame.diverged, frame.scores, counts))
        change(run, "UPDATE frames SET payload = ? WHERE step = 10", values=(odd,))
        for arguments in commands_on(run, run.parent.parent / f"out{value}"):
            ask(arguments, capsys)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    field=st.sampled_from(FIELDS),
)
def test_any_json_in_any_field_of_a_header_is_borne(value: object, field: str, run: Path) -> None:
    header = header_of(run)
    if not isinstance(header.get("heads"), list):
        return
    change(run, "UPDATE header SET json = ?", values=(json.dumps({**header, field: value}),))
    look_everywhere(run)
    change(run, "UPDATE header SET json = ?", values=(json.dumps(header),))


def test_a_run_file_that_goes_meanwhile_is_still_gone(run: Path) -> None:
    with RunReader(run) as reader:
        run.unlink()
        with pytest.raises(RunGoneError):
            reader.status()
