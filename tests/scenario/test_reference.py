"""The reference of scenario files: every key, as pydantic itself has it."""

from __future__ import annotations

import tomllib
from typing import get_args

import pytest

from objtui.scenario import schema
from objtui.scenario.reference import TableReference, scenario_reference

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
    for key in table.keys:
        field = fields[key.name]
        assert key.meaning == field.description
        assert key.required == field.is_required()
        assert key.allowed
        if key.default is not None:
            default = field.default
            given = tomllib.loads(f"value = {key.default}")["value"]
            assert given == (list(default) if isinstance(default, tuple) else default)
        elif not key.required:
            assert field.default is None or field.default == () or "table" in key.allowed


def test_what_two_sources_share_stands_once() -> None:
    assert reference("[data.anchors]").heading.endswith('with source = "coco" or "scenes"')
    assert reference("[data.train]").heading.startswith("[data.train] and [data.val]")
