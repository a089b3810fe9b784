"""Table files of every kind, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.numpy import save_file

from objtui.engine.data import build_dataset
from objtui.errors import DataError
from objtui.scenario.schema import TableData

X = np.random.default_rng(0).normal(3, 2, (40, 3))
Y = (np.arange(40) % 5) / 4


def table(**keys: object) -> TableData:
    return TableData.model_validate({"source": "table", **keys})


def write(path: Path, x: np.ndarray = X, y: np.ndarray = Y, target: str = "targets") -> str:
    """A table of the kind that the suffix says."""
    columns = {f"x{i}": x[:, i] for i in range(x.shape[1])} | {target: y}
    if path.suffix == ".npz":
        np.savez(path, features=x, **{target: y})
    elif path.suffix == ".safetensors":
        save_file({"features": x, target: y}, path)
    elif path.suffix == ".csv":
        rows = zip(*(each.tolist() for each in columns.values()), strict=True)
        lines = [",".join(columns), *(",".join(map(repr, row)) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
    else:
        pq.write_table(pa.table(columns), path)
    return path.name


def refused(data: TableData, base: Path) -> str:
    with pytest.raises(DataError) as caught:
        build_dataset(data, base, torch.float32)
    return str(caught.value)


kinds = pytest.mark.parametrize("kind", ["t.npz", "t.safetensors", "t.csv", "t.parquet"])
