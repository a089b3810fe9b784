"""Options of the command line that change keys of a scenario before it is validated."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from objtui.errors import KeyPath, Problem
from objtui.scenario.expected import keys_at
from objtui.scenario.findings import Raw
from objtui.scenario.lines import show_path
from objtui.scenario.read import MAX_KEY_PARTS
from objtui.text.nearest import nearest

SET = "--set"

MAX_SHOWN_KEY = 200
"""Characters of a key in a message; a scenario has none of more than 40."""


class Removal(Enum):
    """The value of an override that removes its key."""

    REMOVED = "removed"


@dataclass(frozen=True)
class Override:
    """A key to change: the option that asks for it, its dotted key, its new value or REMOVED."""

    option: str
    key: str
    value: object


@dataclass
class Applied:
    """What overrides did to the tables: the option behind every path they wrote."""

    options: dict[KeyPath, str]
    problems: list[Problem]

    def option_at(self, path: KeyPath) -> str | None:
        """The option that wrote what stands at `path`, if one did."""
        prefixes = (path[:end] for end in range(len(path), 0, -1))
        return next((self.options[part] for part in prefixes if part in self.options), None)


def parse_override(text: str) -> Override | Problem:
    """KEY=VALUE, the value read as TOML or else taken as a string; empty removes the key."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        return Problem(SET, None, "", f"expected KEY=VALUE, got {text!r:.80}")
    if not key.strip().isprintable():  # such as half a letter, of bytes that are no UTF-8
        return Problem(SET, None, "", f"no key of a scenario: {key!r:.80}")
    value = value.strip()
    return Override(SET, key.strip(), _value(value) if value else Removal.REMOVED)


def _value(text: str) -> object:
    try:
        tables = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return tables["value"] if len(tables) == 1 else text


def apply_overrides(raw: Raw, overrides: Iterable[Override]) -> Applied:
    """Write every override into the tables of a file, in order."""
    applied = Applied({}, [])
    for override in overrides:
        problem = _apply(raw, override, applied.options)
        if problem is not None:
            key = override.key[:MAX_SHOWN_KEY]
            applied.problems.append(Problem(override.option, None, key, problem))
    return applied


def _apply(raw: Raw, override: Override, options: dict[KeyPath, str]) -> str | None:
    """Write one override; what is wrong with its key, if anything is."""
    parts = override.key.replace("[", ".").replace("]", "").split(".")
    if len(parts) > MAX_KEY_PARTS:
        return f"a key has more than {MAX_KEY_PARTS} parts"
    place: object = raw
    path: KeyPath = ()
    for part in parts[:-1]:
        key = _find(place, part, path)
        if isinstance(key, _Missing):
            return key.why
        if isinstance(place, dict) and key not in place:
            place[key] = {}
            options[(*path, key)] = override.option
        path = (*path, key)
        place = place[key]  # type: ignore[index]
    key = _find(place, parts[-1], path)
    if isinstance(key, _Missing):
        return key.why
    if override.value is not Removal.REMOVED:
        place[key] = override.value  # type: ignore[index]
    elif why := _remove(raw, place, key, path):
        return why
    path = (*path, key)
    for below in [each for each in options if each[: len(path)] == path]:
        del options[below]
    options[path] = override.option
    return None


def _remove(raw: Raw, place: object, key: str | int, table: KeyPath) -> str | None:
    """Remove a key, which need not be there; why that cannot be, if it cannot."""
    if not isinstance(place, dict):
        return "only a key can be removed, not an item of a list; give a value"
    if key not in place and key not in (keys := keys_at(table, raw)):
        near = nearest(str(key), keys)
        return f"unknown key; did you mean {near}?" if near else "unknown key"
    place.pop(key, None)
    return None


@dataclass(frozen=True)
class _Missing:
    """Why a key leads nowhere."""

    why: str


def _find(place: object, part: str, path: KeyPath) -> str | int | _Missing:
    """The key or list position that a part of a dotted key means at `place`."""
    if isinstance(place, dict):
        return part if part else _Missing("a key has an empty part")
    if not isinstance(place, list):
        return _Missing(f"{show_path(path)} is neither a table nor a list")
    if part.isascii() and part.isdigit() and len(part) < 10:
        if int(part) < len(place):
            return int(part)
        return _Missing(f"{show_path(path)} has {len(place)} items, counted from 0")
    if path == ("heads",):
        return _head(place, part)
    return _Missing(f"{show_path(path)} is a list; expected a position in it, got {part!r}")


def _head(heads: list[object], name: str) -> int | _Missing:
    names = [head.get("name") if isinstance(head, dict) else None for head in heads]
    if name in names:
        return names.index(name)
    texts = [each for each in names if isinstance(each, str)]
    near = nearest(name, texts)
    hint = f'did you mean "{near}"?' if near else f"heads: {', '.join(texts)}"
    return _Missing(f'there is no head named "{name}"; {hint}')
