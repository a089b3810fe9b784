"""What keys are is told by the docstrings that follow them, as pydantic would read them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from objtui.scenario.schema.table import Table


class Base(Table):
    """What both have."""

    kept: int = 1
    """Of the base."""
    anew: int = 2
    """Of the base, too."""
    bare: int = 3


class Keys(Base):
    """A table."""

    anew: int = 4
    """Over two
    lines, and anew."""
    described: Annotated[int, Field(description="By its field.")] = 5
    """Not by this."""
    inner: Base = Base()
    """A table in a table."""


class BaseOfPydantic(BaseModel):
    """What both have."""

    model_config = ConfigDict(
        use_attribute_docstrings=True, extra="forbid", title="Base", frozen=True
    )

    kept: int = 1
    """Of the base."""
    anew: int = 2
    """Of the base, too."""
    bare: int = 3


class KeysOfPydantic(BaseOfPydantic):
    """A table."""

    anew: int = 4
    """Over two
    lines, and anew."""
    described: Annotated[int, Field(description="By its field.")] = 5
    """Not by this."""
    inner: BaseOfPydantic = BaseOfPydantic()
    """A table in a table."""


def descriptions(table: type[BaseModel]) -> dict[str, Any]:
    """By key, in the JSON Schema of a table."""
    keys = table.model_json_schema()["properties"]
    return {key: node.get("description") for key, node in keys.items()}


def test_keys_mean_what_pydantic_reads_in_their_docstrings() -> None:
    assert descriptions(Keys) == descriptions(KeysOfPydantic)
    assert {key: text for key, text in descriptions(Keys).items() if text} == Keys.meanings()


def test_a_table_within_another_tells_its_own_keys() -> None:
    inner = Keys.model_json_schema()["$defs"]["Base"]["properties"]
    assert inner["kept"]["description"] == "Of the base."
