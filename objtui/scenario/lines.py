"""From key paths to line numbers in the text of a TOML file.

`tomllib` gives values without positions, so the text is scanned a second time,
only for the keys that a problem names. The scanner expects text that `tomllib`
has accepted, yet ends on any text.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from objtui.errors import KeyPath
from objtui.scenario.toml_text import toml_key


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong at a key path; `other` is a place to be named beside it."""

    path: KeyPath
    message: str
    other: KeyPath | None = None


_DEEPEST = 8
"""Longest key path that is looked for; a scenario has none longer than 5."""

_LONGEST_SHOWN = 60  # characters of a part of a key in messages

_BLANK = re.compile(r"[ \t]*")
_TRIVIA = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*+")
_HEADER_END = re.compile(r"[ \t\]]*")
_REST_OF_LINE = re.compile(r"[^\n]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_STRINGS = {
    '"""': re.compile(r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}', re.DOTALL),
    "'''": re.compile(r"'''(?:[^']++|'{1,2}(?!'))*+'{3,5}", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\\n]++|\\.)*+"'),
    "'": re.compile(r"'[^'\n]*'"),
}


def show_path(path: KeyPath) -> str:
    """A key path as people read it: `heads[1].loss`."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            key = toml_key(part if len(part) <= _LONGEST_SHOWN else f"{part[:_LONGEST_SHOWN]}…")
            shown += f".{key}" if shown else key
    return shown


def find_lines(text: str, paths: Iterable[KeyPath]) -> dict[KeyPath, int]:
    """The line, from 1, of every path: of its key, or of what is nearest above it.

    A key that is missing is at the header of its table, a missing table at line 1.
    """
    shortened = [path[:_DEEPEST] for path in paths]
    wanted = {path[:end] for path in shortened for end in range(1, len(path) + 1)}
    line_of = _Scanner(text, wanted).scan() if wanted else {}
    lines: dict[KeyPath, int] = {}
    for path in shortened:
        prefixes = (path[:end] for end in range(len(path), 0, -1))
        lines[path] = next((line_of[part] for part in prefixes if part in line_of), 1)
    return lines


@dataclass
class _Container:
    """An array or inline table that the scanner is inside of."""

    path: KeyPath
    closing: str
    index: int = 0


class _Scanner:
    """One pass over the text; every method starts at `pos` and leaves it further on."""

    def __init__(self, text: str, wanted: set[KeyPath]) -> None:
        self.text = text
        self.wanted = wanted
        self.pos = 0
        self.newlines = [match.start() for match in re.finditer("\n", text)]
        self.tables: dict[KeyPath, int] = {}  # of each array of tables, how many so far
        self.line_of: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self._skip(_TRIVIA):
            line_start = self.pos
            if self.text[self.pos] == "[":
                table = self._header()
            else:
                path = (*table, *self._key())
                self._record(path, line_start)
                self._skip(_BLANK)
                if path != table and self._take("="):
                    self._value(path)
            self._skip(_BLANK)
            if self.pos == line_start or not self._at_line_end():
                self._skip(_REST_OF_LINE)
        return self.line_of

    def _header(self) -> KeyPath:
        """The path of the table that `[a.b]` or `[[a.b]]` opens."""
        start = self.pos
        several = self.text.startswith("[[", start)
        self.pos += 2 if several else 1
        keys = self._key()
        path: KeyPath = ()
        for place, key in enumerate(keys):
            path = (*path, key)
            if several and place == len(keys) - 1:
                self.tables[path] = self.tables.get(path, 0) + 1
            if path in self.tables:
                self._record(path, start)
                path = (*path, self.tables[path] - 1)
        self._record(path, start)
        self._skip(_HEADER_END)
        return path

    def _key(self) -> KeyPath:
        """A dotted key as its parts; empty where there is none."""
        parts: list[str] = []
        while True:
            self._skip(_BLANK)
            part = self._key_part()
            if part is None:
                return tuple(parts)
            if len(parts) < _DEEPEST:  # a longer one is never asked for
                parts.append(part)
            self._skip(_BLANK)
            if not self._take("."):
                return tuple(parts)

    def _key_part(self) -> str | None:
        if bare := _BARE_KEY.match(self.text, self.pos):
            self.pos = bare.end()
            return bare.group()
        for quote in ('"', "'"):
            if quoted := _STRINGS[quote].match(self.text, self.pos):
                self.pos = quoted.end()
                try:
                    return str(tomllib.loads(f"key = {quoted.group()}")["key"])
                except tomllib.TOMLDecodeError:
                    return quoted.group()
        return None

    def _value(self, path: KeyPath) -> None:
        """A value with all that it holds; nesting is kept on a list, so it may be deep."""
        self._skip(_BLANK)
        inside: list[_Container] = []
        self._open_or_scalar(path, inside)
        while inside and self._skip(_TRIVIA):
            top = inside[-1]
            if self._take(top.closing):
                inside.pop()
            elif self._take(","):
                top.index += 1
            elif top.closing == "]":
                self._element((*top.path, top.index), self.pos, inside)
            else:
                start = self.pos
                path = (*top.path, *self._key())
                self._skip(_BLANK)
                if path != top.path and self._take("="):
                    self._skip(_BLANK)
                    self._element(path, start, inside)
                elif self.pos == start:
                    self.pos += 1

    def _element(self, path: KeyPath, start: int, inside: list[_Container]) -> None:
        if path in self.wanted or isinstance(path[-1], str):  # a list's own path is known
            self._record(path, start)
        self._open_or_scalar(path[: _DEEPEST + 1], inside)

    def _open_or_scalar(self, path: KeyPath, inside: list[_Container]) -> None:
        if self._take("["):
            inside.append(_Container(path, "]"))
        elif self._take("{"):
            inside.append(_Container(path, "}"))
        else:
            self._scalar()

    def _scalar(self) -> None:
        """A string or bare value; at least one character, so that every scan ends."""
        for quote, pattern in _STRINGS.items():
            if self.text.startswith(quote, self.pos):
                string = pattern.match(self.text, self.pos)
                self.pos = string.end() if string else len(self.text)
                return
        bare = _SCALAR.match(self.text, self.pos)
        if bare:
            self.pos = bare.end()
        elif not self._at_line_end():
            self.pos += 1

    def _record(self, path: KeyPath, position: int) -> None:
        """Note the line of a path and of the tables that it opens, unless noted before."""
        for end in range(1, min(len(path), _DEEPEST) + 1):
            prefix = path[:end]
            if prefix in self.wanted and prefix not in self.line_of:
                self.line_of[prefix] = bisect_right(self.newlines, position) + 1

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        """Skip what the pattern matches here; whether text is left."""
        if match := pattern.match(self.text, self.pos):
            self.pos = match.end()
        return self.pos < len(self.text)

    def _take(self, expected: str) -> bool:
        """Step over `expected` if it is next."""
        if self.text.startswith(expected, self.pos):
            self.pos += len(expected)
            return True
        return False

    def _at_line_end(self) -> bool:
        return self.pos >= len(self.text) or self.text[self.pos] in "\r\n#"
