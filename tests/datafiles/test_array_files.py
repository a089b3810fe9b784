"""Files of arrays, read without torch as torch reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from objtui.datafiles.array_files import open_arrays
from objtui.errors import DataError

BYTES = torch.arange(256, dtype=torch.int32).to(torch.uint8)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e5m2, torch.float8_e4m3fn], ids=str)
def test_formats_that_numpy_has_not_are_those_of_torch(dtype: torch.dtype, tmp_path: Path) -> None:
    every = torch.stack([BYTES, BYTES.flip(0)], dim=-1).view(dtype)  # as many bits as it has
    save_file({"before": BYTES, "every": every}, tmp_path / "t.safetensors")
    with open_arrays(tmp_path / "t.safetensors") as file:
        assert sorted(file.names) == ["before", "every"]
        values = file.read("every", result_itemsize=8)
    np.testing.assert_array_equal(values, every.float().numpy())


@pytest.mark.parametrize(
    "dtype",
    [torch.float16, torch.float32, torch.float64, torch.bool, torch.uint8, torch.int64],
    ids=str,
)
def test_formats_that_numpy_has_stay(dtype: torch.dtype, tmp_path: Path) -> None:
    tensor = (torch.arange(6).reshape(2, 3) % 2).to(dtype)
    save_file({"t": tensor}, tmp_path / "t.safetensors")
    with open_arrays(tmp_path / "t.safetensors") as file:
        values = file.read("t", result_itemsize=8)
    np.testing.assert_array_equal(values, tensor.numpy())
    assert values.dtype == tensor.numpy().dtype


def test_complex_tensors_are_refused(tmp_path: Path) -> None:
    save_file({"t": torch.zeros(2, dtype=torch.complex64)}, tmp_path / "t.safetensors")
    with (
        pytest.raises(DataError, match="'t': has dtype C64; expected floats"),
        open_arrays(tmp_path / "t.safetensors") as file,
    ):
        file.read("t", result_itemsize=8)
