"""Whether a terminal can show pixels, by what protocol, and how many a cell has: it is asked.

A terminal that does not answer shows half-blocks; nothing waits for it.
"""

from __future__ import annotations

import fcntl
import re
import struct
import termios
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

VARIABLE = "OBJTUI_PICTURES"
"""The environment variable that says what to show pictures by; CHOICES has its values."""

Choice = Literal["auto", "half-blocks", "kitty", "sixel"]
CHOICES: tuple[Choice, ...] = ("auto", "half-blocks", "kitty", "sixel")

QUERY_IMAGE = 31
"""The number of an image of one pixel, which is only asked about."""

KITTY_QUESTION = f"\x1b_Gi={QUERY_IMAGE},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
CELL_QUESTION = "\x1b[16t"
ATTRIBUTES_QUESTION = "\x1b[c"
"""Which every terminal answers, so that it comes last: nothing else is to be waited for then."""

SIXEL_ATTRIBUTE = "4"

ANSWER_S = 3.0
"""What comes later is no answer: it may be pasted."""

MAX_CELL = 256

_ATTRIBUTES = re.compile(r"\x1b\[\?([\d;]*)c")
_KITTY = re.compile(rf"\x1b_Gi={QUERY_IMAGE}(?:,[^;]*)?;(\w+).*", re.DOTALL)
_CELL = re.compile(r"\x1b\[6;(\d{1,4});(\d{1,4})t")

MULTIPLEXERS = ("screen", "tmux")
"""Beginnings of TERM where another program draws for the terminal, and may not pass pixels on."""

NO_STRINGS = ("linux", "cons25", "vt220", "dumb")
"""Kinds of terminals that may show the question, instead of reading it."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What is known of a terminal so far.

    Attributes:
        protocol: by which pictures are shown in pixels; None for none.
        cell: width and height of a cell in pixels; None while unknown.
    """

    protocol: Literal["kitty", "sixel"] | None = None
    cell: tuple[int, int] | None = None

    def with_answer(self, text: str) -> Capability:
        """What is known after one of the answers; others change nothing. Kitty's is preferred."""
        kitty = _KITTY.fullmatch(text)
        if kitty and kitty[1] == "OK":
            return replace(self, protocol="kitty")
        if attributes := _ATTRIBUTES.fullmatch(text):
            has_sixel = SIXEL_ATTRIBUTE in attributes[1].split(";")[1:]
            return replace(self, protocol=self.protocol or ("sixel" if has_sixel else None))
        if cell := _CELL.fullmatch(text):
            return self.with_cell(int(cell[2]), int(cell[1]))
        return self

    def with_cell(self, width: int, height: int) -> Capability:
        """What is known with the size of a cell, where it can be one."""
        fits = 1 < width <= MAX_CELL and 1 < height <= MAX_CELL
        return replace(self, cell=(width, height)) if fits else self


def chosen(environ: Mapping[str, str]) -> Choice:
    """What the user wants; "auto" for a value that is none."""
    value = environ.get(VARIABLE, "").strip().lower()
    return next((choice for choice in CHOICES if choice == value), "auto")


def question(environ: Mapping[str, str]) -> str:
    """What to ask this terminal; empty where it is better not asked."""
    choice = chosen(environ)
    if choice == "half-blocks":
        return ""
    if choice in ("kitty", "sixel"):
        return CELL_QUESTION
    term = environ.get("TERM", "")
    if environ.get("TMUX") or environ.get("STY") or term.startswith((*MULTIPLEXERS, *NO_STRINGS)):
        return ""
    return KITTY_QUESTION + CELL_QUESTION + ATTRIBUTES_QUESTION


def at_first(environ: Mapping[str, str]) -> Capability:
    """What is known of a terminal before it answers: what the user says."""
    choice = chosen(environ)
    return Capability(choice) if choice in ("kitty", "sixel") else Capability()


def cell_pixels(descriptor: int) -> tuple[int, int] | None:
    """Width and height of a cell as the system knows them; None where it does not."""
    try:
        raw = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, b"\0" * 8)
    except OSError:
        return None
    rows, columns, width, height = struct.unpack("HHHH", raw)
    return (width // columns, height // rows) if rows and columns and width and height else None
