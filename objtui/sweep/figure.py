"""What a figure of a sweep is of: a score of its heads over the factors."""

from __future__ import annotations

from collections.abc import Sequence

from objtui.errors import UsageError
from objtui.figures.charts.sweeps import Axis, CellScore, HeadOverCells, SweepSubject
from objtui.figures.look import LOOKS, ThemeName
from objtui.measures.scores import Direction, joined_names, score_of
from objtui.sweep.cells import CellResult, best_cell
from objtui.sweep.halving import STOPPED_EARLY
from objtui.sweep.plan import Factor
from objtui.sweep.record import SweepRecord
from objtui.sweep.report import share_lines
from objtui.sweep.standing import no_cell_yet
from objtui.sweep.value_places import value_places
from objtui.text.numbers import counted

BETTER: dict[Direction, str] = {
    "higher": "the highest",
    "lower": "the lowest",
    "nearest 1": "the nearest to 1",
}


def sweep_subject(
    record: SweepRecord, results: Sequence[CellResult], panel: str | None, theme: ThemeName
) -> SweepSubject:
    """A sweep as a figure shows it.

    Args:
        panel: HEAD.SCORE, or SCORE of every head; None for what the cells are ordered by.

    Raises UsageError where there is no such score, or no cell has begun.
    """
    headers = [result.header for result in results if result.header is not None]
    if not headers:
        raise UsageError(no_cell_yet(record, "has begun"))
    heads = list(dict.fromkeys(head.name for header in headers for head in header.heads))
    names = joined_names(header.score_names for header in headers)
    head, _, score = (panel or record.sort).rpartition(".")
    if score not in names or (head and head not in heads):
        raise UsageError(
            f"--panel of a sweep is HEAD.SCORE, or SCORE of every head, such as {record.sort}; "
            f"got {panel!r} (heads: {', '.join(heads)})"
        )
    shown = [head] if head else heads
    return SweepSubject(
        title=record.name,
        score=score_of(score),
        axes=tuple(_axis(factor) for factor in record.factors),
        heads=tuple(
            HeadOverCells(name, heads.index(name), _cells(record, results, name, score))
            for name in shown
        ),
        look=LOOKS[theme],
        caption=_caption(record, results, shown, score),
    )


def _axis(factor: Factor) -> Axis:
    places = value_places(factor.values)
    return Axis(factor.key, factor.values, places.places, places.kind)


def _cells(
    record: SweepRecord, results: Sequence[CellResult], head: str, score: str
) -> tuple[CellScore, ...]:
    return tuple(
        CellScore(
            tuple(
                factor.values.index(text.partition("=")[2])
                for factor, text in zip(record.factors, result.cell.overrides, strict=True)
            ),
            result.spread(head, score),
            result.state == STOPPED_EARLY,
        )
        for result in results
    )


def _caption(
    record: SweepRecord, results: Sequence[CellResult], heads: Sequence[str], score: str
) -> str:
    """Seeds, what marks mean, and the shares of the variance."""
    seeds = sorted({len(result.header.seeds) for result in results if result.header is not None})
    words = []
    if seeds[-1] > 1:
        number = " to ".join(map(str, {seeds[0]: 0, seeds[-1]: 0}))
        shown = {1: "mean ± sd", 2: "mean(sd in its last digits)"}.get(len(record.factors), "mean")
        words.append(f"{shown} over {number} seeds")
    direction = score_of(score).direction
    if len(record.factors) == 2 and direction is not None and _has_best(results, heads, score):
        words.append(f"★ best: {BETTER[direction]}")
    if any(result.state == STOPPED_EARLY for result in results):
        mark = {1: "open marks", 2: "in brackets"}.get(len(record.factors), "dashed")
        words.append(f"{mark}: stopped early")
    missing = sum(not result.values(heads[0], score) for result in results)
    if missing:
        words.append(f"{counted(missing, 'cell')} without a score")
    lines = ["; ".join(words)] if words else []
    for head in heads:
        lines += share_lines(record, results, f"{head}.{score}")
    return "\n".join(lines)


def _has_best(results: Sequence[CellResult], heads: Sequence[str], score: str) -> bool:
    """Whether a cell is the best of those that came to their ends, for any head."""
    return any(best_cell(results, head, score) is not None for head in heads)
