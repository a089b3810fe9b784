"""A whole scenario file, its source of data, and its claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import BeforeValidator, Field

from objtui.scenario.schema.calibrate import Calibrate
from objtui.scenario.schema.detect import Detect
from objtui.scenario.schema.heads import Head
from objtui.scenario.schema.images import IMAGE_SOURCES
from objtui.scenario.schema.model import Model
from objtui.scenario.schema.rows import ROW_SOURCES
from objtui.scenario.schema.table import DataTable, Table, as_tuple
from objtui.scenario.schema.train import Train

SOURCES = ROW_SOURCES + IMAGE_SOURCES
"""The table of every source of data, told apart by `source`."""

if TYPE_CHECKING:
    Data = DataTable
else:
    Data = Annotated[Union[SOURCES], Field(discriminator="source")]  # noqa: UP007 - not a literal


class Claim(Table):
    """A sentence with a test that the run confirms or refutes."""

    text: Annotated[str, Field(min_length=1)]
    """The sentence."""
    test: Annotated[str, Field(min_length=1)]
    """A comparison over scores, such as "ce.gap < 1e-2"."""


class Scenario(Table):
    """A whole scenario file."""

    title: Annotated[str, Field(min_length=1)]
    """What the scenario is, in a few words."""
    question: str = ""
    """The question that it answers."""
    data: Data
    """Where the rows come from."""
    model: Model = Model()
    """What lies under the heads."""
    train: Train = Train()
    """How every head is trained."""
    detect: Detect = Detect()
    """How the outputs of backbone "conv" become detections."""
    calibrate: Calibrate = Calibrate()
    """What is fitted to the logits after training, and measured on rows apart."""
    heads: Annotated[tuple[Head, ...], Field(min_length=1), BeforeValidator(as_tuple)]
    """The heads to compare, in the order of the panels."""
    claims: Annotated[tuple[Claim, ...], BeforeValidator(as_tuple)] = ()
    """Claims that the run confirms or refutes."""

    @property
    def score_names(self) -> tuple[str, ...]:
        """The scores of a run of it, in the order of a frame's columns."""
        return (*self.model.score_names, *self.calibrate.score_names)
