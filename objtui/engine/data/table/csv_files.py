"""Tables in .csv files: comma-separated, with a header line, in UTF-8."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from objtui.engine.data.arrays import block_bytes
from objtui.engine.data.files import Problems, data_file, quoted, reading, shown
from objtui.engine.data.table.content import TableContent, choose_columns
from objtui.engine.memory import require_memory
from objtui.errors import DataError
from objtui.scenario.schema import TableData

_READ_BYTES = 1 << 20
_WORDS = {"true": 1.0, "false": 0.0}


def read_csv(
    path: Path, data: TableData, dtype: np.dtype[Any], wanted: tuple[str, ...] | None
) -> TableContent:
    """Features and targets of a .csv file; cells are numbers, or true and false.

    Blank lines are skipped. A message names the column of a cell and the line of the file
    in which its row begins.
    """
    with (
        reading(path, "CSV in UTF-8"),
        data_file(path).open(newline="", encoding="utf-8-sig") as stream,
    ):
        lines = csv.reader(stream, strict=True)
        header = [name.strip() for name in next(lines, [])]
        if not header:
            raise DataError(f"{shown(path)}:1: is empty; expected a line of column names")
        if all(_number(name) is not None for name in header):
            raise DataError(f"{shown(path)}:1: holds numbers; expected a line of column names")
        columns = choose_columns(path, header, data, wanted)
        rows = _count_lines(path)  # at least as many as there are rows
        needed = rows * (len(columns) * dtype.itemsize + 24) + block_bytes(len(columns))
        require_memory(needed, shown(path))
        features = np.empty((rows, len(columns)), dtype)
        targets = np.empty(rows)
        begun = np.empty(rows, np.int64)
        order = [header.index(name) for name in columns]
        target = header.index(data.targets)
        problems = Problems()
        read = 0
        following = lines.line_num + 1
        with np.errstate(over="ignore"):  # what overflows is found as not finite
            for cells in lines:  # a quoted cell may hold line ends
                line, following = following, lines.line_num + 1
                if not cells:
                    continue
                place = f"{shown(path)}:{line}"
                if len(cells) != len(header):
                    problems.add(f"{place}: has {len(cells)} cells, expected {len(header)}")
                    continue
                numbers = _numbers(cells)
                if numbers is None:
                    _blame(cells, header, [*order, target], place, problems)
                    numbers = [0.0 if (each := _number(cell)) is None else each for cell in cells]
                features[read] = [numbers[i] for i in order]
                targets[read] = numbers[target]
                begun[read] = line
                read += 1
    problems.raise_if_any()
    names = ("features", data.targets)
    return TableContent(features[:read], targets[:read], columns, names, begun[:read])


def _count_lines(path: Path) -> int:
    """Line ends of a file, and one more for a last line without one."""
    count = 1
    with path.open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            count += max(block.count(b"\n"), block.count(b"\r"))
    return count


def _numbers(cells: list[str]) -> list[float] | None:
    """All cells as numbers, or None where one is not."""
    try:
        return None if any("_" in cell for cell in cells) else list(map(float, cells))
    except ValueError:
        return None


def _number(cell: str) -> float | None:
    """One cell as a number; true and false are 1 and 0. None where it is neither."""
    if (word := cell.strip().lower()) in _WORDS:
        return _WORDS[word]
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _blame(
    cells: list[str], header: list[str], used: Iterable[int], place: str, problems: Problems
) -> None:
    """Add a problem for every cell of the used columns that is no number."""
    for i in used:
        if _number(cells[i]) is None:
            got = quoted(cells[i]) if cells[i].strip() else "an empty cell"
            problems.add(f"{place}: column {quoted(header[i])}: expected a number, got {got}")
