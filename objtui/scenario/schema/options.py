"""Keys of a scenario that come from the options of losses and optimisers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, create_model

from objtui.options import Option, options_of, owners_of
from objtui.scenario.schema.table import Table, as_tuple
from objtui.text.numbers import either, quoted


def with_option_keys(name: str, base: type[Table], owners: Mapping[str, type[Any]]) -> type[Table]:
    """A table with a key more for every option that one of the named classes has.

    An option of several is one key. ValueError where they differ in more than its default.
    """
    fields: dict[str, Any] = {}
    for key, names in owners_of(owners).items():
        options = {owner: options_of(owners[owner])[key] for owner in names}
        if len({repr((replace(each, default=None), _kind(each))) for each in options.values()}) > 1:
            raise ValueError(f"the option {key} of {either(quoted(names), 'and')} is not one thing")
        fields[key] = _field(options)
    return create_model(name, __base__=base, **fields)


def fill_in(table: Table, owner: type[Any]) -> None:
    """Give an option whose default depends on the class the default of this one."""
    for key, option in options_of(owner).items():
        if getattr(table, key) is None:
            object.__setattr__(table, key, option.default)


def _field(options: Mapping[str, Option]) -> tuple[Any, Any]:
    """Type and default of a key, from its option by the names of those that have it."""
    first = next(iter(options.values()))
    description = f"{first.meaning} of {either(quoted(options), 'and')}."
    kind, default = _kind(first), first.default
    if any(option.default != default for option in options.values()):
        defaults = (
            f'{"none" if option.default is None else option.default} for "{name}"'
            for name, option in options.items()
        )
        description += f" By default {either(defaults, 'and')}."
        default = None
    return (kind if default is not None else kind | None), Field(default, description=description)


def _kind(option: Option) -> Any:
    """The type of an option, within its limits."""
    default = option.default
    if option.choices:
        return Literal[option.choices]
    if isinstance(default, bool | str):
        return type(default)
    limits: dict[str, Any] = dict(option.limits)
    if isinstance(default, int):
        return Annotated[int, Field(**limits)]
    number = Annotated[float, Field(**limits, allow_inf_nan=False)]
    if isinstance(default, tuple):
        numbers: Any = tuple.__class_getitem__((number,) * len(default))
        return Annotated[numbers, BeforeValidator(as_tuple)]
    return number
