"""The arrays of a file that hold logits, targets and steps, by their names."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.datafiles.array_files import open_arrays
from objtui.datafiles.csv_files import open_csv, read_csv
from objtui.datafiles.files import data_file, quoted, shown
from objtui.datafiles.parquet_files import open_parquet, read_parquet
from objtui.datafiles.table import (
    ARRAY_FILES,
    COLUMN_FILES,
    LOGIT_NAMES,
    PROBABILITY_NAMES,
    TARGET_NAMES,
    TableRows,
    Wanted,
)
from objtui.errors import DataError, UsageError
from objtui.losses import log_loss
from objtui.runfile.records import HEAD_NAME, MAX_HEAD_NAME, is_head_name
from objtui.text.commands import shell_join, shell_quote

LOGITS, TARGETS, STEP = "logits", "targets", "step"
"""What arrays are called where nothing else is said."""

_SHOWN = 12  # names of arrays that an error tells


@dataclass(frozen=True, slots=True)
class HeadArrays:
    """A head, and the arrays of its logits: one, or those of background and object."""

    head: str
    arrays: tuple[str, ...]


def head_arrays(text: str) -> HeadArrays:
    """What `--logits` says: NAME, HEAD=NAME or HEAD=BACKGROUND,OBJECT; UsageError."""
    head, equals, arrays = text.partition("=")
    names = tuple(name.strip() for name in (arrays if equals else text).split(","))
    head = head.strip()
    if not all(names) or len(names) > 2:
        raise UsageError(
            f"--logits {text}: expected NAME, HEAD=NAME, or HEAD=BACKGROUND,OBJECT where two "
            "neurons were kept"
        )
    if len(names) > len(set(names)):
        raise UsageError(
            f"--logits {text}: background and object are the same array, so that every z is 0"
        )
    if not is_head_name(head):
        example = "".join(c if c.isalnum() and c.isascii() else "_" for c in head).strip("_")
        example = example[:MAX_HEAD_NAME] if is_head_name(example[:MAX_HEAD_NAME]) else "head"
        option = shell_quote(f"{example}={','.join(names)}")
        raise UsageError(
            f"{quoted(head)} cannot name a head, which is {HEAD_NAME} of at most "
            f"{MAX_HEAD_NAME} letters; try --logits {option}"
        )
    return HeadArrays(head, names)


def require_different(heads: Sequence[HeadArrays], targets: Sequence[str] = ()) -> None:
    """Raise UsageError where two heads have one name, or one array is to be two things."""
    if len(targets) > len(set(targets)):
        raise UsageError("--targets names one array as background and as object")
    for each in heads:
        if both := set(each.arrays) & set(targets):
            raise UsageError(
                f"the array {quoted(both.pop())} is given as the logits of {each.head} and as "
                "targets: name another with --logits or --targets"
            )
    for head, count in Counter(each.head for each in heads).items():
        if count > 1:
            raise UsageError(f"--logits names the head {head} {count} times; use HEAD=NAME")


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What was read of a file.

    Attributes:
        arrays: by name, of the shape that they have.
        lines: `(rows,)`, the line of the file in which a row begins; None where it has no lines.
        notices: what was read otherwise than as the plainest file of its kind.
    """

    path: Path
    arrays: Mapping[str, npt.NDArray[Any]]
    lines: npt.NDArray[np.int64] | None = None
    notices: tuple[str, ...] = field(default=())

    def place(self, name: str, row: int) -> str:
        """Where a row of an array is in the file, for a message."""
        if self.lines is None:
            return f"{shown(self.path)}: {name}[{row}]"
        return f"{shown(self.path)}:{self.lines[row]}: column {quoted(name)}"


def read_given(path: Path, heads: Sequence[HeadArrays], targets: tuple[str, ...]) -> Given:
    """The arrays of some heads and of their targets, and `step` where there is one.

    Raises DataError where the file is missing, of no kind that is known, or damaged, or lacks
    an array; then it says which it has, and what to type.
    """
    suffix = path.suffix.lower()
    data_file(path)
    names = tuple(dict.fromkeys((*(name for head in heads for name in head.arrays), *targets)))
    if suffix in ARRAY_FILES:
        return _read_arrays(path, names, heads, targets)
    if suffix in COLUMN_FILES:
        return _read_columns(path, suffix, names, heads, targets)
    if suffix == ".npy":
        raise DataError(
            f"{shown(path)}: holds one array; put logits and targets into one file: "
            "numpy.savez('val.npz', logits=..., targets=...)"
        )
    raise DataError(
        f"{shown(path)}: expected a file that ends in {', '.join((*ARRAY_FILES, *COLUMN_FILES))}"
    )


def _read_arrays(
    path: Path, names: tuple[str, ...], heads: Sequence[HeadArrays], targets: tuple[str, ...]
) -> Given:
    with open_arrays(path) as file:
        held = file.names
        wanted = _with_step(names, held)
        _require(path, "array", held, heads, targets)
        # Twice the array in float64: as logits, and sorted.
        arrays = {name: file.read(name, result_itemsize=16) for name in wanted}
    return Given(path, arrays)


def _read_columns(
    path: Path,
    suffix: str,
    names: tuple[str, ...],
    heads: Sequence[HeadArrays],
    targets: tuple[str, ...],
) -> Given:
    if suffix == ".parquet":
        with open_parquet(path) as opened:
            wanted = _with_step(names, opened.header)
            _require(path, "column", opened.header, heads, targets)
            return _given(path, wanted, read_parquet(opened, _all_exact(wanted)))
    file = open_csv(path, targets[0])
    wanted = _with_step(names, file.header)
    _require(path, "column", file.header, heads, targets, file.dialect.separated())
    return _given(path, wanted, read_csv(file, _all_exact(wanted)))


def _with_step(names: tuple[str, ...], held: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names, STEP))) if STEP in held else names


def _all_exact(names: tuple[str, ...]) -> Wanted:
    return Wanted(names[:-1], names[-1], np.dtype(np.float64))


def _given(path: Path, names: tuple[str, ...], rows: TableRows) -> Given:
    arrays = {name: rows.columns[:, i] for i, name in enumerate(names[:-1])}
    return Given(path, {**arrays, names[-1]: rows.exact}, rows.lines, rows.notices)


def _require(
    path: Path,
    kind: str,
    held: Sequence[str],
    heads: Sequence[HeadArrays],
    targets: tuple[str, ...],
    separated: str = "",
) -> None:
    """Raise DataError where an array is missing or there twice, with what to type instead."""
    names = dict.fromkeys((*(name for head in heads for name in head.arrays), *targets))
    missing = [name for name in names if name not in held]
    if missing:
        words = " and ".join(f"no {kind} {quoted(name)}" for name in missing)
        few = ", ".join(map(quoted, held[:_SHOWN])) + (", …" if len(held) > _SHOWN else "")
        has = f"it has {few}" if held else "it has none"
        raise DataError(
            f"{shown(path)}: has {words}; {has}"
            + (f" ({separated})" if separated else "")
            + _proposal(path, [name for name in held if name], heads, targets)
        )
    for name in names:
        if held.count(name) > 1:
            raise DataError(
                f"{shown(path)}: {kind} {quoted(name)} is there {held.count(name)} times"
            )


def _proposal(
    path: Path, held: Sequence[str], heads: Sequence[HeadArrays], targets: tuple[str, ...]
) -> str:
    """What to type, where the names in the file suggest it; else empty."""
    target = targets[0] if targets[0] in held else _likely(targets[0], held, TARGET_NAMES)
    rest = [name for name in held if name not in (target, STEP)]
    options: list[str] = []
    for head in heads:
        arrays = [
            name if name in rest else _likely(name, rest, LOGIT_NAMES if name == LOGITS else ())
            for name in head.arrays
        ]
        if None in arrays and head == HeadArrays(LOGITS, (LOGITS,)):
            arrays = list(_only_logits(rest))
        if target is None or not arrays or None in arrays:
            return ""
        joined = ",".join(filter(None, arrays))
        if (joined,) == (LOGITS,) and len(heads) == 1:
            continue
        plain = len(arrays) == 1 and head.arrays == (head.head,) and is_head_name(joined)
        name = log_loss(2) if len(arrays) == 2 and head.head == LOGITS else head.head
        options += ["--logits", joined if plain else f"{name}={joined}"]
        if joined.casefold() in PROBABILITY_NAMES:
            options.append("--probabilities")
    assert target is not None
    if target != TARGETS:
        options += ["--targets", target]
    return f"; try: {shell_join(['objtui', 'measure', str(path), *options])}"


def _only_logits(rest: Sequence[str]) -> tuple[str, ...]:
    """What can be nothing but logits: the only array, or two that end in 0 and 1."""
    if len(rest) == 1:
        return tuple(rest)
    pair = tuple(sorted(rest))
    if len(pair) == 2 and pair == (f"{pair[0][:-1]}0", f"{pair[0][:-1]}1"):
        return pair
    return ()


def _likely(name: str, held: Sequence[str], usual: Sequence[str]) -> str | None:
    """Which of the arrays in a file a name most likely means, or None."""
    folded = {each.casefold(): each for each in reversed(held)}
    if close := difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.75):
        return folded[close[0]]
    return next((folded[each] for each in usual if each in folded), None)
