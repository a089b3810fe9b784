"""Safetensors bytes as the package itself reads and writes them."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from objtui.datafiles.tensor_bytes import read_tensors, write_tensors

TENSORS = {
    "a": torch.arange(6, dtype=torch.float32).view(2, 3),
    "b": torch.tensor([1.5, -2.25, float("nan")], dtype=torch.bfloat16),
    "c": torch.tensor(True),
    "d": torch.empty(0, 4, dtype=torch.float64),
    "e": torch.arange(3, dtype=torch.float16),
}


def test_what_is_read_and_written_again_is_the_same_to_the_package() -> None:
    tensors, metadata = read_tensors(safetensors.torch.save(TENSORS, {"k": "v"}))
    assert metadata == {"k": "v"}
    out = io.BytesIO()
    write_tensors(out, tensors, metadata)
    again = safetensors.torch.load(out.getvalue())
    assert again.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert again[name].dtype == tensor.dtype
        assert torch.equal(again[name].nan_to_num(7), tensor.nan_to_num(7))


def test_views_are_written_as_their_values_lie() -> None:
    tensors, _ = read_tensors(safetensors.torch.save(TENSORS))
    out = io.BytesIO()
    write_tensors(out, {"a": tensors["a"].of(tensors["a"].bits.T)}, {})
    assert (
        safetensors.torch.load(out.getvalue())["a"].tolist()
        == np.arange(6).reshape(2, 3).T.tolist()
    )


def encoded(header: object) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(16)


ODD = [None, -1, 2**70, 0.5, True, "F32", [], [1], [-4, 4], [0, 2**70], [8, 4], {}]


@pytest.mark.parametrize("key", ["dtype", "shape", "data_offsets"])
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_header_of_anything_else_is_refused(key: str, odd: object) -> None:
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    assert list(read_tensors(encoded({"a": entry}))[0]) == ["a"]
    if (key, odd) == ("dtype", "F32"):
        return
    with pytest.raises(ValueError, match=r"."):
        read_tensors(encoded({"a": entry | {key: odd}}))


@given(st.binary(max_size=60), st.recursive(st.none() | st.integers() | st.text(), st.lists))
def test_bytes_of_others_are_refused(data: bytes, header: object) -> None:
    for each in (data, encoded(header), encoded({"__metadata__": header, "a": header})):
        try:
            read_tensors(each)
        except ValueError:
            continue
        length = int.from_bytes(each[:8], "little")
        assert isinstance(json.loads(each[8 : 8 + length]), dict)
