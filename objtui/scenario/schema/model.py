"""[model]: what lies under the heads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from objtui.scenario.schema.table import PositiveInt, Table, as_tuple

Activation = Literal["relu", "tanh", "silu", "gelu"]


class Model(Table):
    """What lies under the heads."""

    backbone: Literal["none", "mlp"] = "none"
    """"none": the head sits on the features; "mlp": on hidden layers of each member's own."""
    hidden: Annotated[tuple[PositiveInt, ...], Field(min_length=1), BeforeValidator(as_tuple)] = (
        64,
    )
    """Widths of the hidden layers of "mlp"."""
    activation: Activation = "relu"
    """Activation of the hidden layers."""

    @property
    def layers(self) -> tuple[int, ...]:
        """Widths of the hidden layers that there are: `hidden` of "mlp", else none."""
        return self.hidden if self.backbone == "mlp" else ()
