"""[model]: what lies under the heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from objtui.scenario.schema.table import PositiveInt, Table, as_tuple

Activation = Literal["relu", "tanh", "silu", "gelu"]


def _check_name(name: str) -> str:
    if name not in BACKBONE_KEYS:
        raise ValueError(f"no backbone {name!r}")
    return name


def _list_names(schema: dict[str, Any]) -> None:
    schema["enum"] = list(BACKBONE_KEYS)


BackboneName = Annotated[str, AfterValidator(_check_name), Field(json_schema_extra=_list_names)]


class Model(Table):
    """What lies under the heads."""

    backbone: BackboneName = "none"
    """"none": the head sits on the features; "mlp": on hidden layers of each member's own."""
    hidden: Annotated[tuple[PositiveInt, ...], Field(min_length=1), BeforeValidator(as_tuple)] = (
        64,
    )
    """Widths of the hidden layers of "mlp"."""
    activation: Activation = "relu"
    """Activation of the hidden layers."""


@dataclass(frozen=True, slots=True)
class BackboneKeys:
    """What the file says of one backbone.

    Attributes:
        keys: those of [model] that it reads.
        has_parameters: whether training changes it.
    """

    keys: tuple[str, ...]
    has_parameters: bool


BACKBONE_KEYS: dict[str, BackboneKeys] = {
    "none": BackboneKeys(keys=(), has_parameters=False),
    "mlp": BackboneKeys(keys=("hidden", "activation"), has_parameters=True),
}


def backbones_with(key: str) -> list[str]:
    """The names of the backbones that read a key of [model]."""
    return [name for name, backbone in BACKBONE_KEYS.items() if key in backbone.keys]
