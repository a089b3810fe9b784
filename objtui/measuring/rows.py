"""Logits, targets and steps of rows, made of the arrays that a file holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.datafiles.files import quoted, shown
from objtui.errors import DataError
from objtui.measures.blocks import logit
from objtui.measures.bounds import MAX_COUNT
from objtui.measuring.given import LOGITS, STEP, TARGETS, Given, HeadArrays, read_given
from objtui.text.numbers import counted, grouped

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

MAX_FRAMES = 10_000
"""More steps than this are no steps of a training but, say, numbers of rows."""

_SUM_TOLERANCE = 1e-2  # of a pair of probabilities that were rounded to float16


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredRows:
    """Rows of which nothing is left to be checked.

    Attributes:
        heads: the heads, in their order, with the arrays that they come from.
        neurons: of each head, 1 or 2.
        logits: of each head, (rows,), float32 or float64; infinite ones, but no NaN.
        targets: (rows,), in [0, 1].
        steps: (rows,), whole numbers; None where the file has none.
        dtype: the number format of the logits in the file.
        notices: what was read otherwise than as it stands there, and what is odd about it.
    """

    heads: tuple[HeadArrays, ...]
    neurons: tuple[int, ...]
    logits: tuple[Array, ...]
    targets: Floats
    steps: npt.NDArray[np.int64] | None
    dtype: str
    notices: tuple[str, ...]


def read_rows(
    path: Path,
    heads: Sequence[HeadArrays] = (HeadArrays(LOGITS, (LOGITS,)),),
    targets: tuple[str, ...] = (TARGETS,),
    *,
    probabilities: bool = False,
) -> MeasuredRows:
    """The rows of a file; with `probabilities` its arrays hold p in the place of logits.

    Raises DataError where it cannot be read, or its arrays are not logits and targets of the
    same rows.
    """
    given = read_given(path, heads, targets)
    target, target_notices = _targets(given, targets)
    logits = tuple(_logits(given, head.arrays, probabilities) for head in heads)
    for head, z in zip(heads, logits, strict=True):
        if len(z) != len(target):
            raise DataError(
                f"{shown(path)}: {quoted(head.arrays[0])} has {counted(len(z), 'row')}, "
                f"{quoted(targets[0])} has {grouped(len(target))}"
            )
    if not len(target):
        raise DataError(f"{shown(path)}: has no rows; at least one is needed")
    steps = _steps(given, len(target))
    notices = [*given.notices, *target_notices, *_class_notices(path, target)]
    notices += _infinite_notices(path, heads, logits, target)
    if not probabilities:
        notices += _probability_notices(path, heads, logits)
    if steps is not None:
        frames = counted(len(np.unique(steps)), "frame")
        notices.append(f"{_name(path)}: {quoted(STEP)} is the step of each row: {frames}")
    formats = {given.arrays[name].dtype for head in heads for name in head.arrays}
    dtype = str(np.result_type(*formats)) if all(each.kind == "f" for each in formats) else ""
    return MeasuredRows(
        heads=tuple(heads),
        neurons=tuple(sum(len(_neurons(given, name)) for name in head.arrays) for head in heads),
        logits=logits,
        targets=target,
        steps=steps,
        dtype=dtype or "float64",
        notices=tuple(dict.fromkeys(notices)),
    )


def _logits(given: Given, names: tuple[str, ...], probabilities: bool) -> Array:
    """z of a head: (rows,), object minus background of two neurons."""
    parts = [_neurons(given, name) for name in names]
    columns = [column for part in parts for column in part]
    if len(columns) > 2:
        raise DataError(
            f"{shown(given.path)}: {quoted(names[0])} has two columns already; name one array"
        )
    if len({len(column) for column in columns}) > 1:
        raise DataError(
            f"{shown(given.path)}: {quoted(names[0])} has {counted(len(columns[0]), 'row')}, "
            f"{quoted(names[1])} has {grouped(len(columns[1]))}"
        )
    label = [name for name, part in zip(names, parts, strict=True) for _ in part]
    for name, column in zip(label, columns, strict=True):
        _refuse(given, name, column, np.isnan(column), "NaN, expected a number")
    if probabilities:
        return _of_probabilities(given, label, [column.astype(np.float64) for column in columns])
    if len(columns) == 1:
        return columns[0]
    with np.errstate(invalid="ignore"):
        z: Array = columns[1] - columns[0]
    _refuse(given, names[0], z, np.isnan(z), "infinite for both neurons")
    return z


def _neurons(given: Given, name: str) -> list[Array]:
    """The columns of an array, (rows,) each, as floats of at least 32 bits."""
    array = given.arrays[name]
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] not in (1, 2):
        raise DataError(
            f"{shown(given.path)}: {quoted(name)} has shape {array.shape}; expected (rows,), "
            "(rows, 1), or (rows, 2) of background and object"
        )
    narrow = array.dtype.kind == "f" and array.dtype.itemsize <= 4
    dtype = np.float32 if narrow else np.float64
    return [np.ascontiguousarray(array[:, i], dtype) for i in range(array.shape[1])]


def _of_probabilities(given: Given, names: Sequence[str], columns: Sequence[Floats]) -> Floats:
    """z of p, or of p of background and object: infinite of 0 and 1."""
    for name, p in zip(names, columns, strict=True):
        _refuse(given, name, p, (p < 0) | (p > 1), "expected a probability from 0 to 1")
    if len(columns) == 1:
        return logit(columns[0])
    background, objects = columns
    wrong = np.abs(background + objects - 1) > _SUM_TOLERANCE
    _refuse(given, names[1], objects, wrong, "but p of background and object do not add up to 1")
    with np.errstate(divide="ignore"):
        return np.log(objects) - np.log(background)


def _refuse(given: Given, name: str, values: Array, wrong: npt.NDArray[np.bool_], why: str) -> None:
    """Raise DataError where a row is wrong, with the first and how many there are."""
    if not (count := int(np.count_nonzero(wrong))):
        return
    row = int(wrong.argmax())
    what = "NaN" if np.isnan(values[row]) else f"{values[row]:g}"
    why = why.removeprefix("NaN, ")
    more = f" ({grouped(count)} such rows)" if count > 1 else ""
    raise DataError(f"{given.place(name, row)} is {what}, {why}{more}")


def _targets(given: Given, names: tuple[str, ...]) -> tuple[Floats, list[str]]:
    """Targets in [0, 1], (rows,), and how they were understood."""
    label = quoted(names[0])
    arrays = [given.arrays[name] for name in names]
    if len(arrays) == 2:
        if arrays[0].shape != arrays[1].shape or arrays[0].ndim != 1:
            raise DataError(f"{shown(given.path)}: the two arrays of targets differ in shape")
        array = np.stack(arrays, axis=1)
    else:
        array = arrays[0]
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    name = _name(given.path)
    if array.ndim == 2 and array.shape[1] == 2:
        pairs = array.astype(np.float64)
        wrong = (pairs < 0).any(1) | ~(np.abs(pairs.sum(1) - 1) <= _SUM_TOLERANCE)
        _refuse(given, names[0], pairs[:, 1], wrong, "but the pair does not add up to 1")
        return pairs[:, 1], [f"{name}: {label} are pairs of background and object"]
    if array.ndim != 1:
        raise DataError(
            f"{shown(given.path)}: {label} has shape {array.shape}; expected (rows,), or (rows, 2) "
            "of background and object"
        )
    values = array.astype(np.float64)
    if array.dtype.kind == "b":
        return values, [f"{name}: {label} are booleans: true is an object"]
    low = float(values.min(initial=0))
    if low == -1 and bool(np.isin(values, (-1, 1)).all()):
        return (values + 1) / 2, [f"{name}: {label} are −1 and 1: −1 is background"]
    if low == -1 and bool(np.isin(values, (-1, 0, 1)).all()):
        raise DataError(
            f"{shown(given.path)}: {label} are −1, 0 and 1; leave out the rows of −1 where they "
            "are to be ignored, else write 0 for background and 1 for objects"
        )
    wrong = ~((values >= 0) & (values <= 1))  # NaN too
    _refuse(given, names[0], values, wrong, "expected a target from 0 to 1")
    return values, []


def _steps(given: Given, rows: int) -> npt.NDArray[np.int64] | None:
    """The step of every row: (rows,); one number is that of all."""
    array = given.arrays.get(STEP)
    if array is None:
        return None
    values = array.astype(np.float64).reshape(-1)
    if array.ndim > 2 or len(values) not in (1, rows):
        raise DataError(
            f"{shown(given.path)}: {quoted(STEP)} has shape {array.shape}; expected (rows,)"
        )
    whole = (values >= 0) & (values <= MAX_COUNT) & (values == np.rint(values))
    _refuse(given, STEP, values, ~whole, "expected a whole number from 0 on")
    steps = np.broadcast_to(values.astype(np.int64), (rows,))
    if (count := len(np.unique(steps))) > MAX_FRAMES:
        raise DataError(
            f"{shown(given.path)}: {quoted(STEP)} has {grouped(count)} values, and each would be a "
            f"frame; at most {grouped(MAX_FRAMES)} are. If it counts rows, leave it out"
        )
    return steps


def _class_notices(path: Path, targets: Floats) -> list[str]:
    """That rows are all of one class."""
    positives = int(np.count_nonzero(targets >= 0.5))
    if 0 < positives < len(targets):
        return []
    what = "is background" if positives else "is an object"
    return [f"{_name(path)}: no row {what}: scores by class are undefined"]


def _infinite_notices(
    path: Path, heads: Sequence[HeadArrays], logits: Sequence[Array], targets: Floats
) -> list[str]:
    """Why a log loss is infinite: p is exactly 0 or 1, and the target is not."""
    notices = []
    for head, z in zip(heads, logits, strict=True):
        wrong = np.where(z > 0, targets < 1, targets > 0) & np.isinf(z)
        if count := int(np.count_nonzero(wrong)):
            notices.append(
                f"{_name(path)}: {head.head} has p of exactly 0 or 1 where the target is another, "
                f"in {counted(count, 'row')}: its log loss is infinite"
            )
    return notices


def _probability_notices(
    path: Path, heads: Sequence[HeadArrays], logits: Sequence[Array]
) -> list[str]:
    """That what stands for logits looks like p."""
    return [
        f"{_name(path)}: all {quoted(head.arrays[0])} lie between 0 and 1: are these "
        "probabilities? Then add --probabilities"
        for head, z in zip(heads, logits, strict=True)
        if len(head.arrays) == 1 and z.min() >= 0 and z.max() <= 1 and z.max() > z.min()
    ]


def _name(path: Path) -> str:
    return shown(Path(path.name))
