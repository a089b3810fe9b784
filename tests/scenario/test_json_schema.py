"""The JSON Schema of scenario files, against a validator that we did not write."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from scenario_strategies import scenario_tables

from objtui.scenario.bundled import bundled_names, bundled_path, starter_text
from objtui.scenario.reference import scenario_json_schema

SCHEMA = scenario_json_schema()
BUNDLED = [bundled_path(name).read_text(encoding="utf-8") for name in bundled_names()]


def errors(tables: dict[str, Any]) -> list[str]:
    jsonschema = pytest.importorskip("jsonschema")
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(tables)]


def test_it_names_its_dialect_and_describes_every_key() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["title"] == "objtui scenario"
    for table in [SCHEMA, *SCHEMA["$defs"].values()]:
        for key, node in table["properties"].items():
            assert key == "source" or node["description"], key


def test_seeds_are_a_number_or_a_list_and_sizes_numbers_or_pairs() -> None:
    seeds = SCHEMA["$defs"]["Train"]["properties"]["seeds"]
    assert [branch["type"] for branch in seeds["anyOf"]] == ["integer", "array"]
    sizes = SCHEMA["$defs"]["Anchors"]["properties"]["sizes"]
    assert [branch["type"] for branch in sizes["items"]["anyOf"]] == ["number", "array"]
    assert sizes["minItems"] == 1


def test_it_is_itself_a_valid_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("text", [*BUNDLED, starter_text()])
def test_files_that_load_are_valid(text: str) -> None:
    assert errors(tomllib.loads(text)) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenario_tables())
def test_everything_that_loads_is_valid(tables: dict[str, Any]) -> None:
    assert errors(tables) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("seeds     = 3", "seeds = 0"),
        ("seeds     = 3", "seeds = []"),
        ('loss = "bce"', 'loss = "bec"'),
        ("dim            = 8", "dims = 8"),
        ("title", "titel"),
        ('source         = "gaussians"', 'source = "gauss"'),
    ],
)
def test_files_that_do_not_load_are_not_valid(old: str, new: str) -> None:
    assert old in starter_text()
    assert errors(tomllib.loads(starter_text().replace(old, new)))
