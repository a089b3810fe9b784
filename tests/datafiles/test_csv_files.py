"""Plain .csv files are read by NumPy, and no otherwise than any other is, cell by cell."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.datafiles import csv_files
from objtui.datafiles.csv_files import open_csv, read_csv
from objtui.datafiles.table import TableRows, Wanted
from objtui.errors import DataError

WANTED = Wanted(("a", "c"), "b", np.dtype(np.float64))

NUMBERS = st.floats().map(repr) | st.integers(-(10**20), 10**20).map(str)
CELLS = st.one_of(
    *[NUMBERS] * 6,
    st.sampled_from(["", " ", " 1 ", "true", "1_0", "1,5", '"2"', "x", "0x1", "1e5", ".5", "+1"]),
    st.sampled_from(["\x0b1", "\u0661", "1\u00a0000", "\u22121", "#1", "1d2", "nan", "-inf"]),
)
LINES = st.lists(CELLS, min_size=3, max_size=3) | st.lists(CELLS, max_size=4)


def read(path: Path) -> TableRows | str:
    """The rows of a file, or what is said of it."""
    try:
        return read_csv(open_csv(path, "b"), WANTED)
    except DataError as error:
        return str(error)


def assert_alike(path: Path) -> None:
    either = read(path)
    with mock.patch.object(csv_files, "_read_plain", return_value=None):
        cell_by_cell = read(path)
    if isinstance(either, str) or isinstance(cell_by_cell, str):
        assert either == cell_by_cell
        return
    np.testing.assert_array_equal(either.columns, cell_by_cell.columns)
    np.testing.assert_array_equal(either.exact, cell_by_cell.exact)
    np.testing.assert_array_equal(either.lines, cell_by_cell.lines)
    assert either.notices == cell_by_cell.notices


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv") / "t.csv"


@given(
    lines=st.lists(st.lists(NUMBERS, min_size=3, max_size=3), max_size=8) | st.lists(LINES),
    mark=st.sampled_from([",", ";", "\t"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    last=st.booleans(),
)
def test_what_is_read_does_not_depend_on_how(
    lines: list[list[str]], mark: str, end: str, last: bool, path: Path
) -> None:
    text = end.join(mark.join(cells) for cells in [["a", "b", "c"], *lines])
    path.write_text(text + end * last, encoding="utf-8", newline="")
    assert_alike(path)


def test_lines_of_one_file_may_end_in_several_ways(path: Path) -> None:
    path.write_text("a,b,c\r\n" + "1,2,3\n" * 5 + "4,5,6\r" * 5, newline="")
    assert_alike(path)
    assert read_csv(open_csv(path, "b"), WANTED).exact.tolist() == [2] * 5 + [5] * 5


@pytest.mark.parametrize("cell", ['"2" and more', '"never closed', "9" * 200_000])
def test_a_row_that_is_no_csv_is_named_by_its_line(path: Path, cell: str) -> None:
    path.write_text(f"a,b,c\n1,2,3\n\n1,{cell},3\n1,2,3\n")
    said = read(path)
    assert isinstance(said, str)
    assert f"{path}:4: cannot be read as CSV: " in said


def test_a_plain_file_is_read_by_numpy_over_many_blocks(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_files, "_READ_BYTES", 64)
    monkeypatch.setattr(csv_files, "_read", None)  # so that none but NumPy can
    rows = np.random.default_rng(0).normal(size=(100, 3))
    text = "\n".join(",".join(map(repr, row)) for row in rows.tolist())
    path.write_text(f"# made by hand\na,b,c\n{text}")
    content = read_csv(open_csv(path, "b"), WANTED)
    np.testing.assert_array_equal(content.columns, rows[:, [0, 2]])
    np.testing.assert_array_equal(content.exact, rows[:, 1])
    assert content.lines is not None
    assert content.lines.tolist() == list(range(3, 103))
