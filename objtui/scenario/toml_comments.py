"""Lines of a scenario with what they mean beside or above them."""

from __future__ import annotations

from objtui.scenario.toml_text import toml_key, toml_value

MAX_LINE = 100
"""Characters of a line, as far as a comment can be broken."""

_COMMENT_COLUMN = 34


def entry(key: str, value: object, meaning: str) -> list[str]:
    """A key with its value, and its meaning beside it, or above where there is no room."""
    text = f"{toml_key(key)} = {toml_value(value)}"
    if not meaning:
        return [text]
    line = f"{text:<{_COMMENT_COLUMN}}# {_printable(meaning)}"
    if len(line) <= MAX_LINE and len(text) < _COMMENT_COLUMN:
        return [line]
    return [*comment(meaning), text]


def comment(text: str) -> list[str]:
    """A text as lines of comment; nothing in it, as a line end in a name, ends the comment."""
    lines, line = [], "#"
    for word in _printable(text).split(" "):
        if len(line) + 1 + len(word) > MAX_LINE and line != "#":
            lines.append(line)
            line = "#"
        line += f" {word}"
    return [*lines, line]


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
