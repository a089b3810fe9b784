"""The reference of scenario files and their JSON Schema, against pydantic and a validator."""

from __future__ import annotations

import tomllib
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from scenario_strategies import scenario_tables

from objtui.scenario import schema
from objtui.scenario.bundled import bundled_names, bundled_path
from objtui.scenario.reference import TableReference, scenario_json_schema, scenario_reference
from objtui.scenario.starter import starter_text

TABLES = scenario_reference()
SOURCES = get_args(get_args(schema.Data)[0])


def reference(heading: str) -> TableReference:
    (table,) = (table for table in TABLES if heading in table.heading)
    return table


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("the file itself", schema.Scenario),
        ("[model]", schema.Model),
        ("[train]", schema.Train),
        ("[detect]", schema.Detect),
        ("[[heads]]", schema.Head),
        ("[[claims]]", schema.Claim),
        ("[data.anchors]", schema.Anchors),
        ("[data.train]", schema.ImageSet),
        *(
            (
                f'[data] with source = "{get_args(source.model_fields["source"].annotation)[0]}"',
                source,
            )
            for source in SOURCES
        ),
    ],
)
def test_every_key_of_every_table_has_its_meaning_default_and_values(
    heading: str, model: type[schema.Table]
) -> None:
    table = reference(heading)
    fields = {name: field for name, field in model.model_fields.items() if name != "source"}
    assert {key.name for key in table.keys} == set(fields)
    meanings = model.meanings()
    for key in table.keys:
        field = fields[key.name]
        assert key.meaning == meanings[key.name]
        assert key.required == field.is_required()
        assert key.allowed
        if key.default is not None:
            default = field.default
            given = tomllib.loads(f"value = {key.default}")["value"]
            assert given == _as_lists(default)
        elif not key.required:
            assert field.default is None or field.default == () or "table" in key.allowed


def _as_lists(value: object) -> object:
    return [_as_lists(each) for each in value] if isinstance(value, tuple) else value


def test_what_two_sources_share_stands_once() -> None:
    assert reference("[data.anchors]").heading.endswith(
        'with source = "coco" or "yolo" or "scenes"'
    )
    assert reference("[data.train]").heading.startswith("[data.train] and [data.val]")


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
    listed, auto = sizes["anyOf"]
    assert [branch["type"] for branch in listed["items"]["anyOf"]] == ["number", "array"]
    assert listed["minItems"] == 1
    assert auto["const"] == "auto"


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
