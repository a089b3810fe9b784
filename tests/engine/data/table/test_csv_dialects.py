"""The same table in the dialects of spreadsheets, and columns that only count rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from objtui.engine.data import Dataset, build_dataset
from objtui.errors import DataError
from tests.engine.data.table.table_cases import refused, table


def read(text: str | bytes, folder: Path, name: str = "t.csv", **keys: object) -> Dataset:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return build_dataset(table(train=name, **keys), folder, torch.float64)


LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])


@given(
    values=st.lists(st.tuples(*[st.integers(-(10**6), 10**6)] * 2), min_size=1, max_size=8),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    comma=st.booleans(),
    quoted=st.booleans(),
    told=st.booleans(),
    trailing=st.booleans(),
    line_end=LINE_ENDS,
    encoding=ENCODINGS,
)
@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_table_is_the_same_in_every_dialect(
    tmp_path: Path,
    values: list[tuple[int, int]],
    separator: str,
    comma: bool,
    quoted: bool,
    told: bool,
    trailing: bool,
    line_end: str,
    encoding: str,
) -> None:
    # Five digits behind the point: no such number can be one of thousands.
    rows = [[f"{value / 100_000:.5f}" for value in row] + ["1"] for row in values]
    if comma:
        rows = [[cell.replace(".", ",") for cell in row] for row in rows]
        quoted = quoted or separator == ","
    mark = '"' if quoted else ""
    lines = [["a", "bé", "targets"], *rows]
    end = separator if trailing else ""
    text = [separator.join(f"{mark}{cell}{mark}" for cell in line) + end for line in lines]
    if told:
        text.insert(0, f"sep={separator}")
    dataset = read((line_end.join(text) + line_end).encode(encoding), tmp_path)
    np.testing.assert_array_equal(dataset.train.features, np.array(values) / 100_000)
    odd = [line for line in dataset.notices if "read with" in line]
    assert bool(odd) == (comma or separator != "," or encoding.startswith("utf-16"))


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("a;targets\n1.234,5;1\n3.000;0\n", [1234.5, 3000]),
        ('a,targets\n"1,234.5",1\n"2,000",0\n', [1234.5, 2000]),
        ('a,targets\n"1,234,567",1\n2,0\n', [1234567, 2]),
        ("a;targets\n1,500;1\n2,125;0\n", [1.5, 2.125]),
        ("a;targets\n1\u202f234,5;1\n2;0\n", [1234.5, 2]),
        ("a;targets\n1'234.5;1\n2;0\n", [1234.5, 2]),
        ("a,targets\n\u22121.5,1\n2,0\n", [-1.5, 2]),
        ("# made elsewhere\n\na,targets\n1,1\n2,0\n", [1, 2]),
        ("# a,targets\n1,1\n2,0\n", [1, 2]),
        ("a,targets\n1,1\n2,0\n,\n", [1, 2]),
        ("Größe;targets\n1;1\n2;0\n".encode("cp1252"), [1, 2]),
    ],
)
def test_other_marks_are_read_where_they_are_certain(
    text: str | bytes, features: list[float], tmp_path: Path
) -> None:
    assert read(text, tmp_path).train.features[:, 0].tolist() == features


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a,targets\n"1,234",1\n"2,000",0\n', "t.csv:2: column 'a': '1,234' may be 1234 or 1.234"),
        ("a;b;targets\n1,5;1.234;1\n", "t.csv:2: column 'b': '1.234' may be 1234 or 1.234"),
        ("a;b;targets\n1,5;2.5;1\n", "has '1,5' with a decimal comma, but"),
        ("a b targets\n1 2 1\n", "its columns seem to be separated by spaces"),
        (b"PK\x03\x04" + bytes(99), "it is an Excel workbook"),
        (b"PAR1" + bytes(99), "give it the suffix .parquet"),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused(
    text: str | bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        read(text, tmp_path)
    assert message in str(caught.value)


ROWS = 20
NOISE = np.random.default_rng(0).normal(size=ROWS)
TARGETS = np.arange(ROWS) >= ROWS / 2  # sorted by class, so that an index tells them


def with_first_column(name: str, cells: list[str]) -> str:
    lines = [f"{name},a,targets"]
    lines += [f"{c},{x!r},{int(y)}" for c, x, y in zip(cells, NOISE.tolist(), TARGETS, strict=True)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        *((name, 0) for name in ("", "Unnamed: 0", "Unnamed: 0.1", "__index_level_0__", "index")),
        *((name, 1) for name in ("id", "ID", "row_id", "sample id", "no.", "level_0", "#")),
    ],
)
def test_a_column_that_counts_the_rows_is_left_out_with_a_word(
    name: str, first: int, tmp_path: Path
) -> None:
    cells = [str(first + i) for i in range(ROWS)]
    dataset = read(with_first_column(name, cells), tmp_path)
    np.testing.assert_array_equal(dataset.train.features, NOISE[:, None])
    (notice,) = dataset.notices
    assert notice.startswith("t.csv: 1 feature: 'a'; left out: ")
    if name and not name.startswith("#"):
        listed = read(with_first_column(name, cells), tmp_path, features=[name, "a"])
        assert listed.train.features.shape == (ROWS, 2)
        assert listed.notices == ()


def test_a_nameless_index_is_none_of_the_listed_columns(tmp_path: Path) -> None:
    text = with_first_column("", [f"r{i}" for i in range(ROWS)])
    dataset = read(text, tmp_path, features=["a"])
    np.testing.assert_array_equal(dataset.train.features, NOISE[:, None])


@pytest.mark.parametrize("name", ["t", "seconds"])
def test_a_measurement_that_counts_the_rows_stays_and_is_spoken_of(
    name: str, tmp_path: Path
) -> None:
    dataset = read(with_first_column(name, [str(i) for i in range(ROWS)]), tmp_path)
    assert dataset.width == 2
    assert f"'{name}' counts the rows from 0" in dataset.notices[-1]


def test_the_index_that_pandas_has_noted_is_left_out(tmp_path: Path) -> None:
    columns = {"sample": np.arange(ROWS)[::-1].copy(), "a": NOISE, "targets": TARGETS}
    noted = pa.table(columns).replace_schema_metadata({"pandas": '{"index_columns": ["sample"]}'})
    pq.write_table(noted, tmp_path / "t.parquet")
    dataset = build_dataset(table(train="t.parquet"), tmp_path, torch.float64)
    np.testing.assert_array_equal(dataset.train.features, NOISE[:, None])
    assert "left out: 'sample' (an index of pandas)" in dataset.notices[0]


def test_a_file_of_nothing_but_an_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Unnamed: 0,targets\n0,0\n1,1\n")
    assert "left out as an index of pandas" in refused(table(train="t.csv"), tmp_path)
