"""Source `table` from files of columns: .csv and .parquet."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from objtui.engine.data import build_dataset
from tests.engine.data.table.table_cases import X, Y, refused, table, write


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
            ("a,targets\n1,0\n\n\nnan,1\n", "t.csv:5: column 'a' is nan"),
            ("a,targets\r\n1,0\r\n\r\n1,7\r\n", "t.csv:4: column 'targets' is 7.0"),
            ('"a\n b",targets\n1,0\n2,-1\n', "t.csv:4: column 'targets' is -1.0"),
            ('a,b,targets\n"1\n",1,0\n2,1,2\n', "t.csv:4: column 'targets' is 2.0"),
            ('a,b,targets\n1,1,0\n"\n1",\n', "t.csv:3: has 2 cells, expected 3"),
            ('a,targets\n1,0\n"\n\nx",1\n', "t.csv:3: column 'a': expected a number, got"),
            ('a,targets\n1,0\n"\ninf",1\n', "t.csv:3: column 'a' is inf"),
            ("a,targets\n1,0,3\n1\n", "t.csv:2: has 3 cells, expected 2"),
            ("a,a,targets\n1,0,3\n", "t.csv: column 'a' is there 2 times"),
            ("a,,targets\n1,2,0\n", "t.csv: column 2 has no name; name it, or list"),
            (",targets\n1,0\n", "has no features beside its targets and ''"),
            ("1,0\n2,1\n", "t.csv:1: holds numbers; expected a line of column names"),
            ("", "t.csv:1: is empty"),
            (
                "a;target\n1;0\n",
                "'targets' (data.targets): did you mean 'target'? "
                "(columns separated by semicolons)",
            ),
            ('a,targets\n"1,0\n', "cannot be read as CSV"),
            (b"a,targets\n\xff\xfe,0\n", "t.csv:2: column 'a': expected a number, got 'ÿþ'"),
            (b"a,targets\n\x00\x01,0\n", "cannot be read as CSV"),
            ("a,targets\n" + "9" * 200_000 + ",0", "cannot be read as CSV"),
        ],
    )
    def test_a_mistake_is_named_with_its_line(
        self, text: str | bytes, message: str, tmp_path: Path
    ) -> None:
        assert message in self.read(text, tmp_path)

    def test_only_the_first_ten_problems_are_spelled_out(self, tmp_path: Path) -> None:
        lines = self.read("a,targets\n" + "x,0\n" * 25, tmp_path).splitlines()
        assert len(lines) == 11
        assert lines[-1] == "data.train: and 15 more problems like these"

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
    @settings(
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    def test_numbers_survive_to_the_bit(self, values: list[list[float]], tmp_path: Path) -> None:
        x, y = np.array(values), np.ones(len(values))
        rows = build_dataset(table(train=write(tmp_path / "h.csv", x, y)), tmp_path, torch.float64)
        assert np.array_equal(rows.train.features, x)
