"""Files of logits and targets of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import save_file

rng = np.random.default_rng(0)
Z = np.round(rng.normal(-1, 3, 60), 3)
T = (rng.random(60) < 1 / (1 + np.exp(-Z))).astype(np.float64)

kinds = pytest.mark.parametrize("kind", [".npz", ".safetensors", ".csv", ".tsv", ".parquet"])


def write(path: Path, **arrays: Any) -> Path:
    """A file of the kind that the suffix says; without arrays, of `logits` and `targets`."""
    held = {name: np.asarray(array) for name, array in (arrays or default()).items()}
    if path.suffix == ".npz":
        np.savez(path, **held)
    elif path.suffix == ".safetensors":
        save_file({name: np.ascontiguousarray(array) for name, array in held.items()}, path)
    elif path.suffix == ".parquet":
        pq.write_table(pa.table(held), path)
    else:
        mark = "\t" if path.suffix == ".tsv" else ","
        rows = zip(*(array.tolist() for array in held.values()), strict=True)
        lines = [mark.join(held), *(mark.join(map(str, row)) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
    return path


def default() -> dict[str, Any]:
    return {"logits": Z, "targets": T}
