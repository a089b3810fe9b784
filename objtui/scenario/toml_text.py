"""Values as TOML text, for messages and for whole scenarios."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def toml_string(text: str) -> str:
    """A basic string in quotes, on one line, everything unprintable escaped."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def toml_key(key: str) -> str:
    """A key, quoted only where it must be."""
    return key if _BARE_KEY.fullmatch(key) else toml_string(key)


def toml_value(value: object) -> str:
    """A value on one line; TypeError for what TOML has no form for."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else repr(value).lower()
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{toml_key(str(key))} = {toml_value(item)}" for key, item in value.items())
        return "{ " + ", ".join(pairs) + " }" if value else "{}"
    raise TypeError(f"TOML has no {type(value).__name__}")


_LONGEST_SHOWN = 60


def shown_value(value: object) -> str:
    """A value as a message shows it: short, whatever was written."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        scalars = all(isinstance(item, bool | int | float | str) for item in value)
        text = toml_value(value) if scalars and len(value) <= 8 else ""
        return text if 0 < len(text) <= _LONGEST_SHOWN else f"a list of {len(value)}"
    if isinstance(value, str):
        cut = value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 1] + "…"
        return toml_string(cut)
    if isinstance(value, bool | int | float):
        text = toml_value(value)
        return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
    return f"the date or time {value}"
