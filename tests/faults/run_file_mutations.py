"""Run files made odd in every way that somebody could think of, by chance alone."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from objtui.measures.calibrators import FrameCalibration, Isotonic
from objtui.measures.detections import MAX_OBJECTS
from objtui.measures.frames import Frame, LossTrace, decode_frame, encode_frame
from objtui.measures.mistakes import Mistakes
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from tests.detections_everywhere import all_detections_of
from tests.faults.hostile_cases import MAGIC
from tests.picture_runs import PICTURES, contents, detections_at, mistakes_of
from tests.runs_for_tests import a_frame, a_header

BESIDE = ("", "", "", "", "-wal", "-journal", "-shm", ".log")
"""Ends of the names of what is spoilt, the file itself most often."""

TABLES = {
    "header": ("json",),
    "scenario": ("text", "request"),
    "status": (
        "state", "step", "elapsed_s", "steps_per_s", "heartbeat_at", "pid", "pid_started",
        "host", "message", "inode", "started_at",
    ),
    "frames": ("id", "step", "scheduled", "elapsed_s", "payload"),
    "training_loss": ("id", "first_step", "last_step", "payload"),
    "numbers": ("id", "step", "name", "value"),
    "pictures": ("number", "payload"),
    "all_detections": ("step", "payload"),
    "log": ("text",),
    "checkpoint": ("step", "elapsed_s", "last_frame", "last_trace", "crc"),
    "checkpoint_part": ("part", "payload"),
    "commands": ("id", "command"),
    "summary": ("steps", "wall_s", "start_s", "train_s", "eval_s"),
}  # fmt: skip

ODD_TEXTS = (
    "", "x", "\x00", "\x1b]52;c;eA==\x07", "a\nforged  finished", "\u202e", "\ud800", "é" * 300,
    "7", "finished", "running", "x" * 2**21, "../../x", "last",
)  # fmt: skip
ODD_NUMBERS = (
    0, 1, -1, 2, 0.5, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 1e-320, 1e300, -1e300,
    float("inf"), float("-inf"), float("nan"),
)  # fmt: skip

SCHEMAS = (
    "CREATE VIEW more AS SELECT * FROM {table}",
    "CREATE VIEW more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT i FROM n",
    "CREATE TRIGGER t AFTER INSERT ON {table} BEGIN DELETE FROM frames; END",
    "CREATE TRIGGER t BEFORE UPDATE ON status BEGIN SELECT hex(zeroblob(1000000000)); END",
    "CREATE INDEX more ON {table} ({column})",
    "CREATE INDEX more ON {table} (hex(zeroblob(9)))",
    "CREATE TABLE more (x CHECK (x > 1), y AS (x + 1))",
    "CREATE VIRTUAL TABLE more USING fts5(x)",
    "CREATE VIRTUAL TABLE more USING rtree(a, b, c)",
    "ALTER TABLE {table} ADD COLUMN more",
    "ALTER TABLE {table} RENAME COLUMN {column} TO more",
    "ALTER TABLE {table} RENAME TO more",
    "DROP TABLE {table}",
    "DROP INDEX live_frames",
    "ANALYZE",
    "PRAGMA user_version = {number}",
    "PRAGMA application_id = {number}",
    "PRAGMA auto_vacuum = 1; VACUUM",
    "PRAGMA page_size = 512; VACUUM",
    "PRAGMA encoding = 'UTF-16'; VACUUM",
    "UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = '{table}'",
    "UPDATE sqlite_schema SET sql = 'CREATE TABLE ' || hex(zeroblob(60000)) WHERE rowid = 2",
    "UPDATE sqlite_schema SET sql = char(0, 27, 55296) WHERE name = '{table}'",
    "UPDATE sqlite_schema SET rootpage = {page} WHERE name = '{table}'",
    "UPDATE sqlite_schema SET type = 'view' WHERE name = '{table}'",
    "UPDATE sqlite_schema SET name = name || char(10) WHERE name = '{table}'",
    "INSERT INTO sqlite_schema SELECT * FROM sqlite_schema",
    "DELETE FROM sqlite_schema WHERE name = '{table}'",
    "DELETE FROM {table}",
    "DELETE FROM {table} WHERE rowid = 1",
    "INSERT INTO log SELECT hex(randomblob(100000)) FROM frames",
)  # fmt: skip
"""What is said to SQLite; names of tables and columns, pages and numbers come by chance."""


FRAME_HEADER, PICTURE_HEADER = struct.Struct("<qdBHH"), struct.Struct("<HHBII")
"""What stands before the packed part of a frame and of a picture."""

CALIBRATION_BIT = 32
"""Of a frame's kind, which its seventeenth byte is."""

CANNOT = (
    sqlite3.Error, OSError, ValueError, TypeError, OverflowError, RecursionError, zlib.error,
)  # fmt: skip
"""What comes of making odd what is so odd already that it cannot be taken apart."""


def record_bases(folder: Path) -> list[Path]:
    """Sound runs as they lie there in every state of their journals, each in its own folder."""
    writer = _recorded(folder / "ended")
    writer.finish("stopped", RunSummary(20, 1.0, 0.5, 0.4, 0.1), "its log\n")
    live = _recorded(folder / "live")
    log = live.path.with_name(f"{live.path.name}.log")
    log.write_text("what it says\n")
    left = _copied(live.path, folder / "left in use")
    dead = _copied(live.path, folder / "left by a dead writer")
    for shared in dead.parent.glob("*-shm"):
        shared.unlink()
    live.close()
    hot = folder / "within a commit"
    with closing(sqlite3.connect(writer.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE frames SET payload = zeroblob(9000)")
        connection.execute("UPDATE scenario SET text = hex(zeroblob(90000))")
        journal = _copied(writer.path, hot)
        connection.execute("ROLLBACK")
    assert journal.with_name(f"{journal.name}-journal").exists()
    return [writer.path, left, dead, journal]


def mutate(path: Path, chance: Random) -> str:
    """Make a run file odd; says how, for whoever looks for the fault."""
    kinds = (_schema, _value, _value, _json, _json, _payload, _last_frame, _bytes, _bytes)
    done = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        kind = chance.choice(kinds)
        with suppress(*CANNOT):
            done.append(kind(path, chance))
    if chance.random() < 0.2:  # last, since to open it may take for ever
        done.append(_thing_beside(path, chance))
    return "; ".join(done)[:2000] or "nothing"


def _recorded(folder: Path) -> RunWriter:
    folder.mkdir()
    path = folder / "odd.objtui"
    path.touch()
    request = {
        "scenario_path": "a.toml", "text": "", "base": ".", "runs": ".", "overrides": [],
        "scenario": {
            "title": "A title",
            "data": {"source": "points", "features": [[0.0], [1.0]], "targets": [0, 1]},
            "train": {"steps": 100, "seeds": 2, "batch": 2},
            "heads": [{"name": "bce", "loss": "bce"}, {"name": "ce", "loss": "ce"}],
        },
    }  # fmt: skip
    header = a_header("odd", pictures=PICTURES)
    writer = RunWriter(path, header, "title = 'A title'", json.dumps(request), contents())
    for step in (0, 10, 20):
        frame = replace(a_frame(step, scheduled=step != 10), detections=detections_at(step, 2))
        writer.append_frame(frame)
    members = ((Isotonic((-1.0, 1.0), (0.2, 0.8)), None),) * 2
    calibration = FrameCalibration("isotonic", 30, 30, members)
    writer.append_frame(with_every_part(a_frame(30), calibration))
    writer.append_numbers([(10, "rate", 0.1)])
    ones = a_frame(0).scores[:, :, 0]
    writer.append_loss_traces([LossTrace(1, 20, ones, ones, ones)])
    writer.set_checkpoint(20, os.urandom(64))
    return writer


def with_every_part(frame: Frame, calibration: FrameCalibration) -> Frame:
    """A last frame, with all that one may have beyond the others."""
    detections = detections_at(frame.step, 2)
    totals = np.full((*detections.logits.shape[:2], 2), 3, np.int32)
    objects = np.ones((*detections.logits.shape[:2], MAX_OBJECTS), np.bool_)
    return replace(
        frame,
        fit_counts=frame.counts // 2,
        nan_counts=np.ones((2, 2, 2), np.int64),
        detections=replace(detections, totals=totals, objects=objects),
        mistakes=mistakes_of(2),
        every_detection=all_detections_of(),
        calibration=calibration,
    )


def _copied(path: Path, folder: Path) -> Path:
    folder.mkdir()
    for part in path.parent.glob(f"{path.name}*"):
        shutil.copyfile(part, folder / part.name)
    return folder / path.name


def _execute(path: Path, statements: str, *values: object) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        if values:
            connection.execute(statements, values)
            return
        for statement in statements.split("; "):
            connection.execute(statement)


def _place(chance: Random) -> tuple[str, str]:
    table = chance.choice(list(TABLES))
    return table, chance.choice(TABLES[table])


def _schema(path: Path, chance: Random) -> str:
    table, column = _place(chance)
    page, number = chance.randrange(30), chance.randrange(-3, 2**31)
    text = chance.choice(SCHEMAS).format(table=table, column=column, page=page, number=number)
    # A statement may run for ever in a connection of its own here, too.
    _execute(path, text)
    return text


def _value(path: Path, chance: Random) -> str:
    table, column = _place(chance)
    odd: Any = chance.choice((*ODD_TEXTS, *ODD_NUMBERS, b"", chance.randbytes(50), bytes(2**22)))
    if chance.random() < 0.2:
        columns = ", ".join(name for name in TABLES[table] if name not in ("id", "part", "number"))
        _execute(path, f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}")
        return f"{table} twice"
    row = chance.choice(("", " WHERE rowid = 1", " WHERE rowid = 2"))
    how = chance.choice(("?", "?", "CAST(? AS TEXT)", "CAST(? AS BLOB)"))
    if isinstance(odd, str) and "\ud800" in odd:
        odd, how = b"\xed\xa0\x80", "CAST(? AS TEXT)"
    _execute(path, f"UPDATE {table} SET {column} = {how}{row}", odd)
    return f"{table}.{column} = {how} of {odd!r:.60}{row}"


def odd_json(chance: Random, deep: int = 3) -> str:
    """A text of JSON, or nearly one."""
    kind = chance.randrange(8)
    if kind == 0:
        depth = chance.choice((10, 900, 100_000))
        return "[" * depth + "]" * chance.choice((depth, depth - 1))
    if kind == 1:
        return chance.choice(("NaN", "-Infinity", "1e999", "9" * 4000, "9" * 5000, "-0", "1" * 25))
    if kind == 2:
        return json.dumps(chance.choice(ODD_TEXTS))
    if kind == 3 and deep:
        items = (odd_json(chance, deep - 1) for _ in range(chance.choice((0, 1, 2, 5))))
        return f"[{','.join(items)}]"
    if kind == 4 and deep:
        keys = [json.dumps(chance.choice(ODD_TEXTS[:9])) for _ in range(3)]
        return f"{{{','.join(f'{key}:{odd_json(chance, deep - 1)}' for key in keys)}}}"
    if kind == 5:
        return f"[{','.join(['0'] * chance.choice((100, 10_000, 300_000)))}]"
    return json.dumps(chance.choice((None, True, False, *ODD_NUMBERS)))


def _json(path: Path, chance: Random) -> str:
    table, column = chance.choice((("header", "json"), ("scenario", "request")))
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        (text,) = connection.execute(f"SELECT {column} FROM {table}").fetchone()
    odd = odd_json(chance)
    if chance.random() < 0.2:
        at = chance.randrange(len(text) + 1)
        text = text[:at] + odd + text[at + chance.randrange(20) :]
    else:
        holder, parent = json.loads(text), None
        where = holder
        for _ in range(chance.choice((1, 1, 2, 3, 4))):
            if not isinstance(where, dict | list) or not where:
                break
            keys = list(where) if isinstance(where, dict) else list(range(len(where)))
            parent, key = where, chance.choice(keys)
            where = where[key]
        if parent is None:
            return "nothing"
        parent[key] = "\ue000 odd"
        text = json.dumps(holder).replace(json.dumps("\ue000 odd"), odd)
    _execute(path, f"UPDATE {table} SET {column} = ?", text)
    return f"{table}.{column}: {odd[:80]}"


def _payload(path: Path, chance: Random) -> str:
    """A frame, trace or part of a checkpoint that unpacks to something else, or to far more."""
    table = chance.choice(("frames", "frames", "training_loss", "checkpoint_part", "pictures"))
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        (payload,) = connection.execute(f"SELECT payload FROM {table} LIMIT 1").fetchone()
    packed = PICTURE_HEADER if table == "pictures" else FRAME_HEADER
    header, body = payload[: packed.size], payload[packed.size :]
    kind = chance.choice(("bomb", "shape", "numbers", "cut", "longer"))
    if kind == "bomb":
        packing = zlib.compressobj(9)
        size = chance.choice((1, 16, 64))
        body = b"".join(packing.compress(bytes(2**20)) for _ in range(size)) + packing.flush()
    elif kind == "shape":
        shape = [chance.choice((0, 1, 2, 255, 65535)) for _ in range(2)]
        moment = (chance.choice((-1, 10, 2**62)), chance.choice((float("nan"), -1.0, 1e300)))
        values = (*moment, chance.randrange(256), *shape)
        if table == "pictures":
            values = (*shape, chance.choice((0, 1, 3, 255)), 1, chance.choice((0, 2**32 - 1)))
        header = packed.pack(*values)
    elif kind == "numbers" and table == "frames":
        unpacked = bytearray(zlib.decompress(body))
        for _ in range(chance.choice((1, 50))):
            at = chance.randrange(len(unpacked) - 8)
            odd = chance.choice((float("nan"), float("inf"), 1e300, -1e-300))
            unpacked[at : at + 8] = struct.pack("<d", odd)
        body = zlib.compress(bytes(unpacked), 1)
    elif kind == "cut":
        body = body[: chance.randrange(len(body) + 1)]
    else:
        body += chance.randbytes(chance.choice((1, 8, 4096)))
    rows = chance.choice(("", " WHERE rowid = 2"))
    _execute(path, f"UPDATE {table} SET payload = ?{rows}", header + body)
    return f"{table}.payload: {kind}{rows}"


def _last_frame(path: Path, chance: Random) -> str:
    """A last frame that has every part, with odd values in one of them."""
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        most = "(SELECT max(id) FROM frames)"
        query = f"SELECT payload FROM frames WHERE id = {most}"
        (payload,) = connection.execute(query).fetchone()
    frame = decode_frame(payload, SCORE_NAMES, pictures=len(PICTURES))
    kind = chance.choice(("calibration", "calibration", "mistakes", "detections", "cells"))
    if kind == "calibration":
        packed = odd_calibration(chance)
        bare = encode_frame(replace(frame, calibration=None))
        head = bytearray(bare[: FRAME_HEADER.size])
        head[16] |= CALIBRATION_BIT
        size = chance.choice((len(packed), len(packed), len(packed), 0, 7, 2**32 - 1))
        payload = bytes(head) + struct.pack("<I", size) + packed + bare[FRAME_HEADER.size :]
    elif kind == "mistakes" and frame.mistakes is not None:
        parts = [chance_bytes(part, chance) for part in odd_parts(frame.mistakes)]
        payload = encode_frame(replace(frame, mistakes=Mistakes(*parts)))
    elif kind == "detections" and frame.detections is not None:
        old = frame.detections
        names = ("boxes", "logits", "hits", "totals")
        parts = {name: chance_bytes(getattr(old, name), chance) for name in names}
        payload = encode_frame(replace(frame, detections=replace(old, **parts)))
    else:
        odd = {
            name: np.full_like(getattr(frame, name), chance.choice((-1, 2**62, 2**40)))
            for name in chance.sample(("counts", "fit_counts", "nan_counts"), 2)
        }
        payload = encode_frame(replace(frame, **odd))
    _execute(path, f"UPDATE frames SET payload = ? WHERE id = {most}", payload)
    return f"last frame: {kind}"


def odd_parts(mistakes: Mistakes) -> list[Any]:
    """Its arrays, in turn."""
    return [getattr(mistakes, name) for name in ("boxes", "regions", "logits", "crops", "names")]


def chance_bytes(part: Any, chance: Random) -> Any:
    """An array of the same shape, which may be of other bytes."""
    if part is None or chance.random() < 0.5:
        return part
    if part.dtype == np.bool_:
        return ~part
    size = part.nbytes
    data = chance.choice((bytes(size), b"\xff" * size, b"\x1b]\n" * size, chance.randbytes(size)))
    return np.frombuffer(data[:size], part.dtype).reshape(part.shape)


def odd_calibration(chance: Random) -> bytes:
    """Packed JSON of a calibration, or nearly so."""
    numbers = (0, -1, 1e308, -1e308, 5e-324, 1e-300, 0.5, 1 - 2**-53, 2**70, True, None, "x", [])
    number = lambda: chance.choice(numbers)  # noqa: E731
    rising = sorted({chance.choice((5e-324, 1e-300, 0.1, 0.5, 1 - 2**-53)) for _ in range(3)})
    member: Any = chance.choice(
        (
            {"temperature": number()},
            {"a": number(), "b": number()},
            {"logits": [-1e308, 0.0, 1e308][: len(rising)], "p": rising},
            {"logits": [number()], "p": [number()]},
            {"logits": number(), "p": number()},
            {"logits": [], "p": []},
            {},
            None,
            "text",
            [["temperature", 1]],
        )
    )
    method: Any = chance.choice(("temperature", "platt", "isotonic", "isotonic", "x", [], 1, None))
    shape = chance.choice((2, 2, 2, 2, 1, 0))
    rows = chance.choice((30, 0, -1, 2**53 + 1, True, 1.5))
    text = json.dumps([method, rows, 30, [[member] * shape] * chance.choice((2, 2, 2, 3))])
    kind, size = chance.randrange(8), chance.choice((10**3, 10**6, 10**7))
    if kind == 0:
        text = odd_json(chance)
    elif kind == 1:
        text = f'["isotonic",3,3,[[{{"logits":[{"1," * size}1],"p":[1]}},null]]]'
    elif kind == 2:
        text = f'["isotonic",3,3,{"[" * 900}{"]" * 900}]'
    elif kind == 3:
        text = f'["isotonic",3,3,[{"[]," * size}[]]]'
    packed = zlib.compress(text.encode(errors="replace"), 1)
    return packed[: chance.randrange(len(packed))] if chance.random() < 0.1 else packed


def _bytes(path: Path, chance: Random) -> str:
    part = path.with_name(path.name + chance.choice(BESIDE))
    data = bytearray(part.read_bytes())
    if not data:
        return "nothing"
    start = chance.choice((100, 4096, len(data)))
    at = chance.randrange(min(start, len(data)))
    length = chance.choice((1, 2, 16, 512, 4096))
    kind = chance.choice(("cut", "flip", "flip", "noise", "zeros", "ones", "insert", "drop", "dup"))
    if kind == "cut":
        del data[at:]
    elif kind == "flip":
        for _ in range(chance.choice((1, 1, 8))):
            data[chance.randrange(min(start, len(data)))] ^= 1 << chance.randrange(8)
    elif kind == "insert":
        data[at:at] = chance.randbytes(length)
    elif kind == "drop":
        del data[at : at + length]
    elif kind == "dup":
        data[at:at] = data[at : at + length]
    else:
        filling = {"noise": chance.randbytes(length), "zeros": bytes(length)}
        data[at : at + length] = filling.get(kind, b"\xff" * length)[: len(data) - at]
    part.write_bytes(data)
    return f"{part.name}: {kind} at {at} of {length}"


THINGS: tuple[Callable[[Path, Path, Random], object], ...] = (
    lambda place, run, chance: place.write_bytes(b"x"),
    lambda place, run, chance: place.write_bytes(chance.randbytes(5000)),
    lambda place, run, chance: place.write_bytes(bytes(5000)),
    lambda place, run, chance: place.write_bytes(run.read_bytes()),
    lambda place, run, chance: place.write_bytes(MAGIC + chance.randbytes(600)),
    lambda place, run, chance: place.write_bytes(
        MAGIC + struct.pack(">IIIII", 1, 1, 1, 512, 4096).ljust(504, b"\0") + run.read_bytes()
    ),
    lambda place, run, chance: place.write_bytes(chance.randbytes(100) + MAGIC),
    lambda place, run, chance: place.write_bytes(
        bytes.fromhex("377f0682002de218") + struct.pack(">6I", 4096, 0, 1, 1, 0, 0) + bytes(5000)
    ),
    lambda place, run, chance: place.mkdir(),
    lambda place, run, chance: place.symlink_to("/dev/zero"),
    lambda place, run, chance: place.symlink_to(run),
    lambda place, run, chance: os.mkfifo(place),
    lambda place, run, chance: os.link(run, place),
)
"""What may lie in the place of a journal or a log."""


def _thing_beside(path: Path, chance: Random) -> str:
    place = path.with_name(path.name + chance.choice(("-wal", "-journal", "-shm", ".log")))
    place.unlink(missing_ok=True)
    number = chance.randrange(len(THINGS))
    THINGS[number](place, path, chance)
    return f"{place.name}: thing {number}"
