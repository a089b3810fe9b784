"""The JSON Schema of scenario files, for editors, and its tables and keys as words for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from objtui.scenario.expected import Node, data_sources, resolved, root_node, words_for
from objtui.scenario.schema import Scenario
from objtui.scenario.toml_text import toml_value

SWEEP_MEANING = (
    "What `objtui sweep` goes over: lists of values by key of the scenario, such as "
    "train.lr = [1e-3, 1e-2] or heads.mse.lr_scale = [1, 10]. No other command minds it."
)


@dataclass(frozen=True, slots=True)
class KeyReference:
    """A key of a table.

    Attributes:
        meaning: its description.
        allowed: what may stand there, such as "a number > 0".
        default: its value where it is not given, as TOML; None where it has none.
        required: whether it must be given.
    """

    name: str
    meaning: str
    allowed: str
    default: str | None
    required: bool


@dataclass(frozen=True, slots=True)
class TableReference:
    """A table of a scenario file: its heading there, its meaning and its keys."""

    heading: str
    meaning: str
    keys: tuple[KeyReference, ...]


def scenario_reference() -> list[TableReference]:
    """Every table, in the order of a scenario file; [data] once for each source."""
    root = root_node()
    properties = root["properties"]
    tables = [_table("the file itself", root)]
    for source, node in data_sources().items():
        tables.append(_table(f'[data] with source = "{source}"', node))
    tables += _tables_of_data()
    tables += [
        _table(f"[{name}]", resolved(properties[name]))
        for name in ("model", "train", "detect", "calibrate")
    ]
    tables += [
        _table(f"[[{name}]]", resolved(properties[name]["items"])) for name in ("heads", "claims")
    ]
    return [*tables, TableReference("[sweep]", SWEEP_MEANING, ())]


def _tables_of_data() -> list[TableReference]:
    """The tables within [data], each once, with all keys and sources that have it."""
    nodes: dict[str, Node] = {}
    keys: dict[str, list[str]] = {}
    sources: dict[str, list[str]] = {}
    for source, data in data_sources().items():
        for name, node in data["properties"].items():
            for branch in map(resolved, node.get("anyOf", [node])):
                if "properties" in branch:
                    title = branch["title"]
                    nodes[title] = branch
                    keys.setdefault(title, []).append(f"[data.{name}]")
                    sources.setdefault(title, []).append(f'"{source}"')
    return [
        _table(
            f"{' and '.join(dict.fromkeys(keys[title]))} with source = "
            f"{' or '.join(dict.fromkeys(sources[title]))}",
            node,
        )
        for title, node in nodes.items()
    ]


def _table(heading: str, node: Node) -> TableReference:
    required = node.get("required", ())
    keys = tuple(
        _key(name, key, required=name in required)
        for name, key in node["properties"].items()
        if "const" not in key  # `source`, which the heading has
    )
    return TableReference(heading, node.get("description", ""), keys)


def _key(name: str, node: Node, *, required: bool) -> KeyReference:
    allowed = words_for(node)
    default = node.get("default")
    plain = default is not None and "a table" not in allowed and default != []
    return KeyReference(
        name=name,
        meaning=node.get("description", ""),
        allowed=allowed,
        default=toml_value(default) if plain else None,
        required=required,
    )


DIALECT = "https://json-schema.org/draft/2020-12/schema"


def scenario_json_schema() -> dict[str, Any]:
    """A draft 2020-12 schema of a whole scenario file.

    It holds what each key may be; the rules that join keys are checked when a
    scenario is loaded.
    """
    schema = Scenario.model_json_schema()
    # `discriminator` is OpenAPI's; strict validators of JSON Schema refuse it.
    schema["properties"]["data"].pop("discriminator")
    schema["properties"]["sweep"] = {
        "description": SWEEP_MEANING,
        "type": "object",
    }
    return {"$schema": DIALECT, **schema, "title": "objtui scenario"}
