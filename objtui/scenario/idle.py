"""Dropping what a file says and an option of the command line left without meaning.

Whoever asks for `--set model.backbone=none` need not know which keys of the file
are of use only with another backbone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from objtui.scenario.expected import data_sources
from objtui.scenario.findings import Raw
from objtui.scenario.lines import KeyPath
from objtui.scenario.overrides import Applied
from objtui.scenario.rules import idle_keys, parts_of


@dataclass(frozen=True)
class GivenKeys:
    """What a file gives, before any option changes it.

    Attributes:
        idle: of every table that is valid by itself, the keys without meaning.
        of_source: the keys that its own source of data has.
    """

    idle: dict[KeyPath, frozenset[str]]
    of_source: frozenset[str]


def given_keys(raw: Raw) -> GivenKeys:
    """What the file gives in vain, to be asked before options are applied."""
    idle = idle_keys(parts_of(raw))
    return GivenKeys(
        {path: frozenset(keys) for path, keys in idle.items()}, frozenset(_source_keys(raw))
    )


def drop_idle(raw: Raw, before: GivenKeys, applied: Applied) -> None:
    """Remove the file's own keys that mean nothing now, but meant something `before`.

    Those that an option wrote stay, and are refused.
    """
    for path, idle in idle_keys(parts_of(raw)).items():
        if path not in before.idle:  # unknown whether they meant anything
            continue
        for key in idle:
            if key not in before.idle[path] and applied.option_at((*path, key)) is None:
                del _table(raw, path)[key]
    known = _source_keys(raw)
    if known and applied.option_at(("data", "source")) is not None:
        for key in before.of_source.difference(known).intersection(raw["data"]):
            if applied.option_at(("data", key)) is None:
                del raw["data"][key]


def _table(raw: Raw, path: KeyPath) -> dict[str, Any]:
    """The table at a path that holds one."""
    table: Any = raw
    for part in path:
        table = table[part]
    found: dict[str, Any] = table
    return found


def _source_keys(raw: Raw) -> list[str]:
    """The keys of the source of data that is named; none where it is no known one."""
    data = raw.get("data")
    source = data.get("source") if isinstance(data, dict) else None
    node = data_sources().get(source) if isinstance(source, str) else None
    return [] if node is None else list(node["properties"])
