"""Tables in files of named arrays: .npz and .safetensors. No pickle is ever loaded."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.engine.data.arrays import Features, block_bytes
from objtui.engine.data.files import data_file, nearest_hint, quoted, reading, shown
from objtui.engine.data.table.columns import Columns, TableContent
from objtui.engine.memory import fitting, require_memory
from objtui.errors import DataError
from objtui.scenario.schema import TableData

_WORK_BYTES = block_bytes(0)  # checking and standardising what was read

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npz(
    path: Path, data: TableData, dtype: np.dtype[Any], train: Columns | None
) -> TableContent:
    """Features and targets of an .npz file."""
    names = _array_names(path, data)
    with reading(path, "an .npz file"), zipfile.ZipFile(data_file(path)) as archive:
        held = [each.removesuffix(".npy") for each in archive.namelist() if each.endswith(".npy")]
        _require_names(path, names, held)
        features = _npz_array(path, archive, names[0], dtype.itemsize)
        features = _features(path, names[0], features, dtype)
        targets = _npz_array(path, archive, names[1], 8)
    return TableContent(features, _targets(path, names[1], targets), None, names)


def read_safetensors(
    path: Path, data: TableData, dtype: np.dtype[Any], train: Columns | None
) -> TableContent:
    """Features and targets of a .safetensors file."""
    safetensors = import_module("safetensors")
    names = _array_names(path, data)
    with (
        reading(path, "a .safetensors file"),
        safetensors.safe_open(data_file(path), framework="pt") as tensors,
    ):
        _require_names(path, names, list(tensors.keys()))
        features = _tensor(path, tensors, names[0], dtype.itemsize)
        features = _features(path, names[0], features, dtype)
        targets = _tensor(path, tensors, names[1], 8)
    return TableContent(features, _targets(path, names[1], targets), None, names)


def _require_names(path: Path, names: tuple[str, str], held: list[str]) -> None:
    for name, key in zip(names, ("data.features", "data.targets"), strict=True):
        if name not in held:
            hint = nearest_hint(name, held)
            raise DataError(
                f"{shown(path)}: has no array {quoted(name)} ({key}): {hint}", tuple(key.split("."))
            )


def _smaller(shape: Sequence[int], share: Fraction) -> str:
    """Which file to change so that a share of the memory is enough."""
    rows = shape[0] if shape else 1
    return f"keep at most {fitting(rows, share)} of its {rows} rows"


def _npz_array(
    path: Path, archive: zipfile.ZipFile, name: str, result_itemsize: int
) -> npt.NDArray[Any]:
    """One array; its header is checked against its bytes before memory is taken."""
    place = f"{shown(path)}: {quoted(name)}"
    member = archive.getinfo(f"{name}.npy")
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        if version not in _HEADERS:
            raise DataError(f"{place}: is a structured array; expected plain numbers")
        shape, _, dtype = _HEADERS[version](stream)
        _require_numbers(place, dtype.kind in "biuf", str(dtype))
        values = math.prod(shape)
        held = member.file_size - stream.tell()
        if values * dtype.itemsize != held:
            raise DataError(
                f"{place}: its header says shape {quoted(shape)} of {dtype}, but it holds "
                f"{held} bytes"
            )
    require_memory(
        values * (dtype.itemsize + result_itemsize) + _WORK_BYTES, place, partial(_smaller, shape)
    )
    with archive.open(member) as stream:
        array: npt.NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def _tensor(path: Path, tensors: Any, name: str, result_itemsize: int) -> npt.NDArray[Any]:
    """One tensor as an array of floats or whole numbers, bfloat16 as float32."""
    place = f"{shown(path)}: {quoted(name)}"
    shape = tensors.get_slice(name).get_shape()
    require_memory(
        math.prod(shape) * (8 + 8 + result_itemsize) + _WORK_BYTES, place, partial(_smaller, shape)
    )
    tensor = tensors.get_tensor(name)
    _require_numbers(place, not tensor.is_complex(), str(tensor.dtype))
    if tensor.is_floating_point() and tensor.dtype.itemsize < 4:  # numpy has no bfloat16
        tensor = tensor.float()
    array: npt.NDArray[Any] = tensor.numpy()
    return array


def _require_numbers(place: str, numbers: bool, dtype: str) -> None:
    if not numbers:
        raise DataError(
            f"{place}: has dtype {dtype}; expected floats, whole numbers or booleans "
            "(objects are never unpickled)"
        )


def _features(path: Path, name: str, array: npt.NDArray[Any], dtype: np.dtype[Any]) -> Features:
    """An array as `(rows, features)`; one of one axis is one feature."""
    if array.ndim not in (1, 2):
        raise DataError(
            f"{shown(path)}: {quoted(name)} has shape {array.shape}; expected (rows, features)"
        )
    if array.ndim == 1:
        array = array[:, None]
    with np.errstate(over="ignore"):  # what overflows is found as not finite
        return np.require(array, dtype, ["C", "W"])


def _targets(path: Path, name: str, array: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """An array as `(rows,)`; one column is taken as it is."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(f"{shown(path)}: {quoted(name)} has shape {array.shape}; expected (rows,)")
    return array.astype(np.float64)


def _array_names(path: Path, data: TableData) -> tuple[str, str]:
    """The names of the arrays of features and targets in a file of arrays."""
    if isinstance(data.features, tuple):
        raise DataError(
            f"{shown(path)}: data.features lists columns, but this file holds arrays; name the one "
            'of the features: features = "features"',
            ("data", "features"),
        )
    return data.features or "features", data.targets
