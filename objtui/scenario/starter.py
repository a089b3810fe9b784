"""The scenario that `objtui new` writes: one that runs, and a commented `[data]` of every source.

The blocks are made of the schema: a source has its block by its table there, whose `example`
has the keys without a default.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from pydantic.fields import FieldInfo

from objtui.scenario.schema import SOURCES
from objtui.scenario.schema.table import DataTable, Table
from objtui.scenario.toml_comments import comment, entry

_STARTER = Path(__file__).with_name("starter.toml")
_PLACE = "# BLOCKS\n"
_EVERY = ("source", *DataTable.model_fields)  # the first of a block, and the last ones
_CLAUSE = re.compile(r"[.;](\s|$)")


@cache
def starter_text() -> str:
    """The text of the starter scenario."""
    text = _STARTER.read_text(encoding="utf-8")
    used = tomllib.loads(text)["data"]["source"]
    blocks = [source_block(kind) for kind in SOURCES if source_name(kind) != used]
    return text.replace(_PLACE, "\n\n".join(blocks) + "\n")


def source_name(kind: type[DataTable]) -> str:
    """What `source` is of a table."""
    return str(kind.model_json_schema()["properties"]["source"]["const"])


def source_block(kind: type[DataTable]) -> str:
    """A `[data]` table of a source, every line commented out: its keys with what they are."""
    fields = {key: field for key, field in kind.model_fields.items() if key not in _EVERY}
    fields |= {key: kind.model_fields[key] for key in reversed(DataTable.model_fields)}
    lines = comment(f"{_first_clause(kind.__doc__ or '')}:")
    lines += ["[data]", *entry("source", source_name(kind), "")]
    without: list[str] = []
    meanings = kind.meanings()
    for key, field in fields.items():
        value, meaning = kind.example.get(key, _default(field)), meanings.get(key, "")
        if value is None:
            without += comment(f"{key}: {_first_clause(meaning)}")
        else:
            lines += entry(key, value, _first_clause(meaning))
    return "\n".join(f"# {line}" for line in (*lines, *without))


def _default(field: FieldInfo) -> object:
    """The default of a key, tables as such; None where it has none."""
    default = None if field.is_required() else field.default
    if isinstance(default, Table):
        return {key: value for key, value in default.model_dump().items() if value is not None}
    return default


def _first_clause(text: str) -> str:
    """What stands before the first full stop or semicolon, on one line."""
    line = " ".join(text.split())
    match = _CLAUSE.search(line)
    return line if match is None else line[: match.start()]
