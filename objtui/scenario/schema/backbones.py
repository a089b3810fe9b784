"""The backbones by name, as far as a scenario file goes. A new one is an entry here, its keys in
`Model`, and a class and an entry in `objtui/engine/model/backbones.py`."""

from __future__ import annotations

from dataclasses import dataclass


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
