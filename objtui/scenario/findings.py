"""What validation finds wrong, before it is known where in the file it stands."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from pydantic import ValidationError

from objtui.scenario.expected import data_sources, expected, keys_at, values_at
from objtui.scenario.lines import Finding, KeyPath
from objtui.scenario.toml_text import shown_value, toml_key
from objtui.text.nearest import nearest

Raw = dict[str, Any]
"""The tables of a scenario file as `tomllib` reads them."""

_INT64 = 2**63


def findings_of(error: ValidationError, raw: Raw) -> list[Finding]:
    """A validation error in words: one finding a key, in pydantic's order."""
    found: dict[KeyPath, Finding] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        kind, location = detail["type"], _without_source(detail["loc"])
        if kind == "extra_forbidden":
            finding = Finding(location, _unknown_key(location, raw))
        elif kind == "union_tag_not_found":
            finding = _wrong_source(raw)
        else:
            finding = _wrong_value(location, raw, missing=kind == "missing")
        found.setdefault(finding.path, finding)
    # pydantic counts only valid items, so a list with a wrong one may also be "too short".
    holders = {path[:end] for path in found for end in range(len(path))}
    return [item for path, item in found.items() if path not in holders or not _is_list(path, raw)]


def _is_list(path: KeyPath, raw: Raw) -> bool:
    return isinstance(_present(path, raw)[1], list)


def _without_source(location: KeyPath) -> KeyPath:
    """A location without the source's name, which pydantic puts after `data`."""
    return (location[0], *location[2:]) if location[:1] == ("data",) else location


def _wrong_source(raw: Raw) -> Finding:
    if not isinstance(raw.get("data"), dict):
        return Finding(("data",), f"expected a table, got {shown_value(raw.get('data'))}")
    return _wrong_value(("data", "source"), raw, missing="source" not in raw["data"])


def _wrong_value(location: KeyPath, raw: Raw, *, missing: bool) -> Finding:
    if location == ("data",) and isinstance(raw.get("data"), dict):
        return _wrong_source(raw)
    path, value = _present(location, raw)
    if missing and len(path) == len(location) - 1 and isinstance(value, dict):
        return Finding(location, f"missing; expected {expected(location, raw)}")
    message = f"expected {expected(path, raw)}, got {shown_value(value)}"
    near = nearest(value, values_at(path, raw)) if isinstance(value, str) else None
    return Finding(path, f'{message}; did you mean "{near}"?' if near else message)


def _present(location: KeyPath, raw: object) -> tuple[KeyPath, object]:
    """The part of a location that the file holds, and its value.

    What comes after it is pydantic's: the branch of a union, or a missing key.
    """
    value: Any = raw
    for depth, part in enumerate(location):
        keys: Container[object] = value if isinstance(value, dict) else ()
        if isinstance(value, list) and isinstance(part, int):
            keys = range(len(value))
        if part not in keys:
            return location[:depth], value
        value = value[part]
    return location, value


def _unknown_key(path: KeyPath, raw: Raw) -> str:
    table, key = path[:-1], str(path[-1])
    known = keys_at(table, raw)
    if near := nearest(key, known):
        return f"unknown key; did you mean {near}?"
    if table == ("data",):
        sources = [name for name, node in data_sources().items() if key in node["properties"]]
        if sources:
            return f"not a key of this source, only of {', '.join(sources)}"
    owners = [name for name in ("data", "model", "train") if key in keys_at((name,), raw)]
    if owners:
        return f"unknown key here; it belongs in [{owners[0]}]"
    if key in keys_at(("heads", 0), raw):
        return "unknown key here; it belongs in [[heads]]"
    return f"unknown key; known here: {', '.join(map(toml_key, known))}"


def too_large_integers(raw: Raw) -> Iterator[Finding]:
    """Integers beyond the 64 bits of TOML, which `tomllib` lets through."""
    waiting: list[tuple[KeyPath, object]] = [((), raw)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), item) for index, item in enumerate(value)]
        elif isinstance(value, int) and not -_INT64 <= value < _INT64:
            yield Finding(path, "expected a whole number of at most 64 bits")
