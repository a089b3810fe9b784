"""Naming and opening the files of a data set, and saying what is wrong with them."""

from __future__ import annotations

import difflib
import os
import reprlib
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from objtui.datafiles.provenance import note_file
from objtui.errors import DataError, KeyPath
from objtui.files import open_regular

PROBLEMS_SHOWN = 10
"""Problems of one kind of check that are spelled out; the others are counted."""

_LONGEST = 80  # characters of a quoted value
_LONGEST_PATH = 400  # characters of a path

_REPR = reprlib.Repr()  # bounded in depth and length, whatever a file holds
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = _LONGEST


class Problems:
    """Collects problems, so that a person sees them at once instead of one a try."""

    def __init__(self) -> None:
        self._shown: list[tuple[KeyPath, str]] = []
        self._count = 0

    def add(self, problem: str, key: KeyPath = ()) -> None:
        """Note one problem: a line that names the place and what was expected, and its key."""
        self._count += 1
        if len(self._shown) < PROBLEMS_SHOWN:
            self._shown.append((key, problem))

    @property
    def are_only_counted(self) -> bool:
        """Whether so many are shown that the words of further ones are in vain."""
        return self._count >= PROBLEMS_SHOWN

    def raise_if_any(self) -> None:
        """Raise DataError with the first problems and the number of the others."""
        if not self._count:
            return
        hidden = self._count - len(self._shown)
        more = f"and {hidden} more problem{'s' if hidden > 1 else ''} like these"
        key = self._shown[-1][0]
        raise DataError.of([*self._shown, (key, more)] if hidden else self._shown)


@dataclass(frozen=True, slots=True)
class Oddity:
    """A kind of thing that is read although it is not as it should be; `{n}` is their number."""

    one: str
    several: str


class Notices:
    """Counts what was read otherwise than it is written: one line a kind."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._counts: dict[Oddity, int] = {}
        self._first: dict[Oddity, str] = {}

    def add(self, oddity: Oddity, example: str) -> None:
        """Count one; the example of the first is told."""
        self._counts[oddity] = self._counts.get(oddity, 0) + 1
        self._first.setdefault(oddity, example)

    def count(self, oddity: Oddity) -> int:
        """How many there were."""
        return self._counts.get(oddity, 0)

    def lines(self) -> tuple[str, ...]:
        """A line a kind, in the order in which they came up."""
        name = shown(Path(self._path.name))
        return tuple(
            f"{name}: {count} {oddity.one if count == 1 else oddity.several} "
            f"({'' if count == 1 else 'the first: '}{self._first[oddity]})"
            for oddity, count in self._counts.items()
        )


@contextmanager
def under_key(*key: str | int) -> Iterator[None]:
    """Within the block, problems that name no key of the scenario are of this one."""
    try:
        yield
    except DataError as error:
        raise error.under(key) from error


def quoted(value: object) -> str:
    """A value of a file as one short printable line, whatever it holds."""
    text = _REPR.repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def shown(path: Path) -> str:
    """A path as one printable line."""
    text = str(path)
    text = text if text.isprintable() else repr(text)
    return text if len(text) <= _LONGEST_PATH else f"{text[:_LONGEST_PATH]}…"


def nearest_hint(name: str, names: Iterable[str]) -> str:
    """What to add to a message about an unknown name: the nearest one, else all of them."""
    listed = list(names)
    if not listed:
        return "there is none"
    folded = {each.casefold(): each for each in listed[:10_000]}
    if close := difflib.get_close_matches(name.casefold(), folded, n=1):
        return f"did you mean {quoted(folded[close[0]])}?"
    few = ", ".join(quoted(each) for each in listed[:PROBLEMS_SHOWN])
    return f"it has {few}" + (", …" if len(listed) > PROBLEMS_SHOWN else "")


def data_file(path: Path) -> Path:
    """`path`, which must be a regular file: a pipe or a device may never end."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise DataError(f"{shown(path)}: {error.strerror}") from error
    except ValueError as error:  # a null character or a lone surrogate in the name
        raise DataError(f"{shown(path)}: is no possible file name") from error
    if not stat.S_ISREG(mode):
        remedy = "; write what comes through it into a file" if stat.S_ISFIFO(mode) else ""
        raise DataError(f"{shown(path)}: is not a regular file{remedy}")
    note_file(path)
    return path


def file_text(path: Path, most: int) -> str:
    """The text of a regular file of at most `most` bytes, with or without a byte order mark.

    Lines end in a newline, whatever system wrote them. Raises DataError, FileNotFoundError
    where there is no such file.
    """
    try:
        with open_regular(path, follow_links=True) as file:
            content = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(path) from None
    except OSError as error:
        raise DataError(f"{shown(path)}: {error.strerror}") from error
    note_file(path)
    if len(content) > most:
        raise DataError(f"{shown(path)}: is larger than {most / 1e6:g} MB, as none of its kind is")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{shown(path)}:{line}: not UTF-8: byte 0x{content[error.start]:02x}; save it as "
            "plain text in UTF-8"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


@contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a parser raises over the file `path` into a DataError that names it."""
    try:
        yield
    except (DataError, MemoryError):
        raise
    except Exception as error:  # parsers of damaged bytes raise errors of every type
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        reason = reason if reason.isprintable() else repr(reason)
        raise DataError(f"{shown(path)}: cannot be read as {kind}: {reason}") from error
