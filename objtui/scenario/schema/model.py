"""[model]: what lies under the heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from objtui.measures.scores import DETECTOR_SCORE_NAMES, SCORE_NAMES
from objtui.scenario.schema.table import PositiveFloat, PositiveInt, Table, as_tuple
from objtui.text.numbers import either, quoted

Activation = Literal["relu", "tanh", "silu", "gelu"]

ConvLayer = Annotated[tuple[PositiveInt, PositiveInt, PositiveInt], BeforeValidator(as_tuple)]
"""Channels, kernel and stride."""

MAX_LAYERS = 100


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
    """"none": the head sits on the features; "mlp": on hidden layers of each member's own;
    "conv": on convolutions over whole images, a detector trained end to end."""
    hidden: Annotated[tuple[PositiveInt, ...], Field(min_length=1), BeforeValidator(as_tuple)] = (
        64,
    )
    """Widths of the hidden layers of "mlp"."""
    layers: Annotated[tuple[ConvLayer, ...], Field(min_length=1), BeforeValidator(as_tuple)] = (
        (16, 4, 4),
        (32, 2, 2),
        (32, 3, 1),
        (32, 3, 1),
    )
    """Layers of "conv", each [channels, kernel, stride]; kernel − stride is even, and the strides
    multiply to data.anchors.stride, so that cells lie on the anchors' centres."""
    activation: Activation = "relu"
    """Activation of the hidden layers."""
    boxes: Literal["joint", "detached", "none"] = "joint"
    """Box offsets of "conv", by smooth L1 on positive anchors: "joint" trains the layers below
    too, "detached" the offsets alone; "none": anchors are detections as they are."""
    box_weight: PositiveFloat = 1.0
    """Weight of the loss of box offsets beside that of objectness."""

    @property
    def sees_images(self) -> bool:
        """Whether the backbone is given whole images, not rows of features."""
        return BACKBONE_KEYS[self.backbone].sees_images

    @property
    def score_names(self) -> tuple[str, ...]:
        """The scores of a run with it, in the order of a frame's columns."""
        return DETECTOR_SCORE_NAMES if self.sees_images else SCORE_NAMES


@dataclass(frozen=True, slots=True)
class BackboneKeys:
    """What the file says of one backbone.

    Attributes:
        keys: those of [model] that it reads.
        has_parameters: whether training changes it.
        sees_images: whether it is given whole images, not rows of features.
        can_be_compiled: whether steps with it can be compiled or recorded.
    """

    keys: tuple[str, ...]
    has_parameters: bool
    sees_images: bool = False
    can_be_compiled: bool = False


BACKBONE_KEYS: dict[str, BackboneKeys] = {
    "none": BackboneKeys(keys=(), has_parameters=False, can_be_compiled=True),
    "mlp": BackboneKeys(keys=("hidden", "activation"), has_parameters=True, can_be_compiled=True),
    "conv": BackboneKeys(
        keys=("layers", "activation", "boxes", "box_weight"),
        has_parameters=True,
        sees_images=True,
    ),
}


def backbones_with(key: str) -> list[str]:
    """The names of the backbones that read a key of [model]."""
    return [name for name, backbone in BACKBONE_KEYS.items() if key in backbone.keys]


SEE_IMAGES = either(
    quoted(name for name, backbone in BACKBONE_KEYS.items() if backbone.sees_images)
)
"""The backbones that are given whole images."""
