"""What the schema expects at a key path, in words, and which spelling is nearest.

All of it is read from the JSON Schema of scenarios, so that messages and schema
cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from objtui.errors import KeyPath
from objtui.scenario.schema import Scenario
from objtui.text.numbers import either

Node = Mapping[str, Any]
"""One part of a JSON Schema."""


@cache
def root_node() -> Node:
    """The schema of a whole scenario file."""
    return Scenario.model_json_schema()


def resolved(node: Node) -> Node:
    """The node, or the one that it refers to."""
    while "$ref" in node:
        node = root_node()["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node


def _branches(node: Node) -> list[Node]:
    """The alternatives of a node; itself where it has none."""
    options = node.get("anyOf") or node.get("oneOf")
    if not options:
        return [node]
    nodes = (resolved(option) for option in options)
    return [branch for branch in nodes if branch.get("type") != "null"]


def node_at(path: KeyPath, raw: object) -> Node | None:
    """The schema of what is at `path` in the file's values; None where it knows nothing.

    `raw` holds the values, since `data.source` decides what may stand in [data].
    """
    node: Node = resolved(root_node())
    for place, part in enumerate(path):
        if place == 1 and path[0] == "data":
            source = _value_at(("data", "source"), raw)
            reference = node["discriminator"]["mapping"].get(source) if source else None
            if reference is None:
                return source_node() if part == "source" else None
            node = resolved({"$ref": reference})
        below = next(filter(None, (_child(branch, part) for branch in _branches(node))), None)
        if below is None:
            return None
        node = resolved(below)
    return node


def _child(node: Node, part: str | int) -> Node | None:
    child: Node | None
    if isinstance(part, str):
        child = node.get("properties", {}).get(part)
    else:
        fixed: Sequence[Node] = node.get("prefixItems", ())
        child = fixed[part] if part < len(fixed) else node.get("items")
    return child


def _value_at(path: KeyPath, raw: object) -> str | None:
    for part in path:
        raw = raw.get(part) if isinstance(raw, dict) else None
    return raw if isinstance(raw, str) else None


def data_sources() -> dict[str, Node]:
    """The schema of [data] of every source."""
    nodes = map(resolved, root_node()["properties"]["data"]["oneOf"])
    return {node["properties"]["source"]["const"]: node for node in nodes}


def source_node() -> Node:
    """The schema of the key `data.source` over all sources."""
    return {"type": "string", "enum": list(data_sources())}


def keys_at(path: KeyPath, raw: object) -> list[str]:
    """The keys that the table at `path` may have."""
    if path == ("data",):
        below = node_at(("data", "source"), raw)
        source = _value_at(("data", "source"), raw)
        return list(data_sources().get(source or "", {}).get("properties", {})) if below else []
    node = node_at(path, raw)
    if node is None:
        return []
    return [key for branch in _branches(node) for key in branch.get("properties", {})]


def values_at(path: KeyPath, raw: object) -> list[str]:
    """The strings that may stand at `path`, where it lists them; else nothing."""
    node = node_at(path, raw)
    if node is None:
        return []
    return [
        choice
        for branch in _branches(node)
        for choice in _choices(branch)
        if isinstance(choice, str)
    ]


def _choices(node: Node) -> list[Any]:
    return list(node["enum"]) if "enum" in node else [node["const"]] if "const" in node else []


def expected(path: KeyPath, raw: object) -> str:
    """What may stand at `path`, as "a number > 0"; "something else" where unknown."""
    node = node_at(path, raw)
    return "something else" if node is None else words_for(node)


def words_for(node: Node) -> str:
    """What may stand where a node is, as "a number > 0"."""
    branches = [resolved(branch) for branch in _branches(resolved(node))]
    return either(words for branch in branches for words in _one(branch))


def _one(node: Node) -> list[str]:
    if choices := _choices(node):
        return [f'"{choice}"' for choice in choices]
    if node.get("type") == "array":
        return [_array(node)]
    if node.get("type") == "object":
        return ["a table"]
    if node.get("type") == "boolean":
        return ["true or false"]
    if node.get("type") == "string":
        return [_string(node)]
    noun = "a whole number" if node.get("type") == "integer" else "a number"
    return [noun + _range(node)]


def _string(node: Node) -> str:
    if "pattern" in node:
        return (
            "a name of letters, digits and underscores that starts with a letter, "
            f"{node['maxLength']} at most"
        )
    return "a string that is not empty" if node.get("minLength") else "a string"


def _range(node: Node) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f" {sign} {node[key]:g}" for key, sign in signs.items() if key in node]
    return " and".join(limits)


def _array(node: Node) -> str:
    if fixed := node.get("prefixItems"):
        return f"a list of {len(fixed)} {_plural(fixed[0])}"
    least = ", at least one" if node.get("minItems") else ""
    return f"a list of {_plural(node.get('items', {}))}{least}"


def _plural(node: Node) -> str:
    node = resolved(node)
    if "anyOf" in node:
        return either(_plural(branch) for branch in _branches(node))
    words = words_for(node)
    if node.get("type") == "object":
        return "tables"
    for singular in ("whole number", "number", "string", "list"):
        if words.startswith(f"a {singular}"):
            several = words.removeprefix("a ").replace(singular, singular + "s", 1)
            return several.replace(" that is ", " that are ")
    return words
