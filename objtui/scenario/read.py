"""Finding the file that a person means by SCENARIO, its text and tables. Light: no pydantic."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from objtui.errors import Problem, ScenarioError, UsageError
from objtui.files import open_regular
from objtui.scenario.bundled import bundled_names, bundled_path
from objtui.text.commands import shell_quote
from objtui.text.nearest import nearest

LARGEST_FILE = 16 * 1024 * 1024
"""Most bytes of a scenario file; rows by the million belong in a table file."""

MAX_KEY_PARTS = 16
"""Parts of a dotted key; a scenario has no key of more than 5."""

STDIN = "/dev/stdin"

_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,6})")

_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

_PART = r"""(?:(?<![A-Za-z0-9_-])[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_DEEP_KEY = re.compile(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MAX_KEY_PARTS},}}")
_TOKEN = re.compile(
    r'#[^\n]*+|"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}|'
    r"'''(?:[^']++|'{1,2}(?!'))*+'{3,5}|"
    rf"(?P<parts>{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+)",
    re.DOTALL,
)
_SEPARATOR = re.compile(rf"{_PART}[ \t]*+\.?")


def scenario_path(spec: str) -> Path:
    """The path that `spec` is, or that of the bundled scenario it names.

    A file that exists comes before a bundled name; `-` is standard input. Raises UsageError
    where `spec` is none of them.
    """
    if spec == "-":
        return Path(STDIN)
    looks_like_path = os.sep in spec or "/" in spec or spec.endswith(".toml")
    if looks_like_path or (os.path.exists(spec) and not os.path.isdir(spec)):
        return Path(spec)
    names = bundled_names()
    if spec in names:
        return bundled_path(spec)
    if os.path.isdir(spec):
        return Path(spec)  # reading it says what is wrong
    near = nearest(spec, names)
    hint = f'did you mean "{near}"? ' if near else ""
    raise UsageError(
        f'no scenario "{spec}" here or among the bundled ones; {hint}`objtui scenarios` lists them'
    )


def scenario_paths(spec: str) -> list[Path]:
    """As `scenario_path`, where a folder stands for every scenario file in it, by name.

    Raises UsageError also where it holds none.
    """
    path = scenario_path(spec)
    if not path.is_dir():
        return [path]
    files = sorted(entry for entry in path.glob("*.toml") if entry.is_file())
    if not files:
        _refuse_data(path, spec)
        raise UsageError(f"{path} is a folder without scenario files (*.toml)")
    return files


def base_of(path: Path) -> Path:
    """The folder that relative paths of a scenario file start from; of a pipe the current one."""
    return path.absolute().parent if _descriptor(path) is None else Path.cwd()


def read_text(path: Path, shown: str) -> str:
    """The text of a scenario file. Raises UsageError or ScenarioError.

    What a shell has opened for us, as standard input or `<(...)`, may be a pipe; a pipe with a
    name of its own may never have a writer, and is refused. Of data in its place the error says
    how a scenario is made of them.
    """
    try:
        if (descriptor := _descriptor(path)) is not None:
            with os.fdopen(os.dup(descriptor), "rb") as pipe:
                data = pipe.read(LARGEST_FILE + 1)
        else:
            _refuse_data(path, shown)
            with open_regular(path, follow_links=True) as file:
                data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise UsageError(f"no such scenario file: {shown}{_sibling(path)}") from None
    except IsADirectoryError:
        raise UsageError(f"{shown} is a folder; expected a scenario file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        remedy = f"; as a pipe: objtui run - < {shell_quote(shown)}" if _is_pipe(path) else ""
        raise UsageError(f"cannot read {shown}: {reason}{remedy}") from error
    if len(data) > LARGEST_FILE:
        raise ScenarioError(
            [
                Problem(
                    shown,
                    None,
                    "",
                    f"larger than {LARGEST_FILE >> 20} MB; rows belong in a .npz or .csv file, "
                    'with data.source = "table"',
                )
            ]
        )
    try:
        text = data.decode("utf-8-sig")
        place, what = data.find(b"\0"), "holds a NUL byte"
    except UnicodeDecodeError as error:
        place, what = error.start, f"not UTF-8: byte 0x{data[error.start]:02x}"
    if place >= 0:
        line = data.count(b"\n", 0, place) + 1
        raise ScenarioError([Problem(shown, line, "", f"{what}; save it as plain text in UTF-8")])
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_pipe(path: Path) -> bool:
    try:
        return path.is_fifo()
    except OSError:  # a name that is too long
        return False


def _descriptor(path: Path) -> int | None:
    """The open file of this process that a path names; None where it is an ordinary path."""
    if str(path) == STDIN:
        return 0
    match = _DESCRIPTOR.fullmatch(str(path))
    return int(match[1]) if match else None


def _refuse_data(path: Path, shown: str) -> None:
    """Raise UsageError where the path is that of data, as far as can be seen."""
    if path.suffix == ".toml":
        return
    # Late: it imports numpy, which a scenario need not wait for.
    from objtui.scenario.data_hints import data_hint

    if (hint := data_hint(path, Path(shown))) is not None:
        raise UsageError(hint)


def read_tables(text: str, path: str) -> dict[str, Any]:
    """The tables of a TOML text; ScenarioError where it is not TOML, empty, or too deep."""
    if (line := deep_key_line(text)) is not None:
        message = f"a key has more than {MAX_KEY_PARTS} parts; a scenario has none of more than 5"
        raise ScenarioError([Problem(path, line, "", message)])
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        line, column = text.count("\n") + 1, ""
        if place := _TOML_PLACE.search(message):
            message = message[: place.start()]
            if place[1]:
                line, column = int(place[1]), f", column {place[2]}"
            else:
                column = ", at the end of the file"
        problem = Problem(path, line, "", f"not valid TOML: {message}{column}")
        raise ScenarioError([problem]) from None
    except RecursionError:
        raise ScenarioError([Problem(path, None, "", "values are nested too deeply")]) from None
    except ValueError:  # of `int`, the one other that tomllib lets out
        raise ScenarioError([Problem(path, None, "", "a number has too many digits")]) from None
    if not raw:
        message = "holds no keys; `objtui new PATH` writes a starter scenario"
        raise ScenarioError([Problem(path, None, "", message)])
    return raw


def deep_key_line(text: str) -> int | None:
    """The line of the first dotted key of more than MAX_KEY_PARTS parts; None without one.

    Reading such a key takes the square of its parts, in time and in memory.
    """
    if _DEEP_KEY.search(text) is None:  # which may also stand in a string or a comment
        return None
    for token in _TOKEN.finditer(text):
        parts = token["parts"]
        if parts and sum(1 for _ in _SEPARATOR.finditer(parts)) > MAX_KEY_PARTS:
            return text.count("\n", 0, token.start()) + 1
    return None


def _sibling(path: Path) -> str:
    """A hint at a bundled scenario, or at a file of nearly this name in the same folder."""
    if path.name.endswith(".toml") and path.stem in bundled_names():
        return f'; did you mean the bundled "{path.stem}"?'
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == ".toml"]
    except OSError:
        return ""
    near = nearest(path.name, names)
    return f'; did you mean "{path.parent / near}"?' if near else ""
