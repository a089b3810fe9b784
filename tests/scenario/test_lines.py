"""Lines of keys, against texts whose writer notes where it put each key."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.errors import KeyPath
from objtui.scenario.lines import find_lines, show_path

bare_keys = st.text("abcXYZ019_-", min_size=1, max_size=6)
keys = bare_keys | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)
strings = st.text(st.sampled_from("ab=[]{}#,.'\"\\\n x"), max_size=12)
scalars = st.integers(-99, 99) | st.booleans() | strings | st.floats(-10, 10)
lists = st.lists(scalars | st.lists(scalars, max_size=2), max_size=4)
flat_tables = st.dictionaries(keys, scalars | lists, max_size=3)
tables: st.SearchStrategy[dict[str, Any]] = st.recursive(
    flat_tables,
    lambda inner: st.dictionaries(
        keys, scalars | lists | inner | st.lists(inner, min_size=1, max_size=3), max_size=3
    ),
    max_leaves=8,
)


class NotingWriter:
    """Writes a dict as TOML in styles that are drawn, and notes the line of every path."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.text = ""
        self.lines: dict[KeyPath, int] = {}

    def choose(self, *styles: str) -> str:
        return self.data.draw(st.sampled_from(styles))

    def note(self, path: KeyPath) -> None:
        self.lines.setdefault(path, self.text.count("\n") + 1)

    def end_line(self) -> None:
        self.text += self.choose("\n", " # x = [1]\n", "\r\n", "\n\n# [a]\n")

    def key(self, key: str) -> str:
        if key.isascii() and key.replace("_", "").replace("-", "").isalnum():
            style = self.choose("bare", "basic", "literal")
        else:
            style = "basic"
        if style == "bare":
            return key
        return f"'{key}'" if style == "literal" else toml_basic(key)

    def table(self, table: dict[str, Any], path: KeyPath, header: str) -> None:
        later: dict[str, Any] = {}
        for key, value in table.items():
            nested = is_table(value) or is_tables(value)
            if nested and self.choose("header", "here") == "header":
                later[key] = value
            else:
                self.pair(key, value, path, "")
        for key, value in later.items():
            dotted = f"{header}.{self.key(key)}" if header else self.key(key)
            items = [value] if is_table(value) else value
            for index, item in enumerate(items):
                self.note((*path, key))
                here = (*path, key) if is_table(value) else (*path, key, index)
                self.note(here)
                self.text += f"[{dotted}]" if is_table(value) else f"[[ {dotted} ]]"
                self.end_line()
                self.table(item, here, dotted)

    def pair(self, key: str, value: Any, path: KeyPath, before: str) -> None:
        """`key = value` on lines of its own; of a table maybe as dotted keys."""
        dotted = f"{before}{self.key(key)}"
        if is_table(value) and value and self.choose("dotted", "inline") == "dotted":
            for inner, item in value.items():
                self.note((*path, key))
                self.pair(inner, item, (*path, key), f"{dotted}{self.choose('.', ' . ')}")
            return
        self.note((*path, key))
        self.text += f"{dotted}{self.choose('=', ' = ')}"
        self.value(value, (*path, key))
        self.end_line()

    def value(self, value: Any, path: KeyPath) -> None:
        if isinstance(value, list):
            self.text += "["
            for index, item in enumerate(value):
                self.text += self.choose("", "\n  ", " # ]\n")
                self.note((*path, index))
                self.value(item, (*path, index))
                self.text += "," if index + 1 < len(value) else self.choose("", ",", "\n")
            self.text += "]"
        elif isinstance(value, dict):
            self.text += "{"
            for place, (key, item) in enumerate(value.items()):
                self.text += ", " if place else " "
                self.note((*path, key))
                self.text += f"{self.key(key)} = "
                self.value(item, (*path, key))
            self.text += "}"
        elif isinstance(value, str):
            self.text += self.string(value)
        else:
            self.text += json.dumps(value)

    def string(self, value: str) -> str:
        style = self.choose("basic", "multi-line", "literal", "multi-line literal")
        if style == "literal" and not set("'\n") & set(value):
            return f"'{value}'"
        if style == "multi-line literal" and "'''" not in value and not value.endswith("'"):
            return f"'''\n{value}'''"
        if style == "multi-line":
            return '"""\n' + toml_basic(value)[1:-1].replace("\\n", "\n") + '"""'
        return toml_basic(value)


def toml_basic(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def is_table(value: Any) -> bool:
    return isinstance(value, dict)


def is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_table, value))


@settings(deadline=None)
@given(tables, st.data())
def test_every_key_and_item_is_found_on_the_line_that_holds_it(
    table: dict[str, Any], data: st.DataObject
) -> None:
    writer = NotingWriter(data)
    writer.table(table, (), "")
    assert tomllib.loads(writer.text) == table
    short = {path: line for path, line in writer.lines.items() if len(path) <= 8}
    assert find_lines(writer.text, short) == short


@settings(deadline=None)
@given(st.text(st.sampled_from("ab=[]{}#,.'\"\\\n\r \t1")))
def test_any_text_ends_with_lines_that_it_has(text: str) -> None:
    found = find_lines(text, [("a",), ("b", 0, "a"), ("a", "b")])
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())


TEXT = """\
title = "x"
[data]
source = "coco"
train = { images = "a",
  annotations = "b" }

[[heads]]
name = "bce"
[[heads]]
name = "ce"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("heads", 1, "loss"), 9),
        (("heads", 0, "name"), 8),
        (("heads",), 7),
        (("data", "anchors", "stride"), 2),
        (("data", "train", "annotations"), 5),
        (("model", "hidden"), 1),
    ],
)
def test_a_missing_key_is_at_the_header_of_its_table(path: KeyPath, line: int) -> None:
    assert find_lines(TEXT, [path]) == {path: line}


def test_deep_nesting_neither_fails_nor_loses_what_follows() -> None:
    text = "a = " + "[" * 5000 + "]" * 5000 + "\nb = 1\n"
    assert find_lines(text, [("b",)]) == {("b",): 2}


def test_a_path_reads_as_people_write_it() -> None:
    assert show_path(("heads", 1, "loss")) == "heads[1].loss"
    assert show_path(("data", "a b", 0, 2)) == 'data."a b"[0][2]'
