"""The tables of a scenario file that are valid by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from objtui.scenario.findings import Raw
from objtui.scenario.schema import (
    Calibrate,
    Claim,
    Data,
    Detect,
    Head,
    Model,
    Table,
    Train,
)

T = TypeVar("T", bound=Table)

_DATA: TypeAdapter[Data] = TypeAdapter(Data)


@dataclass(frozen=True)
class Parts:
    """The tables of a file that are valid by themselves, with their positions."""

    data: Data | None
    model: Model | None
    train: Train | None
    detect: Detect | None
    calibrate: Calibrate | None
    heads: dict[int, Head]
    claims: dict[int, Claim]
    head_names: list[str]
    """Of every head that has a name, valid or not: others may refer to it."""


def parts_of(raw: Raw) -> Parts:
    """Every table of the file that is valid by itself."""
    heads, claims = tables(raw, "heads"), tables(raw, "claims")
    names = [head.get("name") for head in heads if isinstance(head, dict)]
    return Parts(
        data=_valid_data(raw.get("data")),
        model=_valid(Model, raw.get("model", {})),
        train=_valid(Train, raw.get("train", {})),
        detect=_valid(Detect, raw.get("detect", {})),
        calibrate=_valid(Calibrate, raw.get("calibrate", {})),
        heads={i: head for i, table in enumerate(heads) if (head := _valid(Head, table))},
        claims={i: claim for i, table in enumerate(claims) if (claim := _valid(Claim, table))},
        head_names=[name for name in names if isinstance(name, str)],
    )


def tables(raw: Raw, key: str) -> list[object]:
    value = raw.get(key)
    return value if isinstance(value, list) else []


def _valid(kind: type[T], value: object) -> T | None:
    try:
        return kind.model_validate(value)
    except ValidationError:
        return None


def _valid_data(value: object) -> Data | None:
    try:
        return _DATA.validate_python(value)
    except ValidationError:
        return None
