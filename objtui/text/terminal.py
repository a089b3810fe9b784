"""What the terminal that we write to can show, read from its stream and environment."""

from __future__ import annotations

import locale
import os
import re
import shutil
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TextIO

COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
"""What Python may put into LC_CTYPE in the place of the C locale (PEP 538)."""

INITIAL_ENVIRONMENT = Path("/proc/self/environ")
"""The environment that this process began with, as Linux keeps it."""


def is_terminal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether a stream is a terminal that understands escape codes."""
    return stream.isatty() and environ.get("TERM", "") not in ("", "dumb")


def why_no_terminal(stream: TextIO, environ: Mapping[str, str]) -> str:
    """Why `is_terminal` says no of stdout, in words; empty where it says yes."""
    if not stream.isatty():
        return "stdout is no terminal"
    term = environ.get("TERM", "")
    return "" if is_terminal(stream, environ) else f"TERM is {term or 'not set'}"


def why_no_dashboard(environ: Mapping[str, str]) -> str:
    """Why the standard streams cannot hold a dashboard, in words; empty where they can.

    It is drawn on stderr, which Textual writes to, and read from stdin.
    """
    if reason := why_no_terminal(sys.stdout, environ):
        return reason
    for name, stream in (("stdin", sys.stdin), ("stderr", sys.stderr)):
        if not stream.isatty():
            return f"{name} is no terminal"
    return ""


def leave_stdout() -> None:
    """Point stdout at nothing, so that not even the interpreter's last flush fails on it."""
    _leave(sys.stdout)


def _leave(stream: TextIO) -> None:
    with suppress(ValueError, OSError), open(os.devnull, "w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether to write colours: on a terminal, unless NO_COLOR is set to anything."""
    return is_terminal(stream, environ) and not environ.get("NO_COLOR")


def settle_environment(environ: MutableMapping[str, str]) -> None:
    """Make the environment of this process say what is so, once, before anything reads it.

    Python makes the C locale a UTF-8 one by a variable of its own (PEP 538), which says nothing
    about the terminal: it is taken out. So are COLUMNS and LINES where the terminal itself knows
    its size: they were exported at some time and do not follow it.
    """
    users = _locale_before_python(environ)
    if users:
        environ["LC_CTYPE"] = users
    else:
        environ.pop("LC_CTYPE", None)
    if sys.stdout is not None and sys.stdout.isatty() and _size_of(sys.stdout.fileno()):
        for name in ("COLUMNS", "LINES"):
            environ.pop(name, None)


def terminal_size(descriptor: int | None = None) -> os.terminal_size:
    """The columns and lines of a terminal, by default the one that stdout is.

    Where it does not know, COLUMNS and LINES say so, else there are 80 and 24.
    """
    if descriptor is None and sys.stdout is not None and sys.stdout.isatty():
        descriptor = sys.stdout.fileno()
    size = None if descriptor is None else _size_of(descriptor)
    return size or shutil.get_terminal_size()


def _size_of(descriptor: int) -> os.terminal_size | None:
    """What the terminal says; None where it is none, or does not know, as over a serial line."""
    try:
        size = os.get_terminal_size(descriptor)
    except OSError:
        return None
    return size if size.columns and size.lines else None


def _locale_before_python(environ: Mapping[str, str]) -> str:
    """LC_CTYPE as this process was given it; empty where it was not."""
    value = environ.get("LC_CTYPE", "")
    if value not in COERCED or environ.get("LC_ALL"):
        return value  # Python leaves every other one alone
    try:
        given = INITIAL_ENVIRONMENT.read_bytes().split(b"\0")
    except OSError:  # a system that does not keep it
        return "" if environ.get("LANG") in ("C", "POSIX") else value
    key = b"LC_CTYPE="
    values = [entry.removeprefix(key) for entry in given if entry.startswith(key)]
    return values[0].decode(errors="replace") if values else ""


def has_utf8_locale(environ: Mapping[str, str]) -> bool:
    """Whether the user's own locale is a UTF-8 one, in a settled environment.

    The variables are looked at, not the locale in force: one that this machine does not have
    is the terminal's all the same.
    """
    value = next((environ[key] for key in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(key)), "")
    name = locale.normalize(value).partition(".")[2] or value.partition(".")[2] or value
    return name.partition("@")[0].lower().replace("-", "") == "utf8"


def why_ascii(environ: Mapping[str, str]) -> str:
    """Why letters beyond ASCII are not to be drawn, in words; empty where they may be.

    The fonts of Linux's own console have 256 or 512 letters: neither braille nor eighths of blocks.
    """
    if not has_utf8_locale(environ):
        return "the locale is not UTF-8"
    return "the font of a Linux console has no others" if environ.get("TERM") == "linux" else ""


def colour_depth(environ: Mapping[str, str]) -> str:
    """How many colours the environment promises, in words."""
    if environ.get("NO_COLOR"):
        return "none (NO_COLOR is set)"
    term = environ.get("TERM", "")
    if term in ("", "dumb"):
        return "none (TERM is " + (term or "unset") + ")"
    if environ.get("COLORTERM", "") in ("truecolor", "24bit") or term.endswith("-direct"):
        return "16 million"
    return "256" if "256color" in term else "16"


def printable(text: str, instead: str = " ") -> str:
    """A text, whoever wrote it, in one line and without what could steer a terminal.

    Blanks of any kind become spaces; control characters (C0, C1), marks of direction, what
    has no width, lone surrogates and characters without a meaning become `instead`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        letter
        if letter.isprintable() and letter not in _FILLERS
        else " "
        if letter.isspace()
        else instead
        for letter in text
    )


def printable_record(record: Any) -> Any:
    """A record of texts, such as a dataclass or tuple, with `printable` done to each of them."""
    if isinstance(record, str):
        return printable(record)
    if isinstance(record, tuple):
        return tuple(map(printable_record, record))
    if isinstance(record, dict):
        return {printable_record(key): printable_record(value) for key, value in record.items()}
    if is_dataclass(record) and not isinstance(record, type):
        changes = {
            each.name: printable_record(getattr(record, each.name)) for each in fields(record)
        }
        return replace(record, **changes)
    return record


def printable_line(line: str) -> str:
    """As `printable`, of a line of a report, in which `COLOURS` may stand."""
    return "".join(piece if piece in COLOURS else printable(piece) for piece in _COLOUR.split(line))


def say(line: str, out: TextIO | None = None) -> None:
    """Write a line for a person, by default to stdout: all that commands say passes here.

    What stderr does not take, as on a full disk, is lost, and the command goes on: nobody could be
    told.
    """
    out = sys.stdout if out is None else out
    try:
        out.write(f"{printable(line)}\n")
        out.flush()
    except OSError:
        if out is not sys.stderr:
            raise
        _leave(out)


COLOURS = frozenset(f"\x1b[{code}m" for code in ("0", "1", "2", "31", "32", "33"))
"""The only codes that text output has; of no text of a file, which passes `printable` alone."""

_COLOUR = re.compile(r"(\x1b\[(?:0|1|2|31|32|33)m)")


_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters of Hangul that take a place and show nothing."""
