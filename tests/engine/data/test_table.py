"""Source `table`: what every kind of file has in common, and arrays."""

from __future__ import annotations

import contextlib
import importlib
import io
import pickle
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

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


@kinds
@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_a_table_gives_back_what_was_written(
    kind: str, precision: torch.dtype, tmp_path: Path
) -> None:
    dataset = build_dataset(table(train=write(tmp_path / kind)), tmp_path, precision)
    assert torch.equal(dataset.train.features, torch.tensor(X, dtype=precision))
    assert torch.equal(dataset.train.targets, torch.tensor(Y, dtype=precision))
    assert dataset.train.positive.tolist() == (Y >= 0.5).tolist()
    assert dataset.val is None


@kinds
def test_validation_rows_come_from_their_own_file(kind: str, tmp_path: Path) -> None:
    names = [write(tmp_path / f"{part}-{kind}", X[rows], Y[rows]) for part, rows in PARTS]
    data = table(train=names[0], val=names[1], standardize=True)
    dataset = build_dataset(data, tmp_path, torch.float64)
    mean, sd = X[:30].mean(axis=0), X[:30].std(axis=0)
    np.testing.assert_allclose(dataset.train.features, (X[:30] - mean) / sd)
    np.testing.assert_allclose(dataset.evaluation.features, (X[30:] - mean) / sd)


PARTS = [("train", slice(0, 30)), ("val", slice(30, 40))]


@kinds
def test_a_share_is_held_out_at_random_by_the_seed(kind: str, tmp_path: Path) -> None:
    name = write(tmp_path / kind)
    first, again, other = (
        build_dataset(table(train=name, val_share=0.3, seed=seed), tmp_path, torch.float64)
        for seed in (0, 0, 1)
    )
    assert (len(first.train), len(first.evaluation)) == (28, 12)
    assert torch.equal(first.train.features, again.train.features)
    assert not torch.equal(first.train.features, other.train.features)
    both = np.concatenate([first.train.features, first.evaluation.features])
    assert sorted(map(tuple, both)) == sorted(map(tuple, X))


@pytest.mark.parametrize(("share", "rows"), [(0.001, (40, 0)), (0.999, (0, 40))])
def test_a_share_that_leaves_a_part_empty_is_refused(
    share: float, rows: tuple[int, int], tmp_path: Path
) -> None:
    message = refused(table(train=write(tmp_path / "t.csv"), val_share=share), tmp_path)
    assert f"leaves {rows[0]} for training and {rows[1]} for validation" in message


@kinds
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_the_first_feature_that_is_not_finite_is_named_and_all_counted(
    kind: str, value: float, tmp_path: Path
) -> None:
    x = X.copy()
    x[4, 1] = x[7, 0] = value
    message = refused(table(train=write(tmp_path / kind, x)), tmp_path)
    place = "features[4, 1]" if kind in ("t.npz", "t.safetensors") else "column 'x1' of row 5"
    assert f"{tmp_path / kind}: {place} is" in message
    assert "expected a finite float32 number (2 such values)" in message


@kinds
@pytest.mark.parametrize("value", [-0.01, 1.5, np.nan, np.inf])
def test_the_first_target_outside_0_to_1_is_named(kind: str, value: float, tmp_path: Path) -> None:
    y = Y.copy()
    y[6] = value
    message = refused(table(train=write(tmp_path / kind, y=y)), tmp_path)
    place = "targets[6]" if kind in ("t.npz", "t.safetensors") else "column 'targets' of row 7"
    assert f"{place} is {value}, expected a target from 0 to 1 (1 such value)" in message


@kinds
def test_a_target_of_another_name_is_suggested(kind: str, tmp_path: Path) -> None:
    message = refused(table(train=write(tmp_path / kind, target="target")), tmp_path)
    assert "'targets' (data.targets): did you mean 'target'?" in message


@kinds
def test_no_rows_are_refused(kind: str, tmp_path: Path) -> None:
    message = refused(table(train=write(tmp_path / kind, X[:0], Y[:0])), tmp_path)
    assert "has no rows" in message


@kinds
def test_no_features_are_refused(kind: str, tmp_path: Path) -> None:
    assert "has no features" in refused(table(train=write(tmp_path / kind, X[:, :0])), tmp_path)


@kinds
def test_validation_rows_of_another_width_are_refused(kind: str, tmp_path: Path) -> None:
    train = write(tmp_path / f"train-{kind}")
    val = write(tmp_path / f"val-{kind}", X[:, :2])
    message = refused(table(train=train, val=val), tmp_path)
    assert "has 2 features" in message or "lacks column 'x2' of the training file" in message


@kinds
def test_whole_numbers_and_booleans_are_numbers(kind: str, tmp_path: Path) -> None:
    x, y = np.arange(6).reshape(3, 2), np.array([True, False, True])
    rows = build_dataset(table(train=write(tmp_path / kind, x, y)), tmp_path, torch.float32).train
    assert rows.features.tolist() == x.tolist()
    assert rows.targets.tolist() == [1, 0, 1]


@kinds
def test_a_file_of_other_bytes_is_refused(kind: str, tmp_path: Path) -> None:
    (tmp_path / kind).write_bytes(b"\x93\xff\x00 not a table" * 9)
    assert f"{tmp_path / kind}: cannot be read as" in refused(table(train=kind), tmp_path)
    (tmp_path / kind).write_bytes(b"")
    assert str(tmp_path / kind) in refused(table(train=kind), tmp_path)


@pytest.mark.parametrize("kind", ["t.npz", "t.safetensors", "t.parquet", "t.csv"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.data())
def test_damage_anywhere_is_a_data_error_or_none(
    kind: str, cuts: st.DataObject, tmp_path: Path
) -> None:
    name = write(tmp_path / kind, X[:4], Y[:4])
    raw = bytearray((tmp_path / name).read_bytes())
    for _ in range(cuts.draw(st.integers(1, 4))):
        raw[cuts.draw(st.integers(0, len(raw) - 1))] = cuts.draw(st.integers(0, 255))
    (tmp_path / name).write_bytes(raw[: cuts.draw(st.integers(0, len(raw)))])
    with contextlib.suppress(DataError):  # every other error fails
        build_dataset(table(train=name), tmp_path, torch.float64)


@pytest.mark.parametrize("name", ["none.csv", "folder.csv", "a\0b.csv", "x" * 5000 + ".csv"])
def test_a_file_that_cannot_be_opened_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    message = refused(table(train=name), tmp_path)
    assert repr(name)[1:5] in message
    assert message.isprintable()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device that never ends")
def test_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").symlink_to("/dev/zero")
    assert "is not a regular file" in refused(table(train="t.csv"), tmp_path)


def test_an_unknown_suffix_lists_the_known_ones(tmp_path: Path) -> None:
    message = refused(table(train="t.xlsx"), tmp_path)
    assert ".npz, .safetensors, .csv, .parquet" in message


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
        monkeypatch.setattr("objtui.engine.data.memory.available_memory", lambda: 500)
        for name in ("t.npz", "t.csv", "t.parquet", "t.safetensors"):
            assert "of memory, but only 500 bytes" in refused(table(train=name), tmp_path)

    def test_bfloat16_tensors_are_numbers(self, tmp_path: Path) -> None:
        tensors = {"features": torch.ones(2, 2, dtype=torch.bfloat16), "targets": torch.zeros(2)}
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


class TestColumns:
    @pytest.mark.parametrize("kind", ["t.csv", "t.parquet"])
    def test_listed_columns_are_taken_in_their_order(self, kind: str, tmp_path: Path) -> None:
        data = table(train=write(tmp_path / kind), features=["x2", "x0"])
        rows = build_dataset(data, tmp_path, torch.float64).train
        np.testing.assert_array_equal(rows.features, X[:, [2, 0]])

    @pytest.mark.parametrize("kind", ["t.csv", "t.parquet"])
    def test_validation_columns_are_matched_by_name(self, kind: str, tmp_path: Path) -> None:
        train = write(tmp_path / f"train-{kind}")
        swapped = {"targets": Y, "x2": X[:, 2], "x1": X[:, 1], "x0": X[:, 0]}
        if kind == "t.csv":
            lines = [",".join(swapped)]
            lines += [",".join(map(repr, row)) for row in np.stack([*swapped.values()], 1).tolist()]
            (tmp_path / "val.csv").write_text("\n".join(lines))
        else:
            pq.write_table(pa.table(swapped), tmp_path / "val.parquet")
        data = table(train=train, val=f"val{Path(kind).suffix}")
        dataset = build_dataset(data, tmp_path, torch.float64)
        assert torch.equal(dataset.train.features, dataset.evaluation.features)

    @pytest.mark.parametrize(
        ("keys", "message"),
        [
            (
                {"features": ["x0", "X00"]},
                "has no column 'X00' (data.features): did you mean 'x0'?",
            ),
            ({"features": ["x0", "x0"]}, "data.features: 'x0' is listed 2 times"),
            ({"features": ["x0", "targets"]}, "data.features: 'targets' is the column of targets"),
            ({"features": "x0"}, "give a list: features = ['x0']"),
        ],
    )
    @pytest.mark.parametrize("kind", ["t.csv", "t.parquet"])
    def test_features_that_are_no_columns_are_named(
        self, kind: str, keys: dict[str, object], message: str, tmp_path: Path
    ) -> None:
        assert message in refused(table(train=write(tmp_path / kind), **keys), tmp_path)

    def test_a_column_of_text_or_with_a_null_is_named(self, tmp_path: Path) -> None:
        texts = pa.table({"a": ["x", "y"], "b": [[1], [2]], "targets": [0, 1]})
        pq.write_table(texts, tmp_path / "t.parquet")
        message = refused(table(train="t.parquet"), tmp_path)
        assert "column 'a' holds string" in message
        assert "column 'b' holds list" in message
        pq.write_table(pa.table({"a": [1.0, None], "targets": [0, 1]}), tmp_path / "t.parquet")
        assert "column 'a' of row 2 is null" in refused(table(train="t.parquet"), tmp_path)

    def test_without_pyarrow_the_extra_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = write(tmp_path / "t.parquet")
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(ImportError):
            importlib.import_module("pyarrow")
        assert "pip install pyarrow" in refused(table(train=name), tmp_path)


class TestCsv:
    def read(self, text: str | bytes, folder: Path, **keys: object) -> str:
        raw = text.encode() if isinstance(text, str) else text
        (folder / "t.csv").write_bytes(raw)
        message = refused(table(train="t.csv", **keys), folder)
        return message.replace(f"{folder}/", "")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("a,targets\n1,0\nhi,1\n", "t.csv:3: column 'a': expected a number, got 'hi'"),
            ("a,targets\n1,0\n\n,1\n", "t.csv:4: column 'a': expected a number, got an empty cell"),
            ("a,targets\n1_0,0\n", "t.csv:2: column 'a': expected a number, got '1_0'"),
            ("a,targets\n1,0,3\n1\n", "t.csv:2: has 3 cells, expected 2"),
            ("a,a,targets\n1,0,3\n", "t.csv: column 'a' is there 2 times"),
            (",targets\n1,0\n", "t.csv: column 1 has no name"),
            ("1,0\n2,1\n", "t.csv:1: holds numbers; expected a line of column names"),
            ("", "t.csv:1: is empty"),
            (
                "a;targets\n1;0\n",
                "has no column 'targets' (data.targets): did you mean 'a;targets'",
            ),
            ('a,targets\n"1,0\n', "t.csv: cannot be read as CSV in UTF-8"),
            (b"a,targets\n\xff\xfe,0\n", "t.csv: cannot be read as CSV in UTF-8"),
            ("a,targets\n" + "9" * 200_000 + ",0", "t.csv: cannot be read as CSV in UTF-8"),
        ],
    )
    def test_a_mistake_is_named_with_its_line(
        self, text: str | bytes, message: str, tmp_path: Path
    ) -> None:
        assert message in self.read(text, tmp_path)

    def test_only_the_first_ten_problems_are_spelled_out(self, tmp_path: Path) -> None:
        lines = self.read("a,targets\n" + "x,0\n" * 25, tmp_path).splitlines()
        assert len(lines) == 11
        assert lines[-1] == "and 15 more problems like these"

    def test_text_in_a_column_that_is_not_used_is_no_problem(self, tmp_path: Path) -> None:
        (tmp_path / "t.csv").write_text("\ufeffname, a ,targets\nx,1,True\n\ny,2,false")
        data = table(train="t.csv", features=["a"])
        rows = build_dataset(data, tmp_path, torch.float64).train
        assert rows.features.tolist() == [[1], [2]]
        assert rows.targets.tolist() == [1, 0]

    @given(
        values=st.lists(
            st.lists(st.floats(-1e30, 1e30), min_size=3, max_size=3), min_size=1, max_size=9
        )
    )
    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_numbers_survive_to_the_bit(self, values: list[list[float]], tmp_path: Path) -> None:
        x, y = np.array(values), np.zeros(len(values))
        rows = build_dataset(table(train=write(tmp_path / "h.csv", x, y)), tmp_path, torch.float64)
        assert np.array_equal(rows.train.features, x)


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
