"""Tables in .csv and .tsv files with a header line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from objtui.datafiles.csv_dialect import (
    Dialect,
    NumberStyle,
    csv_dialect,
    number_style,
    plain_number,
    split,
)
from objtui.datafiles.files import Problems, data_file, quoted, reading, shown
from objtui.datafiles.memory import fitting, require_memory
from objtui.datafiles.table import TableRows, Wanted
from objtui.errors import DataError
from objtui.text.numbers import counted

_READ_BYTES = 1 << 20

_PLAIN_BYTES = 8 * _READ_BYTES
"""Of lines that are read at once, and their numbers."""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A csv file whose header has been read; `header` are the names of its columns."""

    path: Path
    dialect: Dialect
    header: list[str]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Every row under the header, with the line it begins in; blank ones are skipped."""
        skipped = self.dialect.skipped
        with _opened(self.path, self.dialect) as stream:
            lines = split(islice(stream, skipped, None), self.dialect.separator)
            next(lines, None)
            following = skipped + lines.line_num + 1
            try:
                for cells in lines:  # a quoted cell may hold line ends
                    line, following = following, skipped + lines.line_num + 1
                    if cells:
                        yield line, cells
            except csv.Error as error:
                place = f"{shown(self.path)}:{following}"
                raise DataError(
                    f"{place}: cannot be read as CSV: in the row that begins here {error}; a cell "
                    "with a quote in it is quoted whole, its quotes doubled"
                ) from error

    def without_empty(self) -> list[str]:
        """The header without columns that have no name and hold nothing.

        As behind a trailing separator; the first column stays.
        """
        nameless = [i for i, name in enumerate(self.header) if not name and i > 0]
        if not nameless:
            return self.header
        with reading(self.path, "CSV"), _opened(self.path, self.dialect) as stream:
            lines = split(islice(stream, self.dialect.skipped, None), self.dialect.separator)
            if any(i < len(cells) and cells[i].strip() for cells in lines for i in nameless):
                return self.header
        return [name for i, name in enumerate(self.header) if name or i == 0]


def open_csv(path: Path, expected: str) -> CsvFile:
    """A .csv file with its header; `expected` is a column that it should have.

    Raises DataError where it cannot be read as one.
    """
    data_file(path)
    with reading(path, "CSV"):
        dialect = csv_dialect(path, expected)
        return CsvFile(path, dialect, _header(path, dialect))


def read_csv(file: CsvFile, wanted: Wanted) -> TableRows:
    """Some of its columns, which it has; cells are numbers, or true and false.

    Blank lines are skipped. A message names the column of a cell and the line of the file
    in which its row begins. Raises DataError with every problem.
    """
    path = file.path
    with reading(path, "CSV"):
        most_rows = _count_lines(path)  # at least as many as there are rows
        row_bytes = len(wanted.columns) * wanted.dtype.itemsize + 24
        require_memory(
            most_rows * row_bytes + wanted.work_bytes + _PLAIN_BYTES,
            shown(path),
            lambda share: (
                f"keep at most {fitting(most_rows, share)} of its {most_rows} lines, "
                f"or {wanted.fewer}"
            ),
        )
        at = {name: i for i, name in reversed([*enumerate(file.header)])}
        used = [at[name] for name in wanted.names]
        return _read_plain(file, wanted, used, most_rows) or _read(file, wanted, used, most_rows)


def _opened(path: Path, dialect: Dialect) -> io.TextIOWrapper:
    return path.open(newline="", encoding=dialect.encoding)


def _header(path: Path, dialect: Dialect) -> list[str]:
    with _opened(path, dialect) as stream:
        lines = split(islice(stream, dialect.skipped, None), dialect.separator)
        header = [name.strip() for name in next(lines, [])]
    if header and header[0].startswith("#"):  # as numpy.savetxt marks its header
        header[0] = header[0].lstrip("#").strip() or header[0]
    place = f"{shown(path)}:{dialect.skipped + 1}"
    if not header:
        raise DataError(f"{place}: is empty; expected a line of column names")
    if all(plain_number(name) is not None for name in header):
        raise DataError(f"{place}: holds numbers; expected a line of column names")
    return header


def _read_plain(file: CsvFile, wanted: Wanted, used: list[int], most_rows: int) -> TableRows | None:
    """The rows of a file of nothing but numbers, a row a line; None of any other.

    NumPy reads such a file several times as fast, and takes no cell that `_read` would not.
    """
    columns = np.empty((most_rows, len(wanted.columns)), wanted.dtype)
    exact = np.empty(most_rows)
    read = 0
    with _opened(file.path, file.dialect) as stream, np.errstate(over="ignore"):
        header = split(islice(stream, file.dialect.skipped, None), file.dialect.separator)
        next(header, None)
        first = file.dialect.skipped + header.line_num + 1
        while lines := stream.readlines(_READ_BYTES):
            is_blank = not {"\n", "\r\n", "\r"}.isdisjoint(lines)
            if is_blank or max(map(len, lines)) > csv.field_size_limit():
                return None
            try:
                numbers = np.loadtxt(
                    lines, delimiter=file.dialect.separator, comments=None, ndmin=2
                )
            except ValueError:
                return None
            if numbers.shape != (len(lines), len(file.header)):
                return None
            block = slice(read, read + len(lines))
            columns[block] = numbers[:, used[:-1]]
            exact[block] = numbers[:, used[-1]]
            read += len(lines)
    odd = file.dialect.notices()
    notices = (_read_with(file.path, odd),) if odd else ()
    return TableRows(columns[:read], exact[:read], np.arange(first, first + read), notices)


def _read_with(path: Path, odd: list[str]) -> str:
    return f"{shown(Path(path.name))}: read with {', '.join(odd)}"


def _read(
    file: CsvFile,
    wanted: Wanted,
    used: list[int],
    most_rows: int,
    style: NumberStyle | None = None,
) -> TableRows:
    """The rows; once a cell has other marks than a point, all are gone through for their style."""
    path = file.path
    columns = np.empty((most_rows, len(wanted.columns)), wanted.dtype)
    exact = np.empty(most_rows)
    begun = np.empty(most_rows, np.int64)
    width = len(file.header)
    problems = Problems()
    read = empty = 0
    with np.errstate(over="ignore"):  # what overflows is found as not finite
        for line, cells in file.rows():
            if not any(map(str.strip, cells)):
                empty += 1
                continue
            if len(cells) < width or any(map(str.strip, cells[width:])):
                has = counted(len(cells), "cell")
                problems.add(f"{shown(path)}:{line}: has {has}, expected {width}")
                continue
            numbers = _numbers(cells, used, style)
            if numbers is None and style is None and any(_may_be_number(cells[i]) for i in used):
                return _read(file, wanted, used, most_rows, _style(file, used))
            if numbers is None:
                _blame(cells, file, used, f"{shown(path)}:{line}", style, problems)
                continue
            columns[read] = numbers[:-1]
            exact[read] = numbers[-1]
            begun[read] = line
            read += 1
    problems.raise_if_any()
    odd = [*file.dialect.notices(), *(style.notices() if style is not None else ())]
    notices = [_read_with(path, odd)] if odd else []
    if empty:
        rows = "row of empty cells was" if empty == 1 else "rows of empty cells were"
        notices.append(f"{shown(Path(path.name))}: {empty} {rows} passed over")
    return TableRows(columns[:read], exact[:read], begun[:read], tuple(notices))


def _count_lines(path: Path) -> int:
    """Line ends of a file, and one more for a last line without one."""
    count = 1
    with path.open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            count += block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
    return count


def _may_be_number(cell: str) -> bool:
    """Whether a cell that is no plain number may be one in another style."""
    if plain_number(cell) is not None:
        return False
    return any(char.isdigit() for char in cell) and not any(
        char.isalpha() and char not in "eE" for char in cell
    )


def _style(file: CsvFile, used: list[int]) -> NumberStyle:
    cells = (
        (f"{shown(file.path)}:{line}: column {quoted(file.header[i])}", cells[i])
        for line, cells in file.rows()
        for i in used
        if i < len(cells) and ("," in cells[i] or "." in cells[i])
    )
    return number_style(cells, file.dialect.separator)


def _numbers(cells: list[str], used: list[int], style: NumberStyle | None) -> list[float] | None:
    """The used cells as numbers, or None where one is not."""
    try:
        chosen = [cells[i] for i in used]
        if style is None and not any("_" in cell for cell in chosen):
            return list(map(float, chosen))
    except (IndexError, ValueError):
        pass
    numbers: list[float] = []
    for i in used:
        cell = cells[i] if i < len(cells) else ""
        number = plain_number(cell) if style is None else style.number(cell)
        if number is None:
            return None
        numbers.append(number)
    return numbers


def _blame(
    cells: list[str],
    file: CsvFile,
    used: list[int],
    place: str,
    style: NumberStyle | None,
    problems: Problems,
) -> None:
    """Add a problem for every cell of the used columns that is no number."""
    for i in used:
        if _numbers(cells, [i], style) is None:
            got = quoted(cells[i]) if cells[i].strip() else "an empty cell"
            problems.add(f"{place}: column {quoted(file.header[i])}: expected a number, got {got}")
