"""[data]: one table a source, told apart by `source`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from objtui.scenario.schema.images import IMAGE_SOURCES
from objtui.scenario.schema.rows import ROW_SOURCES
from objtui.scenario.schema.table import DataTable

SOURCES = ROW_SOURCES + IMAGE_SOURCES
"""The table of every source."""

if TYPE_CHECKING:
    Data = DataTable
else:
    Data = Annotated[Union[SOURCES], Field(discriminator="source")]  # noqa: UP007 - not a literal
