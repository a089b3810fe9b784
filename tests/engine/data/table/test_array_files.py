"""Source `table` from files of arrays: .npz and .safetensors."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file as save_torch

from objtui.engine.data import build_dataset
from tests.engine.data.table.table_cases import refused, table, write


class TestArrays:
    def test_one_axis_of_features_is_one_feature_and_a_column_of_targets_is_taken(
        self, tmp_path: Path
    ) -> None:
        np.savez(tmp_path / "t.npz", z=np.arange(3.0), y=np.ones((3, 1), ">f4"))
        data = table(train="t.npz", features="z", targets="y")
        rows = build_dataset(data, tmp_path, torch.float32).train
        assert rows.features.tolist() == [[0], [1], [2]]
        assert rows.targets.tolist() == [1, 1, 1]

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            ({"features": np.zeros((2, 2, 2)), "targets": np.zeros(2)}, "shape (2, 2, 2)"),
            ({"features": np.zeros((2, 2)), "targets": np.zeros((2, 2))}, "expected (rows,)"),
            ({"features": np.zeros((2, 2)), "targets": np.zeros(3)}, "3 targets for 2 rows"),
            ({"features": np.array(["a", "b"]), "targets": np.zeros(2)}, "has dtype <U1"),
            ({"features": np.zeros(2, complex), "targets": np.zeros(2)}, "has dtype complex128"),
            ({"features": np.zeros(2, [("é", "f4")]), "targets": np.zeros(2)}, "expected"),
            ({"feature": np.zeros((2, 2)), "targets": np.zeros(2)}, "did you mean 'feature'?"),
        ],
    )
    @pytest.mark.filterwarnings("ignore:Stored array in format 3.0")
    def test_arrays_that_are_no_table_are_refused(
        self, arrays: dict[str, np.ndarray], message: str, tmp_path: Path
    ) -> None:
        np.savez(tmp_path / "t.npz", **arrays)
        assert message in refused(table(train="t.npz"), tmp_path)

    def test_a_pickle_is_never_loaded(self, tmp_path: Path) -> None:
        objects = np.array([_Trap(tmp_path / "sprung"), None], dtype=object)
        np.savez(tmp_path / "t.npz", features=objects, targets=np.zeros(2))
        (tmp_path / "sprung").unlink(missing_ok=True)
        assert "dtype object" in refused(table(train="t.npz"), tmp_path)
        with zipfile.ZipFile(tmp_path / "p.npz", "w") as archive:
            archive.writestr("features.npy", pickle.dumps(_Trap(tmp_path / "sprung")))
            archive.writestr("targets.npy", b"")
        assert "cannot be read as an .npz" in refused(table(train="p.npz"), tmp_path)
        assert not (tmp_path / "sprung").exists()

    @pytest.mark.parametrize("shape", ["(10**9,)", "(1000000000000, 1000)", "(-4,)"])
    def test_a_header_that_claims_more_than_there_is_takes_no_memory(
        self, shape: str, tmp_path: Path
    ) -> None:
        header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        npy = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 64
        with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
            archive.writestr("features.npy", npy)
            archive.writestr("targets.npy", npy)
        assert str(tmp_path / "t.npz") in refused(table(train="t.npz"), tmp_path)

    def test_an_array_larger_than_memory_is_refused_before_it_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tmp_path / "t.npz")
        write(tmp_path / "t.csv")
        write(tmp_path / "t.parquet")
        write(tmp_path / "t.safetensors")
        monkeypatch.setattr("objtui.datafiles.memory.available_memory", lambda: 500)
        for name in ("t.npz", "t.csv", "t.parquet", "t.safetensors"):
            assert "of memory, but only 500 bytes" in refused(table(train=name), tmp_path)

    def test_bfloat16_tensors_are_numbers(self, tmp_path: Path) -> None:
        tensors = {"features": torch.ones(2, 2, dtype=torch.bfloat16), "targets": torch.ones(2)}
        save_torch(tensors, tmp_path / "t.safetensors")
        rows = build_dataset(table(train="t.safetensors"), tmp_path, torch.float64).train
        assert rows.features.tolist() == [[1, 1], [1, 1]]

    def test_a_list_of_columns_is_refused(self, tmp_path: Path) -> None:
        data = table(train=write(tmp_path / "t.npz"), features=["x0"])
        assert 'features = "features"' in refused(data, tmp_path)


class _Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path, bytes], int], tuple[Path, bytes]]:
        return Path.write_bytes, (self.path, b"")


def test_an_encrypted_or_unknown_compression_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "t.npz")
    raw = (tmp_path / "t.npz").read_bytes()
    buffer = io.BytesIO(raw)
    with zipfile.ZipFile(buffer) as archive:
        assert archive.namelist()
    flagged = raw.replace(b"PK\x01\x02\x2d\x03\x2d\0\0\0", b"PK\x01\x02\x2d\x03\x2d\0\1\0")
    flagged = flagged.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0")
    assert flagged != raw
    (tmp_path / "t.npz").write_bytes(flagged)
    assert "cannot be read as an .npz" in refused(table(train="t.npz"), tmp_path)
