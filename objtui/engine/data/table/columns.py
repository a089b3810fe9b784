"""What is read from a table file: its columns chosen by name, without those that count rows.

An index that pandas has written into a file is no measurement. Where a file is sorted by
class it even tells the targets, so heads on noise would look perfect.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from objtui.datafiles.files import PROBLEMS_SHOWN, Problems, nearest_hint, quoted, shown
from objtui.engine.data.arrays import Features, Targets
from objtui.errors import DataError
from objtui.scenario.schema import TableData

_PANDAS_INDEX = re.compile(r"Unnamed: ?\d+(\.\d+)?(_level_\d+(\.\d+)?)?|__index_level_\d+__")
_COUNTER_NAME = re.compile(
    r"#?|(row|sample|image|line|obs|observation|record|item)?[ _.-]?"
    r"(id|idx|index|key|no|nr|num|number)\.?"
    r"|row|line|n|level_\d+|obs|observation|record|rownames|rownum|sample|uid",
    re.IGNORECASE,
)
_ID_NAME = re.compile(r"(^|[_ .-])(id|idx|index|no|nr)$|[a-z]I[dD]$", re.IGNORECASE)
_MIN_ROWS = 10  # that count up in a column before it is taken for more than chance


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file that are features.

    Attributes:
        names: the features, in their order.
        left_out: name of each column that is none, and why.
    """

    names: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    def notice(self, path: Path) -> str:
        """Which columns are used, and which are not."""
        few = ", ".join(map(quoted, self.names[:PROBLEMS_SHOWN]))
        more = ", …" if len(self.names) > PROBLEMS_SHOWN else ""
        count = f"{len(self.names)} feature{'s' * (len(self.names) != 1)}"
        notice = f"{shown(Path(path.name))}: {count}: {few}{more}"
        if self.left_out:
            reasons = [f"{quoted(name)} ({why})" for name, why in self.left_out[:PROBLEMS_SHOWN]]
            notice += f"; left out: {', '.join(reasons)}; data.features lists others"
        return notice


@dataclass(frozen=True, slots=True, eq=False)
class TableContent:
    """Features and targets of a file, not yet checked.

    Attributes:
        features: `(rows, features)`.
        targets: `(rows,)`, float64.
        columns: which columns are the features; None for a file of arrays.
        names: names of the arrays of features and targets, for messages.
        lines: `(rows,)`, the line of the file in which a row begins; None where it has no lines.
        notices: what was read otherwise than as the plainest file of its kind.
    """

    features: Features
    targets: Targets
    columns: Columns | None
    names: tuple[str, str]
    lines: npt.NDArray[np.int64] | None = None
    notices: tuple[str, ...] = ()

    def place(self, path: Path, row: int, column: int) -> str:
        """Where a feature is in its file, for a message."""
        if self.columns is None:
            return f"{shown(path)}: {self.names[0]}[{row}, {column}]"
        return self._cell(path, row, self.columns.names[column])

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
    path: Path,
    header: Sequence[str],
    data: TableData,
    train: Columns | None,
    index_names: Collection[str] = (),
    separated: str = "",
) -> Columns:
    """The features of a file with these columns.

    `train` are those of the training file, where this is the validation file: it must have
    the same, in any order. `index_names` are columns that the file itself calls an index,
    `separated` says by what its columns are separated, where that is unusual. Raises
    DataError with every problem.
    """
    problems = Problems()
    counts = Counter(header)
    if data.targets not in counts:
        hint = nearest_hint(data.targets, [name for name in counts if name])
        problems.add(
            f"{shown(path)}: has no column {quoted(data.targets)} (data.targets): {hint}"
            + (f" ({separated})" if separated else ""),
            ("data", "targets"),
        )
    if isinstance(data.features, str):
        raise DataError(
            f"{shown(path)}: data.features names one array, but this file has columns; "
            f"give a list: features = [{quoted(data.features)}]",
            ("data", "features"),
        )
    if data.features is None:
        chosen = _all_but_indices(path, header, data, index_names, problems)
    else:
        chosen = Columns(data.features)
        _check_listed(path, data.features, counts, data, problems)
    for name in dict.fromkeys((*chosen.names, data.targets)):
        if counts[name] > 1:
            problems.add(f"{shown(path)}: column {quoted(name)} is there {counts[name]} times")
    if train is not None:
        chosen = _as_in_training(path, chosen, train, problems)
    problems.raise_if_any()
    return chosen


def _all_but_indices(
    path: Path,
    header: Sequence[str],
    data: TableData,
    index_names: Collection[str],
    problems: Problems,
) -> Columns:
    names: list[str] = []
    left_out: list[tuple[str, str]] = []
    for position, name in enumerate(header):
        if name == data.targets:
            continue
        if name in index_names or _PANDAS_INDEX.fullmatch(name):
            left_out.append((name, "an index of pandas"))
        elif not name and position == 0:
            left_out.append((name, "the first column, without a name: an index"))
        elif not name:
            problems.add(
                f"{shown(path)}: column {position + 1} has no name; name it, or list the columns "
                "in data.features"
            )
        else:
            names.append(name)
    return Columns(tuple(names), tuple(left_out))


def _check_listed(
    path: Path, listed: Sequence[str], counts: Counter[str], data: TableData, problems: Problems
) -> None:
    for name, count in Counter(listed).items():
        if count > 1:
            problems.add(f"data.features: {quoted(name)} is listed {count} times")
        if name == data.targets:
            problems.add(f"data.features: {quoted(name)} is the column of targets")
        elif name not in counts:
            hint = "" if problems.are_only_counted else nearest_hint(name, filter(None, counts))
            problems.add(
                f"{shown(path)}: has no column {quoted(name)} (data.features): {hint}",
                ("data", "features"),
            )


def _as_in_training(path: Path, chosen: Columns, train: Columns, problems: Problems) -> Columns:
    own, theirs = set(chosen.names), set(train.names)
    unused = {name for name, _ in train.left_out}
    for name in train.names:
        if name not in own:
            problems.add(f"{shown(path)}: lacks column {quoted(name)} of the training file")
    for name in chosen.names:
        if name not in theirs and name not in unused:
            problems.add(f"{shown(path)}: column {quoted(name)} is not in the training file")
    return train


def without_counters(columns: Columns, features: Features) -> tuple[Columns, Features, list[str]]:
    """The features without columns that are called an index and count the rows 0, 1, … or 1, 2, ….

    Also a text for each column that may be one: they are left in.
    """
    rows = len(features)
    if rows < _MIN_ROWS:
        return columns, features, []
    kept: list[int] = []
    left_out = list(columns.left_out)
    suspects: list[str] = []
    count = np.arange(rows)
    for position, name in enumerate(columns.names):
        values = features[:, position]
        first = values[0]
        counts = bool(first in (0, 1)) and bool(np.array_equal(values, count + first))
        if counts and _COUNTER_NAME.fullmatch(name.strip()):
            left_out.append((name, f"it counts the rows from {first:g}"))
            continue
        kept.append(position)
        if counts:
            suspects.append(f"{quoted(name)} counts the rows from {first:g}")
        elif _ID_NAME.search(name) and _are_numbers_of_things(values):
            suspects.append(f"{quoted(name)} has a whole number of its own for every row")
    if len(kept) < len(columns.names):
        features = np.ascontiguousarray(features[:, kept])
        names = tuple(columns.names[position] for position in kept)
        columns = replace(columns, names=names, left_out=tuple(left_out))
    return columns, features, suspects


def _are_numbers_of_things(values: Features) -> bool:
    """Whether all are whole numbers, no two the same."""
    with np.errstate(invalid="ignore"):
        whole = bool(np.array_equal(values, np.rint(values)))
    return whole and len(np.unique(values)) == len(values)
