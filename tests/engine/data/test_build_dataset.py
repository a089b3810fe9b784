"""The one entry to all sources of data."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest
import torch

from objtui.engine.data import build_dataset, builder_of
from objtui.engine.data.dataset import make_rows
from objtui.errors import DataError
from objtui.scenario import schema


@pytest.mark.parametrize("table", schema.SOURCES)
def test_every_source_names_what_builds_its_table(table: type[schema.Data]) -> None:
    module = import_module(f"objtui.engine.data.{table.builder}")
    of_images = issubclass(table, schema.ImagesTable)
    reader = module.read_pictures if of_images else module.build
    assert get_type_hints(reader)["data"] is table
    assert callable(builder_of(table))


def test_running_out_of_memory_is_a_data_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("objtui.engine.data.rows.points.build", build)
    data = schema.PointsData(source="points", features=((1.0,),), targets=(1.0,))
    with pytest.raises(DataError, match="does not fit in memory"):
        build_dataset(data, Path(), torch.float32)


def test_no_rows_are_no_data_set() -> None:
    with pytest.raises(DataError, match="has no rows"):
        make_rows(np.empty((0, 3)), np.empty(0))


def test_rows_are_on_the_cpu_in_one_precision() -> None:
    data = schema.GaussiansData(source="gaussians", train_rows=5, val_rows=4)
    for precision in (torch.float32, torch.float64):
        dataset = build_dataset(data, Path(), precision)
        for rows, count in ((dataset.train, 5), (dataset.evaluation, 4)):
            assert len(rows) == count
            assert rows.features.shape == (count, 8)
            assert rows.features.dtype == rows.targets.dtype == precision
            assert rows.positive.dtype == torch.bool
            assert rows.features.device.type == "cpu"
