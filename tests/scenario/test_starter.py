"""The scenario that `objtui new` writes, and its blocks of `[data]`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from objtui.scenario.load import parse_scenario
from objtui.scenario.schema import SOURCES
from objtui.scenario.schema.table import DataTable
from objtui.scenario.starter import source_block, source_name, starter_text


def uncommented(block: str) -> str:
    return "\n".join(line.removeprefix("# ") for line in block.splitlines())


@pytest.mark.parametrize("kind", SOURCES, ids=source_name)
def test_a_block_of_every_source_is_valid_in_the_place_of_the_data(kind: type[DataTable]) -> None:
    block = uncommented(source_block(kind))
    rest = starter_text().partition("[data]")[2].partition("\n#")[2].partition("[model]")[2]
    head = 'title = "mine"\n'
    loaded = parse_scenario(f"{head}{block}\n[model]{rest}", "x.toml", Path())
    assert isinstance(loaded.scenario.data, kind)


@pytest.mark.parametrize("kind", SOURCES, ids=source_name)
def test_a_block_names_every_key_of_its_source_with_its_meaning(kind: type[DataTable]) -> None:
    block = uncommented(source_block(kind))
    keys = tomllib.loads(block)["data"].keys()
    for key in kind.model_fields:
        assert key in keys or f"\n# {key}: " in block


def test_the_starter_has_the_block_of_every_source_but_the_one_it_uses() -> None:
    text = starter_text()
    used = tomllib.loads(text)["data"]["source"]
    for kind in SOURCES:
        assert (source_block(kind) in text) == (source_name(kind) != used)


def test_the_starter_loads() -> None:
    heads = parse_scenario(starter_text(), "x.toml", Path()).scenario.heads
    assert [head.name for head in heads] == ["bce", "ce", "mse"]
