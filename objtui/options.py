"""Options of losses and optimisers: keys of a scenario, each the field of a frozen dataclass.

A class gives its options as fields:

    gamma: float = option(2.0, "Focusing exponent", ge=0)

Its instances have values for them all, and the schema of scenario files makes the keys from
the fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

OptionValue = bool | int | float | str | tuple[float, ...] | None
"""What an option may be; one whose default is None is a number that need not be given."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of one class.

    Attributes:
        meaning: what it is, in words that go before "of" and the names of those that have it.
        default: what it is where a scenario does not give it; the type of a value is its type.
        limits: by pydantic's names (`ge`, `gt`, `le`, `lt`), of the number or of each in a tuple.
        choices: the strings that it may be.
    """

    name: str
    meaning: str
    default: OptionValue
    limits: Mapping[str, float]
    choices: tuple[str, ...]


def option(
    default: OptionValue, meaning: str, *, choices: tuple[str, ...] = (), **limits: float
) -> Any:
    """The field of an option; arguments as of `Option`."""
    metadata = {"meaning": meaning, "limits": limits, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


def options_of(owner: type[Any]) -> dict[str, Option]:
    """The options of a class by name, in the order of its fields."""
    options = {}
    for field in dataclasses.fields(owner):
        default: Any = field.default
        options[field.name] = Option(field.name, default=default, **field.metadata)
    return options


def with_options(owner: type[T], values: Mapping[str, Any]) -> T:
    """An instance with what `values` gives of its options, the rest as by default.

    Other keys of `values` are passed over, and None stands for the default.
    """
    given = {name: values.get(name) for name in options_of(owner)}
    return owner(**{name: value for name, value in given.items() if value is not None})


def owners_of(owners: Mapping[str, type[Any]]) -> dict[str, list[str]]:
    """Of named classes: every option, in order, with the names of those that have it."""
    names: dict[str, list[str]] = {}
    for name, owner in owners.items():
        for key in options_of(owner):
            names.setdefault(key, []).append(name)
    return names
