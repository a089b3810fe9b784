"""Whatever texts of files and names hold, no terminal is steered by it and no line is forged."""

from __future__ import annotations

import ast
import json
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import objtui
from objtui.cli.main import main
from objtui.measures.frames import Frame
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from objtui.text.terminal import printable
from objtui.ui.dashboard.first_line import starting_line
from objtui.ui.dashboard.offscreen import dashboard_lines
from objtui.ui.picker.choices import run_rows, scenario_rows
from objtui.ui.theme import Theme

EVIL = {
    "escape": "a\x1b]52;c;ZXZpbA==\x07b",
    "colour": "a\x1b[31mb",
    "C1": "a\x9b2Jb\x90c",
    "direction": "a\u202eb\u2066c\u200f",
    "no width": "a\u200bb\u2060c\ufeff",
    "line": "a\nforged  finished\rb\u2028c\x0b\x85d",
    "lone surrogate": "a\ud800b\udc9bc",
    "null and delete": "a\x00b\x7fc",
    "private and unassigned": "a\ue000b\U000f0000c\u0378",
}


EVIL["all of it"] = "".join(EVIL.values())

AT_ONCE = ("line", "all of it")
"""Where each takes long: what breaks a line, and all kinds together."""

ALL_OR_THOROUGH = ("all of it", pytest.param("line", marks=pytest.mark.thorough))


def assert_harmless(text: str, *, lines: bool = True) -> None:
    """Nothing but printable characters, in lines."""
    for line in text.split("\n") if lines else [text]:
        assert line.isprintable(), repr(line)
    assert "\nforged" not in text


FIELDS: dict[str, Callable[[dict[str, Any], str], None]] = {
    **{
        name: lambda header, evil, name=name: header.update({name: evil})  # type: ignore[misc]
        for name in ("run", "scenario", "title", "question", "device", "dtype", "data_digest")
    },
    "versions": lambda header, evil: header.update(versions={evil: evil}),
    "a claim's text": lambda header, evil: header.update(claims=[[evil, "bce.nll < 1"]]),
    "a claim's test": lambda header, evil: header.update(claims=[["It is", f"bce.nll < {evil}"]]),
    "a head's loss": lambda header, evil: header["heads"][0].update(loss=evil),
    "a head's name": lambda header, evil: header["heads"][0].update(name=evil),
    "a score": lambda header, evil: header.update(score_names=[evil]),
    "an unknown key": lambda header, evil: header.update({evil: 1}),
}
COLUMNS = ("state", "message", "host")


@pytest.fixture
def run(new_run: Callable[..., RunWriter], frame: Callable[..., Frame], tmp_path: Path) -> Path:
    writer = new_run("odd", tmp_path)
    for step in (0, 50):
        writer.append_frame(frame(step))
    writer.finish("failed", RunSummary(50, 1.0, 0.5, 0.4, 0.1), "a log\n", "a message")
    return writer.path


def say_everything(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What every command and the dashboard make of a run is harmless."""
    out = run.parent / "out"
    folder = ["--runs", str(run.parent)]
    for arguments in (
        ["runs", *folder],
        ["runs", "--json", *folder],
        ["watch", str(run), "--headless"],
        ["watch", str(run), "--json"],
        ["export", str(run), "--format", "svg", "--out", str(out), "--force"],
        ["export", str(run), "--format", "csv", "--out", "-"],
        ["export", str(run), "--format", "jsonl", "--out", "-"],
        ["pause", str(run)],
        ["resume", str(run), "--headless"],
        ["watch", "o", *folder],
    ):
        assert main(arguments) in (0, 2, 3)
        said, errors = capsys.readouterr()
        assert_harmless(said)
        assert_harmless(errors)
        assert "fault of objtui" not in errors
        assert len([line for line in errors.splitlines() if "error: " in line]) <= 1
        if out.exists():
            assert_harmless(out.read_text(encoding="utf-8"))
            out.unlink()


def draw_everything(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dashboard, of which no error is of interest here, and the picker's rows."""
    from objtui.errors import ObjtuiError
    from objtui.runfile.find import list_runs

    for row in run_rows(list_runs(run.parent), time.time(), Theme()):
        assert_harmless(row.detail, lines=False)
        for cell in row.cells:
            assert_harmless(cell.plain, lines=False)
    try:
        lines = dashboard_lines([run], 120, 40)
    except ObjtuiError as error:
        assert_harmless(printable(str(error)), lines=False)
        return
    for line in lines:
        assert_harmless(line.plain, lines=False)


@pytest.mark.parametrize("evil", ALL_OR_THOROUGH)
@pytest.mark.parametrize("field", FIELDS)
def test_texts_of_a_header(
    field: str,
    evil: str,
    run: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(sqlite3.connect(run)) as connection, connection:
        (text,) = connection.execute("SELECT json FROM header").fetchone()
        header = json.loads(text)
        FIELDS[field](header, EVIL[evil])
        connection.execute("UPDATE header SET json = ?", (json.dumps(header),))
    say_everything(run, capsys)
    if field not in ("run", "dtype", "data_digest", "versions", "score", "an unknown key"):
        draw_everything(run, monkeypatch)


@pytest.mark.parametrize("evil", ALL_OR_THOROUGH)
@pytest.mark.parametrize("column", COLUMNS)
def test_texts_of_a_status(
    column: str,
    evil: str,
    run: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(sqlite3.connect(run)) as connection, connection:
        text = EVIL[evil].encode("utf-8", "ignore").decode()  # SQLite has no surrogates
        connection.execute(f"UPDATE status SET {column} = ?", (text,))
        if column == "host":
            connection.execute("UPDATE status SET state = 'crashed'")
    say_everything(run, capsys)
    draw_everything(run, monkeypatch)


@pytest.mark.parametrize("evil", AT_ONCE)
def test_names_of_tables_that_sqlite_repeats(
    evil: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = EVIL[evil].encode("utf-8", "ignore").decode().replace("\x00", "")
    with closing(sqlite3.connect(run)) as connection, connection:
        connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM "{name} of another"')
    say_everything(run, capsys)


@pytest.mark.parametrize("evil", AT_ONCE)
def test_names_of_files_and_folders(
    evil: str, run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = EVIL[evil].replace("\x00", "").replace("\ud800", "\udcff").replace("\udc9b", "\udc80")
    folder = run.parent / name
    folder.mkdir()
    moved = Path(os.rename(run, folder / f"o{name}.objtui") or folder / f"o{name}.objtui")
    say_everything(moved, capsys)
    draw_everything(moved, monkeypatch)
    moved.write_bytes(b"no run file")
    say_everything(moved, capsys)
    draw_everything(moved, monkeypatch)


SCENARIO = {
    "title": "title = {evil}\n",
    "question": "title = 'a'\nquestion = {evil}\n",
    "a key": "{evil} = 1\n",
    "a source": "[data]\nsource = {evil}\n",
    "a device": "[train]\ndevice = {evil}\n",
    "a mirror": '[[heads]]\nname = "a"\nloss = "ce"\nmirror = {evil}\n',
    "a head": "[[heads]]\nname = {evil}\nloss = {evil}\n",
    "a claim": "[[claims]]\ntext = {evil}\ntest = {evil}\n",
    "features": '[data]\nsource = "table"\ntrain = {evil}\ntargets = {evil}\nfeatures = [{evil}]\n',
    "no TOML": "= {evil}",
}
REST = """
[data]
source = "points"
features = [[0.0], [1.0]]
targets = [0, 1]
[[heads]]
name = "bce"
loss = "bce"
"""


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("part", SCENARIO)
def test_texts_of_a_scenario(
    part: str, evil: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quoted = "".join(f"\\U{ord(letter):08x}" for letter in EVIL[evil])
    text = SCENARIO[part].format(evil=f'"{quoted}"')
    (tmp_path / "plain.toml").write_text(text)
    (tmp_path / "whole.toml").write_text(text + ("" if "[" in text else REST))
    for name in ("plain", "whole"):
        for arguments in (["show"], ["run", "--headless", "--seeds", "0"], ["check"]):
            if name == "whole" and arguments[0] == "check":
                continue
            code = main([arguments[0], str(tmp_path / f"{name}.toml"), *arguments[1:]])
            said, errors = capsys.readouterr()
            assert code in (0, 2)
            assert_harmless(said)
            assert_harmless(errors)
    for row in scenario_rows(tmp_path, Theme()):
        assert_harmless(row.detail, lines=False)


@pytest.mark.parametrize("evil", EVIL)
def test_texts_of_the_command_line_and_the_first_line(
    evil: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    word = EVIL[evil].replace("\ud800", "\udcff")  # as an argument that is no UTF-8 comes
    for arguments in (
        [word],
        ["runs", f"--{word}"],
        ["runs", "--runs", word.replace("\x00", "")],
        ["watch", word],
        ["export", word, "--format", word],
        ["run", word, "--headless"],
        ["run", "nuclei", "--set", word],
        ["run", "nuclei", "--name", word, "--headless"],
        ["new", str(tmp_path / "no" / word)],
    ):
        main(arguments)
        said, errors = capsys.readouterr()
        assert_harmless(said)
        assert_harmless(errors)
        assert "fault of objtui" not in errors
    assert_harmless(starting_line(word, 80, word).plain, lines=False)


RAW = {"encode_line", "dumps", "render_scenario"}
"""What makes text that has escapes of its own: JSON and TOML."""


def test_commands_write_through_one_gate_alone() -> None:
    folder = Path(objtui.__file__).parent / "cli"
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "print"):
                continue
            words = ast.unparse(node)
            is_raw = not node.args or any(name in words for name in RAW)
            assert is_raw or "!r}" in words or file.name in ("help.py", "completion.py"), (
                f"{file}: {words}"
            )
