"""What every TOML table of a scenario file has."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Table(BaseModel):
    """A TOML table: immutable, strictly typed, unknown keys refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


class DataTable(Table):
    """What every source of data has."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of everything random in the data; the same data for every head and seed."""


def as_tuple(value: object) -> object:
    """A TOML array as the tuple that a strict, frozen model asks for."""
    return tuple(value) if isinstance(value, list) else value


PositiveInt = Annotated[int, Field(ge=1)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]
FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
OpenShare = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
FilePath = Annotated[str, Field(min_length=1)]
