"""Which categories of an annotated data set are taken, and how many boxes each has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

from objtui.datafiles.files import nearest_hint, quoted
from objtui.engine.data.images.annotation_box import as_identity
from objtui.errors import DataError, KeyPath

KEY: KeyPath = ("data", "category")

_MAX_NAMED = 10  # categories that a line names

Id = TypeVar("Id", bound=int | str)


def chosen_categories(names: Mapping[Id, str], category: str | int, where: str) -> frozenset[Id]:
    """The ids that `category` means: those of that name, else that id itself.

    An id may be written as text. Raises DataError, which begins with `where`, if there are none.
    """
    if isinstance(category, str):
        of_name = frozenset(each for each, name in names.items() if name == category)
        if of_name:
            return of_name
    identity = as_identity(category)
    of_id = frozenset(each for each in names if each == identity)
    if of_id:
        return of_id
    distinct = dict.fromkeys(names.values())
    if isinstance(category, int):
        few = ", ".join(f"{each} ({quoted(name)})" for each, name in list(names.items())[:10])
        raise DataError(f"{where}: has no category {category}; there is {few or 'none'}", KEY)
    raise DataError(
        f"{where}: has no category {quoted(category)}: {nearest_hint(category, distinct)}", KEY
    )


def require_boxes(chosen: Iterable[str], counts: Counter[str], where: str) -> None:
    """Raise DataError where the categories have no training boxes, but others have."""
    names = list(chosen)
    if any(counts[name] for name in names) or not counts:
        return
    raise DataError(
        f"{where}: no box is of category {', '.join(map(quoted, names))}; there are boxes of "
        f"{_with_counts(counts)}: name one of these, or leave data.category out to take all "
        "as one",
        KEY,
    )


def several_notice(counts: Counter[str]) -> str:
    """That several categories are taken as one, with their counts; empty where it is one.

    Boxes of no category, whose name is empty, do not count.
    """
    counts = Counter({name: count for name, count in counts.items() if name})
    if len(counts) < 2:
        return ""
    first = counts.most_common(1)[0][0]
    return (
        f"training boxes of {len(counts)} categories are taken as one: {_with_counts(counts)}; "
        f"data.category = {quoted(first)} would take that one alone"
    )


def _with_counts(counts: Counter[str]) -> str:
    """Names with their counts, most first: `'nucleus' (25), 'cell' (3)`."""
    few = ", ".join(f"{quoted(name)} ({count})" for name, count in counts.most_common(_MAX_NAMED))
    return few + (", …" if len(counts) > _MAX_NAMED else "")
