"""What validation finds wrong, before it is known where in the file it stands."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from objtui.errors import KeyPath
from objtui.scenario.expected import data_sources, expected, keys_at, values_at
from objtui.scenario.lines import Finding
from objtui.scenario.schema import SOURCES
from objtui.scenario.schema.model import MAX_LAYERS
from objtui.scenario.schema.train import MAX_SEEDS
from objtui.scenario.toml_text import shown_value, toml_key
from objtui.text.nearest import nearest

Raw = dict[str, Any]
"""The tables of a scenario file as `tomllib` reads them."""

MAX_ITEMS: dict[KeyPath, int] = {
    ("heads",): 1000,
    ("claims",): 1000,
    ("train", "seeds"): MAX_SEEDS,
    ("model", "hidden"): 1000,
    ("model", "layers"): MAX_LAYERS,
    **{("data", *key): most for table in SOURCES for key, most in table.max_items.items()},
}
"""Items of the lists that everything is done for again."""

_INT64 = 2**63
_DEEPEST = 8  # keys and list positions from the root
_MAX_EXPLAINED = 200  # errors that are told with the nearest spelling; nobody reads more


def findings_of(error: ValidationError, raw: Raw) -> list[Finding]:
    """A validation error in words: one finding a key, in pydantic's order."""
    by_path: dict[KeyPath, Finding] = {}
    details = error.errors(include_url=False, include_context=False, include_input=False)
    for count, detail in enumerate(details):
        kind, location = detail["type"], _without_source(detail["loc"])
        if count >= _MAX_EXPLAINED:
            finding = Finding(location, detail["msg"])
        elif kind == "extra_forbidden":
            finding = Finding(location, _unknown_key(location, raw))
        elif kind == "union_tag_not_found":
            finding = _wrong_source(raw)
        else:
            finding = _wrong_value(location, raw, missing=kind == "missing")
        by_path.setdefault(finding.path, finding)
    # pydantic counts only valid items, so a list with a wrong one may also be "too short".
    holders = {path[:end] for path in by_path for end in range(len(path))}
    return [
        item for path, item in by_path.items() if path not in holders or not _is_list(path, raw)
    ]


def _is_list(path: KeyPath, raw: Raw) -> bool:
    return isinstance(_present(path, raw)[1], list)


def _without_source(location: KeyPath) -> KeyPath:
    """A location without the source's name, which pydantic puts after `data`."""
    return (location[0], *location[2:]) if location[:1] == ("data",) else location


def _wrong_source(raw: Raw) -> Finding:
    if not isinstance(raw.get("data"), dict):
        return Finding(("data",), f"expected a table, got {shown_value(raw.get('data'))}")
    finding = _wrong_value(("data", "source"), raw, missing="source" not in raw["data"])
    source = raw["data"].get("source")
    remedy = _remedy(source.lower()) if isinstance(source, str) else None
    return replace(finding, message=f"{finding.message}; {remedy}") if remedy else finding


def _remedy(source: str) -> str | None:
    """What to do about data that others call by this name."""
    remedies = (table.foreign_names.get(source) for table in SOURCES)
    return next((remedy for remedy in remedies if remedy is not None), None)


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
    keys = keys_at(table, raw)
    if near := nearest(key, keys):
        return f"unknown key; did you mean {near}?"
    if table == ("data",):
        sources = [name for name, node in data_sources().items() if key in node["properties"]]
        if sources:
            return f"not a key of this source, only of {', '.join(sources)}"
    owners = [name for name in ("data", "model", "train", "detect") if key in keys_at((name,), raw)]
    if owners:
        return f"unknown key here; it belongs in [{owners[0]}]"
    if key in keys_at(("heads", 0), raw):
        return "unknown key here; it belongs in [[heads]]"
    return f"unknown key; known here: {', '.join(map(toml_key, keys))}"


def too_large_integers(raw: Raw) -> Iterator[Finding]:
    """Integers beyond the 64 bits of TOML, which `tomllib` lets through.

    What is nested deeper than any key of a scenario is wrong already.
    """
    waiting: list[tuple[KeyPath, Any]] = [((), raw)]
    while waiting:
        path, holder = waiting.pop()
        items = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for part, item in items:
            if isinstance(item, dict | list) and len(path) < _DEEPEST:
                waiting.append(((*path, part), item))
            elif isinstance(item, int) and not -_INT64 <= item < _INT64:
                yield Finding((*path, part), "expected a whole number of at most 64 bits")


def too_long_lists(raw: Raw) -> Iterator[Finding]:
    """Lists of more items than anyone can mean."""
    for path, most in MAX_ITEMS.items():
        value: object = raw
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, list) and len(value) > most:
            yield Finding(path, f"expected at most {most} items, got {len(value)}")
