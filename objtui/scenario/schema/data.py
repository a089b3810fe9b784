"""[data]: one table a source, told apart by `source`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from objtui.scenario.schema.images import CocoData, ScenesData
from objtui.scenario.schema.rows import GaussiansData, LogisticData, PointsData, TableData

Data = Annotated[
    PointsData | GaussiansData | LogisticData | TableData | CocoData | ScenesData,
    Field(discriminator="source"),
]
