"""Named tensors as safetensors bytes, read and written without that package or torch.

The format (github.com/huggingface/safetensors, "Format"): the length of a JSON header in 8 bytes,
the header, by name dtype, shape and place of each tensor, and all bytes of tensors one after
another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

_CARRIERS = {
    "BOOL": "?",
    "U8": "u1",
    "I64": "<i8",
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
}
"""By safetensors' name of a dtype the one whose values have as many bytes; numpy has no BF16."""

_ALIGNED = 8


@dataclass(frozen=True, eq=False, slots=True)
class NamedTensor:
    """A tensor: its bits in an array, whose values are its own but for "BF16"."""

    dtype: str
    bits: npt.NDArray[Any]

    def of(self, bits: npt.NDArray[Any]) -> NamedTensor:
        """Other bits of the same dtype."""
        return NamedTensor(self.dtype, bits)


def read_tensors(data: bytes) -> tuple[dict[str, NamedTensor], dict[str, str]]:
    """The tensors, views of `data`, and the metadata; ValueError where it is none of these."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise ValueError("it is cut short")
    try:
        header = json.loads(data[8 : 8 + length])
        metadata = header.pop("__metadata__", {})
        tensors = {name: _tensor(data, 8 + length, entry) for name, entry in header.items()}
    except (AttributeError, KeyError, OverflowError, TypeError, RecursionError) as error:
        raise ValueError("its header is none") from error
    if not isinstance(metadata, dict):
        raise ValueError("its metadata are none")
    return tensors, metadata


def _tensor(data: bytes, begin: int, entry: dict[str, Any]) -> NamedTensor:
    dtype, shape, (start, stop) = entry["dtype"], entry["shape"], entry["data_offsets"]
    carrier = np.dtype(_CARRIERS[dtype])
    counts = [start, stop, *shape]
    if not all(type(count) is int and 0 <= count <= len(data) for count in counts):
        raise ValueError("a tensor in it has no shape or place")
    values = math.prod(shape)
    if begin + stop > len(data) or stop - start != values * carrier.itemsize:
        raise ValueError("a tensor in it is not where its header says")
    return NamedTensor(dtype, np.frombuffer(data, carrier, values, begin + start).reshape(shape))


def write_tensors(
    out: BinaryIO, tensors: Mapping[str, NamedTensor], metadata: Mapping[str, str]
) -> None:
    """Write tensors in their order."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.bits.nbytes
        shape = list(tensor.bits.shape)
        header[name] = {"dtype": tensor.dtype, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % _ALIGNED)
    out.write(len(text).to_bytes(8, "little") + text)
    for part in _parts(tensors):
        out.write(part)


def _parts(tensors: Mapping[str, NamedTensor]) -> Iterator[bytes]:
    for tensor in tensors.values():
        yield tensor.bits.astype(_CARRIERS[tensor.dtype]).tobytes()
