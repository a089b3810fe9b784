"""Keys made of the options of classes: one key an option, whoever has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError

from objtui.options import Option, option, options_of, owners_of, with_options
from objtui.scenario.schema.options import fill_in, with_option_keys
from objtui.scenario.schema.table import Table


@dataclass(frozen=True)
class One:
    shared: float = option(1.0, "Strength", ge=0)
    weight: float = option(0.25, "Weight", gt=0, lt=1)


@dataclass(frozen=True)
class Two:
    weight: float = option(0.75, "Weight", gt=0, lt=1)
    shared: float = option(1.0, "Strength", ge=0)
    order: int = option(2, "Order", ge=1)
    side: str = option("left", "Side", choices=("left", "right"))
    limit: float | None = option(None, "Limit", gt=0)
    ends: tuple[float, float] = option((0.0, 1.0), "Ends")


OWNERS = {"one": One, "two": Two}
KEYS: Any = with_option_keys("Keys", Table, OWNERS)


def test_a_class_tells_its_options() -> None:
    assert list(options_of(Two)) == ["weight", "shared", "order", "side", "limit", "ends"]
    assert options_of(One)["weight"] == Option("weight", "Weight", 0.25, {"gt": 0, "lt": 1}, ())
    assert owners_of(OWNERS)["weight"] == ["one", "two"]
    assert owners_of(OWNERS)["order"] == ["two"]


def test_values_are_taken_over_and_the_rest_is_as_by_default() -> None:
    assert with_options(One, {"weight": 0.5, "shared": None, "other": 3}) == One(weight=0.5)


def test_an_option_of_several_is_one_key_that_names_them() -> None:
    properties = KEYS.model_json_schema()["properties"]
    assert list(properties) == ["shared", "weight", "order", "side", "limit", "ends"]
    assert properties["shared"]["description"] == 'Strength of "one" and "two".'
    assert properties["shared"]["default"] == 1.0
    assert properties["weight"]["description"] == (
        'Weight of "one" and "two". By default 0.25 for "one" and 0.75 for "two".'
    )
    assert properties["side"]["enum"] == ["left", "right"]


@pytest.mark.parametrize(
    "keys",
    [
        {"weight": 1.0},
        {"order": 0},
        {"order": 1.5},
        {"side": "middle"},
        {"limit": 0.0},
        {"ends": [1.0]},
        {"shared": float("inf")},
    ],
    ids=str,
)
def test_values_keep_to_kind_and_limits(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KEYS.model_validate(keys)


def test_a_default_that_depends_on_the_class_is_filled_in() -> None:
    for owner, weight in ((One, 0.25), (Two, 0.75)):
        table = KEYS()
        assert table.weight is None
        fill_in(table, owner)
        assert table.weight == weight
        assert table.model_fields_set == set()
        given = KEYS(weight=0.5)
        fill_in(given, owner)
        assert given.weight == 0.5


def test_an_option_must_be_one_thing() -> None:
    @dataclass(frozen=True)
    class Other:
        weight: float = option(0.5, "Weight", gt=0)

    with pytest.raises(ValueError, match='the option weight of "one" and "other" is not one'):
        with_option_keys("Keys", Table, {"one": One, "other": Other})
