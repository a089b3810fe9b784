"""What the terminal that we write to can show, read from its stream and environment."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Mapping
from typing import TextIO


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
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether to write colours: on a terminal, unless NO_COLOR is set to anything."""
    return is_terminal(stream, environ) and not environ.get("NO_COLOR")


def has_utf8_locale(environ: Mapping[str, str]) -> bool:
    """Whether the user's own locale is a UTF-8 one.

    The variables are looked at, not the locale in force: Python makes the C
    locale a UTF-8 one, which says nothing about the terminal.
    """
    value = next((environ[key] for key in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(key)), "")
    name = locale.normalize(value).partition(".")[2] or value.partition(".")[2]
    return name.partition("@")[0].lower().replace("-", "") == "utf8"


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


def printable(text: str) -> str:
    """A text of a file without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
