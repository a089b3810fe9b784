"""Options of losses and optimisers: keys of a scenario, each the field of a frozen dataclass.

A class gives its options as fields:

    gamma: float = option(2.0, "Focusing exponent", ge=0)

Its instances have values for them all, and the schema of scenario files makes the keys from
the fields.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

T = TypeVar("T")

MAX_NUMBER = 1e300
"""Numbers beyond it are none that anybody meant."""

_WITHIN: Mapping[str, Callable[[Any, float], bool]] = {
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}

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
    """The options of a class by name, in the order of its fields; other fields are none."""
    options = {}
    for field in dataclasses.fields(owner):
        if field.metadata:
            default: Any = field.default
            options[field.name] = Option(field.name, default=default, **field.metadata)
    return options


def with_options(owner: type[T], values: Mapping[str, Any]) -> T:
    """An instance with what `values` gives of its options, the rest as by default.

    Other keys of `values` are passed over, and None stands for the default.
    """
    given = {name: values.get(name) for name in options_of(owner)}
    return owner(**{name: value for name, value in given.items() if value is not None})


def sound_values(owner: type[Any], values: Mapping[str, Any]) -> dict[str, OptionValue]:
    """Of values from a file, those that are what options of a class may be."""
    sound: dict[str, OptionValue] = {}
    for name, each in options_of(owner).items():
        value = values.get(name)
        value = tuple(value) if isinstance(value, list) else value
        if _is_sound(each, value):
            sound[name] = value
    return sound


def _is_sound(option: Option, value: object) -> bool:
    """Whether an option may have a value: one of its choices, or of its type within its limits."""
    if option.choices:
        return value in option.choices
    if isinstance(option.default, bool | str):
        return type(value) is type(option.default)
    if isinstance(option.default, tuple):
        fits = isinstance(value, tuple) and len(value) == len(option.default)
        return fits and all(_is_within(option.limits, number) for number in cast(Any, value))
    return _is_within(option.limits, value)


def _is_within(limits: Mapping[str, float], value: object) -> bool:
    """Whether a value is a number within limits, and within what anybody could mean."""
    if type(value) not in (int, float) or not abs(cast(float, value)) <= MAX_NUMBER:
        return False
    return all(_WITHIN[limit](value, end) for limit, end in limits.items())


def owners_of(owners: Mapping[str, type[Any]]) -> dict[str, list[str]]:
    """Of named classes: every option, in order, with the names of those that have it."""
    names: dict[str, list[str]] = {}
    for name, owner in owners.items():
        for key in options_of(owner):
            names.setdefault(key, []).append(name)
    return names
