"""What is read from a table file, and choosing its columns by name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from objtui.engine.data.arrays import Features, Targets
from objtui.engine.data.files import Problems, nearest_hint, quoted, shown
from objtui.errors import DataError
from objtui.scenario.schema import TableData


@dataclass(frozen=True, slots=True, eq=False)
class TableContent:
    """Features and targets of a file, not yet checked.

    Attributes:
        features: `(rows, features)`.
        targets: `(rows,)`, float64.
        columns: names of the features; None for a file of arrays.
        names: names of the arrays of features and targets, for messages.
        lines: `(rows,)`, the line of the file in which a row begins; None where it has no lines.
    """

    features: Features
    targets: Targets
    columns: tuple[str, ...] | None
    names: tuple[str, str]
    lines: npt.NDArray[np.int64] | None = None

    def place(self, path: Path, row: int, column: int) -> str:
        """Where a feature is in its file, for a message."""
        if self.columns is None:
            return f"{shown(path)}: {self.names[0]}[{row}, {column}]"
        return self._cell(path, row, self.columns[column])

    def target_place(self, path: Path, row: int) -> str:
        """Where a target is in its file, for a message."""
        if self.columns is None:
            return f"{shown(path)}: {self.names[1]}[{row}]"
        return self._cell(path, row, self.names[1])

    def _cell(self, path: Path, row: int, column: str) -> str:
        if self.lines is None:
            return f"{shown(path)}: column {quoted(column)} of row {row + 1}"
        return f"{shown(path)}:{self.lines[row]}: column {quoted(column)}"


def choose_columns(
    path: Path, found: list[str], data: TableData, wanted: tuple[str, ...] | None
) -> tuple[str, ...]:
    """The names of the feature columns, in their order, of a file with columns `found`.

    `wanted` are those of the training file, where this is the validation file:
    it must have the same, in any order. Raises DataError with every problem.
    """
    problems = Problems()
    for position, name in enumerate(found):
        if not name.strip():
            problems.add(f"{shown(path)}: column {position + 1} has no name")
    for name, count in Counter(found).items():
        if count > 1 and name.strip():
            problems.add(f"{shown(path)}: column {quoted(name)} is there {count} times")
    if data.targets not in found:
        hint = nearest_hint(data.targets, found)
        problems.add(f"{shown(path)}: has no column {quoted(data.targets)} (data.targets): {hint}")
    if data.features is None:
        chosen = tuple(name for name in found if name != data.targets)
    elif isinstance(data.features, str):
        raise DataError(
            f"{shown(path)}: data.features names one array, but this file has columns; "
            f"give a list: features = [{quoted(data.features)}]"
        )
    else:
        chosen = data.features
        for name, count in Counter(chosen).items():
            if count > 1:
                problems.add(f"data.features: {quoted(name)} is listed {count} times")
            if name == data.targets:
                problems.add(f"data.features: {quoted(name)} is the column of targets")
            elif name not in found:
                hint = nearest_hint(name, found)
                problems.add(f"{shown(path)}: has no column {quoted(name)} (data.features): {hint}")
    if wanted is not None:
        for name in wanted:
            if name not in chosen:
                problems.add(f"{shown(path)}: lacks column {quoted(name)} of the training file")
        for name in chosen:
            if name not in wanted:
                problems.add(f"{shown(path)}: column {quoted(name)} is not in the training file")
    problems.raise_if_any()
    return chosen if wanted is None else wanted


def array_names(path: Path, data: TableData) -> tuple[str, str]:
    """The names of the arrays of features and targets in a file of arrays."""
    if isinstance(data.features, tuple):
        raise DataError(
            f"{shown(path)}: data.features lists columns, but this file holds arrays; name the one "
            'of the features: features = "features"'
        )
    return data.features or "features", data.targets
