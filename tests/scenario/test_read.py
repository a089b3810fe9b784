"""A scenario's text, from whatever a shell can hand over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from objtui.errors import ScenarioError, UsageError
from objtui.runfile.names import stem_of
from objtui.scenario.read import STDIN, base_of, read_text, scenario_path

TEXT = 'title = "a"\n[data]\nsource = "gaussians"\n[[heads]]\nname = "bce"\nloss = "bce"\n'


def show(*arguments: str, stdin: bytes = b"", command: str = "show") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "objtui", command, *arguments],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("name", ["-", STDIN])
def test_a_scenario_comes_through_standard_input(name: str) -> None:
    code, out, error = show(name, stdin=TEXT.encode())
    assert (code, error) == (0, "")
    assert 'source = "gaussians"' in out
    code, _, error = show(name, stdin=b"x =")
    assert code == 2
    assert error.startswith(f"objtui: error: {STDIN}:1: not valid TOML")


def test_what_a_shell_substitutes_is_a_pipe_of_this_process(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, TEXT.encode())
    os.close(writing)
    path = scenario_path(f"/dev/fd/{reading}")
    assert read_text(path, "pipe") == TEXT
    assert base_of(path) == Path.cwd()
    assert stem_of(str(path)) == "stdin"
    assert base_of(tmp_path / "a.toml") == tmp_path
    os.close(reading)
    with pytest.raises(UsageError, match="cannot read pipe: Bad file descriptor"):
        read_text(path, "pipe")


def test_a_pipe_with_a_name_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a pipe.toml"
    os.mkfifo(path)
    with pytest.raises(UsageError) as refused:
        read_text(path, str(path))
    assert str(refused.value).endswith(f"as a pipe: objtui run - < '{path}'")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_another_encoding_is_told_what_to_do(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(TEXT.replace('"a"', '"\u00e9"').encode(encoding))
    with pytest.raises(ScenarioError, match=r"a.toml:1: not UTF-8: byte 0x.*save it as plain text"):
        read_text(path, "a.toml")


def test_a_nul_byte_is_called_that(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(TEXT.encode() + b"\0")
    with pytest.raises(ScenarioError, match=r"a.toml:7: holds a NUL byte; save it as plain text"):
        read_text(path, "a.toml")


def test_standard_input_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    code, _, error = show("-", "-", "--runs", str(tmp_path), stdin=b"x =", command="check")
    assert (code, error.count("\n")) == (2, 1)
    assert "not valid TOML" in error


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(tmp_path: Path, end: str) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", end).encode())
    assert read_text(path, "a.toml") == TEXT
