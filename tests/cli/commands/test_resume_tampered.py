"""`objtui resume` of files that somebody has changed: exit 2, and everything as it was."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.commands.resume_cases import start

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

Tamper = Callable[[sqlite3.Connection], object]


def with_sql(statement: str, *values: object) -> Tamper:
    return lambda connection: connection.execute(statement, values)


def with_request(**changes: object) -> Tamper:
    def change(connection: sqlite3.Connection) -> None:
        (text,) = connection.execute("SELECT request FROM scenario").fetchone()
        request = json.dumps({**json.loads(text), **changes})
        connection.execute("UPDATE scenario SET request = ?", (request,))

    return change


def with_scenario(**changes: Any) -> Tamper:
    def change(connection: sqlite3.Connection) -> None:
        (text,) = connection.execute("SELECT request FROM scenario").fetchone()
        request = json.loads(text)
        for table, value in changes.items():
            before = request["scenario"].get(table)
            request["scenario"][table] = (
                {**before, **value}
                if isinstance(before, dict) and isinstance(value, dict)
                else value
            )
        connection.execute("UPDATE scenario SET request = ?", (json.dumps(request),))

    return change


def with_header(**changes: object) -> Tamper:
    def change(connection: sqlite3.Connection) -> None:
        (text,) = connection.execute("SELECT json FROM header").fetchone()
        header = json.dumps({**json.loads(text), **changes})
        connection.execute("UPDATE header SET json = ?", (header,))

    return change


def with_checkpoint(data: bytes) -> Tamper:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM checkpoint_part")
        connection.execute("INSERT INTO checkpoint_part VALUES (0, ?)", (data,))
        connection.execute("UPDATE checkpoint SET crc = ?", (zlib.crc32(data),))

    return change


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


TAMPERED: dict[str, Tamper] = {
    "a request nested deeply": with_sql("UPDATE scenario SET request = ?", nested(200_000)),
    "a request that is a list": with_sql("UPDATE scenario SET request = '[1]'"),
    "a request that is null": with_sql("UPDATE scenario SET request = 'null'"),
    "a request of bytes": with_sql("UPDATE scenario SET request = ?", b"\xff"),
    "a path that is a number": with_request(scenario_path=7),
    "a text that is a list": with_request(text=[1]),
    "a base that is null": with_request(base=None),
    "a base with a null character": with_request(base="a\x00b"),
    "a base of a lone surrogate": with_request(base="\ud800"),
    "a key of no request": with_request(more=1),
    "a scenario that is a text": with_request(scenario="title"),
    "a scenario without train": with_request(scenario={}),
    "a scenario with train a list": with_scenario(train=[1]),
    "other heads": with_scenario(heads=[{"name": "mse", "loss": "mse"}]),
    "more heads": with_scenario(
        heads=[{"name": "bce", "loss": "bce"}, {"name": "mse", "loss": "mse"}]
    ),
    "other seeds": with_scenario(train={"seeds": [0, 1, 2]}),
    "more steps": with_scenario(train={"steps": 7}),
    "a seed of many digits": with_scenario(train={"seeds": [10**400]}),
    "a scenario's title that is null": with_scenario(title=None),
    "scores that its frames do not have": with_header(score_names=["nll"]),
    "a checkpoint of other bytes": with_checkpoint(b"nothing"),
    "a checkpoint of no number": with_checkpoint(b"step x"),
    "a checkpoint of another step": with_checkpoint(b"step 7"),
    "a checkpoint of text": with_sql("UPDATE checkpoint_part SET payload = 'step 50'"),
    "a checkpoint's step of text": with_sql("UPDATE checkpoint SET step = 'x'"),
    "a checkpoint's step below 0": with_sql("UPDATE checkpoint SET step = -1"),
    "a checkpoint's time without end": with_sql("UPDATE checkpoint SET elapsed_s = 9e999"),
    "a checkpoint's time of text": with_sql("UPDATE checkpoint SET elapsed_s = 'x'"),
    "a checkpoint's frame of text": with_sql("UPDATE checkpoint SET last_frame = 'x'"),
    "a checkpoint's trace of text": with_sql("UPDATE checkpoint SET last_trace = 'x'"),
    "a checkpoint's check of text": with_sql("UPDATE checkpoint SET crc = 'x'"),
    "two checkpoints": with_sql("INSERT INTO checkpoint SELECT * FROM checkpoint"),
    "a part out of order": with_sql("UPDATE checkpoint_part SET part = 3"),
    "no part": with_sql("DELETE FROM checkpoint_part"),
    "a log of bytes": with_sql("INSERT INTO log VALUES (?)", b"\xff\x00"),
    "a status of text": with_sql("UPDATE status SET step = 'x'"),
    "a trigger": with_sql(
        "CREATE TRIGGER t AFTER DELETE ON commands BEGIN DELETE FROM frames; END"
    ),
}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a run that was stopped."""
    from tests.conftest import Trainers

    trainers = Trainers(tmp_path_factory.mktemp("stopped") / "runs")
    try:
        path = start(trainers, 60)
        trainers.stop(path)
        return path.read_bytes()
    finally:
        trainers.end_all()


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_file_that_was_changed_is_left_as_it_was(
    kind: str, stopped: bytes, command_line: CommandLine, trainers: Trainers
) -> None:
    path = trainers.runs / "a-1.objtui"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stopped)
    with closing(sqlite3.connect(path)) as connection, connection:
        TAMPERED[kind](connection)
    before = path.read_bytes()
    done = command_line.run("resume", "a-1", "--headless")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    (error,) = [line for line in done.stderr.splitlines() if ": error: " in line]
    assert "fault of objtui" not in error
    assert path.read_bytes() == before
    assert [each.name for each in trainers.runs.iterdir()] == ["a-1.objtui"]


def test_a_crashed_run_that_was_changed_is_left_with_its_journal_as_it_was(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = start(trainers, 60)
    trainers.kill(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        other = sqlite3.connect(path)  # so that the first leaves the write-ahead log alone
        other.execute("SELECT 1 FROM header").fetchone()
        with connection:
            with_checkpoint(b"step 7")(connection)
        kept = {
            each: each.read_bytes() for each in trainers.runs.iterdir() if "-shm" not in each.name
        }
        assert any(each.name.endswith("-wal") for each in kept)
        done = command_line.run("resume", "a-1", "--headless")
        assert done.returncode == 2, done.stderr
        assert {each: each.read_bytes() for each in kept} == kept
        other.close()
