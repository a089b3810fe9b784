"""A whole scenario file, and its claims."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from objtui.scenario.schema.data import Data
from objtui.scenario.schema.heads import Head
from objtui.scenario.schema.model import Model
from objtui.scenario.schema.table import Table, as_tuple
from objtui.scenario.schema.train import Train


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
    heads: Annotated[tuple[Head, ...], Field(min_length=1), BeforeValidator(as_tuple)]
    """The heads to compare, in the order of the panels."""
    claims: Annotated[tuple[Claim, ...], BeforeValidator(as_tuple)] = ()
    """Claims that the run confirms or refutes."""
