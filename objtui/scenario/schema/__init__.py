"""What a scenario file may say: every table and key, with type, unit and default.

Each class is one TOML table. A key's meaning is the docstring beneath it; those
docstrings are also the descriptions of the JSON Schema. Rules that join several
keys are in `objtui/scenario/rules.py`.
"""

from objtui.scenario.schema.calibrate import Calibrate
from objtui.scenario.schema.detect import Detect
from objtui.scenario.schema.heads import Head
from objtui.scenario.schema.images import (
    Anchors,
    CocoData,
    ImageSet,
    ImagesTable,
    ScenesData,
    YoloData,
    anchors_of,
)
from objtui.scenario.schema.model import Model
from objtui.scenario.schema.rows import GaussiansData, LogisticData, PointsData, TableData
from objtui.scenario.schema.scenario import SOURCES, Claim, Data, Scenario
from objtui.scenario.schema.table import DataTable, Table
from objtui.scenario.schema.train import DEFAULT_BATCH, DEFAULT_TILES, Train

__all__ = [
    "DEFAULT_BATCH",
    "DEFAULT_TILES",
    "SOURCES",
    "Anchors",
    "Calibrate",
    "Claim",
    "CocoData",
    "Data",
    "DataTable",
    "Detect",
    "GaussiansData",
    "Head",
    "ImageSet",
    "ImagesTable",
    "LogisticData",
    "Model",
    "PointsData",
    "Scenario",
    "ScenesData",
    "Table",
    "TableData",
    "Train",
    "YoloData",
    "anchors_of",
]
