"""Tables in files of named arrays: .npz and .safetensors. No pickle is ever loaded."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from objtui.datafiles.files import data_file, quoted, reading, shown
from objtui.datafiles.memory import fitting, require_memory
from objtui.errors import DataError

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class ArrayFile(Protocol):
    """An open file of arrays by name."""

    @property
    def names(self) -> list[str]:
        """The arrays that it holds."""

    def read(self, name: str, result_itemsize: int, work_bytes: int = 0) -> npt.NDArray[Any]:
        """One of them, of floats, whole numbers or booleans; DataError where it is none.

        It is refused before memory is taken where there is too little: for the array, a copy of
        it of so many bytes a value, and the caller's work on it.
        """


@contextmanager
def open_arrays(path: Path) -> Iterator[ArrayFile]:
    """An .npz or .safetensors file; DataError where it, or what is read of it, is damaged."""
    if path.suffix.lower() == ".npz":
        with reading(path, "an .npz file"), zipfile.ZipFile(data_file(path)) as archive:
            yield _NpzFile(path, archive)
        return
    safetensors = import_module("safetensors")
    with (
        reading(path, "a .safetensors file"),
        safetensors.safe_open(data_file(path), framework="np") as tensors,
    ):
        yield _SafetensorsFile(path, tensors)


@dataclass(frozen=True, slots=True)
class _NpzFile:
    path: Path
    archive: zipfile.ZipFile

    @property
    def names(self) -> list[str]:
        names = self.archive.namelist()
        return [name.removesuffix(".npy") for name in names if name.endswith(".npy")]

    def read(self, name: str, result_itemsize: int, work_bytes: int = 0) -> npt.NDArray[Any]:
        """One array; its header is checked against its bytes before memory is taken."""
        place = f"{shown(self.path)}: {quoted(name)}"
        member = self.archive.getinfo(f"{name}.npy")
        with self.archive.open(member) as stream:
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
        needed = values * (dtype.itemsize + result_itemsize) + work_bytes
        require_memory(needed, place, partial(_smaller, shape))
        with self.archive.open(member) as stream:
            array: npt.NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
        return array


@dataclass(frozen=True, slots=True)
class _SafetensorsFile:
    path: Path
    tensors: Any

    @property
    def names(self) -> list[str]:
        return list(self.tensors.keys())

    def read(self, name: str, result_itemsize: int, work_bytes: int = 0) -> npt.NDArray[Any]:
        """One array; formats of floats that numpy has not as float32."""
        place = f"{shown(self.path)}: {quoted(name)}"
        tensor = self.tensors.get_slice(name)
        shape, dtype = tensor.get_shape(), tensor.get_dtype()
        needed = math.prod(shape) * (8 + 8 + result_itemsize) + work_bytes
        require_memory(needed, place, partial(_smaller, shape))
        if dtype in _OTHER_FLOATS:
            kind, decode = _OTHER_FLOATS[dtype]
            return decode(_bits(self.path, name, kind)).reshape(shape)
        _require_numbers(place, dtype in _SAFETENSORS_NUMBERS, dtype)
        array: npt.NDArray[Any] = self.tensors.get_tensor(name)
        return array


_SAFETENSORS_NUMBERS = frozenset(
    ("BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64", "F16", "F32", "F64")
)


def _bits(path: Path, name: str, kind: str) -> npt.NDArray[Any]:
    """What the file holds of a tensor, as whole numbers; safetensors has checked the file.

    The format: the length of a JSON header in 8 bytes, the header, and all bytes of tensors.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        first, last = json.loads(file.read(length))[name]["data_offsets"]
        file.seek(8 + length + first)
        return np.frombuffer(file.read(last - first), kind)


def _of_bfloat16(bits: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Its bits are the upper half of a float32."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def _of_e5m2(bits: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Its bits are the upper half of a float16."""
    return (bits.astype(np.uint16) << 8).view(np.float16).astype(np.float32)


def _of_e4m3(bits: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Sign, four bits of exponent, three of mantissa; NaN in the place of infinity.

    Micikevicius et al., FP8 Formats for Deep Learning, 2022.
    """
    every = np.arange(256)
    exponent, mantissa = (every >> 3) & 15, (every & 7) / 8
    size = np.where(exponent == 0, mantissa / 64, (1 + mantissa) * 2.0 ** (exponent - 7))
    size[(every & 127) == 127] = np.nan
    values: npt.NDArray[np.float32] = np.where(every < 128, size, -size).astype(np.float32)[bits]
    return values


_OTHER_FLOATS: dict[str, tuple[str, Callable[[npt.NDArray[Any]], npt.NDArray[np.float32]]]] = {
    "BF16": ("<u2", _of_bfloat16),
    "F8_E5M2": ("u1", _of_e5m2),
    "F8_E4M3": ("u1", _of_e4m3),
}
"""By safetensors' name, the bits of the formats that numpy has not, and what they mean."""


def _smaller(shape: Sequence[int], share: Fraction) -> str:
    """Which file to change so that a share of the memory is enough."""
    rows = shape[0] if shape else 1
    return f"keep at most {fitting(rows, share)} of its {rows} rows"


def _require_numbers(place: str, numbers: bool, dtype: str) -> None:
    if not numbers:
        raise DataError(
            f"{place}: has dtype {dtype}; expected floats, whole numbers or booleans "
            "(objects are never unpickled)"
        )
