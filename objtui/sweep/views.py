"""How a score goes over the factors of a sweep, for whatever draws it: a strip, a map, lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from objtui.measures.spread import Spread
from objtui.sweep.cells import CellResult
from objtui.sweep.plan import Factor

Floats = npt.NDArray[np.float64]
Drawing = Literal["strip", "map", "lines"]


@dataclass(frozen=True, slots=True, eq=False)
class ScoreMap:
    """A score over two factors.

    Attributes:
        rows, columns: the first and the second factor.
        means, sds: over seeds, (values of rows, values of columns); NaN without a score.
    """

    rows: Factor
    columns: Factor
    means: Floats
    sds: Floats


@dataclass(frozen=True, slots=True)
class CellLine:
    """A cell as a line through parallel axes.

    Attributes:
        places: for each factor where its value is, from 0, the first, to 1, the last.
        mean: of the score, on the axis behind them; NaN without one.
    """

    cell: str
    places: tuple[float, ...]
    mean: float


def short_keys(factors: Sequence[Factor]) -> list[str]:
    """The last two words of every key, as long as they tell it from the others; else all."""
    short = [".".join(factor.key.split(".")[-2:]) for factor in factors]
    return [
        name if short.count(name) == 1 else factor.key
        for name, factor in zip(short, factors, strict=True)
    ]


def drawing_for(factors: Sequence[Factor]) -> Drawing:
    """What shows a score over these factors: one, two, or more."""
    if len(factors) == 1:
        return "strip"
    return "map" if len(factors) == 2 else "lines"


def strip_of(
    factor: Factor, results: Sequence[CellResult], head: str, score: str
) -> list[tuple[str, Spread]]:
    """A score over the values of the only factor, in their order, each with its spread."""
    by_value = {_values(result)[0]: result for result in results}
    nothing = Spread(math.nan, math.nan)
    return [
        (value, by_value[value].spread(head, score) if value in by_value else nothing)
        for value in factor.values
    ]


def map_of(
    rows: Factor, columns: Factor, results: Sequence[CellResult], head: str, score: str
) -> ScoreMap:
    """A score over two factors."""
    shape = len(rows.values), len(columns.values)
    means, sds = np.full(shape, math.nan), np.full(shape, math.nan)
    for result in results:
        row, column = _values(result)
        place = rows.values.index(row), columns.values.index(column)
        over_seeds = result.spread(head, score)
        means[place], sds[place] = over_seeds.mean, over_seeds.sd
    return ScoreMap(rows, columns, means, sds)


def lines_of(
    factors: Sequence[Factor], results: Sequence[CellResult], head: str, score: str
) -> list[CellLine]:
    """Every cell as a line through an axis a factor, and one of the score."""
    return [
        CellLine(
            result.cell.id,
            tuple(
                factor.values.index(value) / max(1, len(factor.values) - 1)
                for factor, value in zip(factors, _values(result), strict=True)
            ),
            result.spread(head, score).mean,
        )
        for result in results
    ]


def _values(result: CellResult) -> list[str]:
    """The texts of a cell's values, a factor each."""
    return [text.partition("=")[2] for text in result.cell.overrides]
