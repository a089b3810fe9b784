"""A sweep as a page for a browser: its leaderboard, its chart and the shares of the variance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from objtui.errors import UsageError
from objtui.export.place import written_whole
from objtui.measures.scores import column_names, joined_names, score_of
from objtui.measures.spread import ALIKE
from objtui.pages.content import score_content
from objtui.pages.html import SWEEP, page
from objtui.pages.json_number import json_number
from objtui.sweep.cells import CellResult, ranked
from objtui.sweep.halving import STOPPED_EARLY
from objtui.sweep.record import SweepRecord
from objtui.sweep.standing import in_training, no_cell_yet
from objtui.sweep.value_places import value_places
from objtui.sweep.variance import VarianceShares, variance_shares
from objtui.sweep.views import drawing_for
from objtui.text.terminal import printable

MAX_CELLS = 2000
"""Cells on a page, the best of the sorted score."""

MAX_BYTES = 6_000_000
"""Of all cells; fewer are shown where they are larger, as of many heads."""

MIN_CELLS = 10


def export_page(
    record: SweepRecord, results: Sequence[CellResult], state: str, place: Path, *, force: bool
) -> None:
    """Write the page to a file, whole or not at all.

    UsageError where no cell has begun, or nothing can be written there.
    """
    written = page(page_content(record, results, state), SWEEP)
    with written_whole(place, folder=False, force=force) as part:
        part.write_text(written, encoding="utf-8")


def page_content(record: SweepRecord, results: Sequence[CellResult], state: str) -> dict[str, Any]:
    """Everything that a page shows of a sweep, as values that JSON knows; bounded.

    `cells`, the best first, have `at`, the place of their value among those of each factor, and
    `scores` by score and head: [mean, sd over seeds], or None. `shares` are by score and head:
    [of each factor by itself with whether it is within seed noise, together, of the seeds], or
    None where there are none. UsageError where no cell has begun.
    """
    headers = [result.header for result in results if result.header is not None]
    if not headers:
        raise UsageError(no_cell_yet(record, "has begun"))
    losses = {head.name: head.loss for header in headers for head in header.heads}
    heads = list(losses)
    names = list(column_names(joined_names({header.score_names: None for header in headers})))
    sorted_head, _, sorted_score = record.sort.partition(".")
    cells = _cells(record, results, heads, names)
    return {
        "version": 1,
        "title": printable(headers[0].title),
        "question": printable(headers[0].question),
        "sweep": printable(record.name),
        "state": state,
        "training": in_training(results),
        "stop": "" if record.stop is None else printable(record.stop.text),
        "rungs": "" if record.stop is None else record.stop.rungs_text,
        "heads": [{"name": printable(head), "loss": printable(losses[head])} for head in heads],
        "scores": [score_content(name) for name in names],
        "sort": [
            heads.index(sorted_head) if sorted_head in heads else 0,
            names.index(sorted_score) if sorted_score in names else 0,
        ],
        "factors": [
            {
                "name": printable(factor.key),
                "values": [printable(value) for value in factor.values],
                "places": [json_number(place) for place in places.places],
                "kind": places.kind,
            }
            for factor in record.factors
            for places in (value_places(factor.values),)
        ],
        "drawing": drawing_for(record.factors),
        "cells": cells,
        "recorded": len(results),
        "seeds": sorted({len(header.seeds) for header in headers}),
        "shares": [[_shares(record, results, head, name) for head in heads] for name in names],
        "grid": record.is_full_grid,
        "alike": ALIKE,
    }


def _cells(
    record: SweepRecord, results: Sequence[CellResult], heads: Sequence[str], names: Sequence[str]
) -> list[dict[str, Any]]:
    order = ranked(results, record.sort)[:MAX_CELLS]
    shown: list[dict[str, Any]] = []
    size = 0
    for result in order:
        entry = {
            "id": result.cell.id,
            "at": [
                factor.values.index(text.partition("=")[2])
                for factor, text in zip(record.factors, result.cell.overrides, strict=True)
            ],
            "state": result.state,
            "words": printable(result.message),
            "step": result.step,
            "early": result.state == STOPPED_EARLY,
            "failed": result.failed,
            "scores": [[_spread(result, head, name) for head in heads] for name in names],
        }
        size += len(json.dumps(entry))
        if size > MAX_BYTES and len(shown) >= MIN_CELLS:
            break
        shown.append(entry)
    return shown


def _spread(result: CellResult, head: str, name: str) -> list[float | None] | None:
    over_seeds = result.spread(head, name)
    mean = json_number(over_seeds.mean)
    return None if mean is None else [mean, json_number(over_seeds.sd)]


def _shares(
    record: SweepRecord, results: Sequence[CellResult], head: str, name: str
) -> list[Any] | None:
    """The shares of a full grid's score; those of a score that is the same for all are none."""
    if not record.is_full_grid or score_of(name).constant:
        return None
    shares: VarianceShares | None = variance_shares(record.factors, results, head, name)
    if shares is None:
        return None
    return [
        [[json_number(each.share), each.within_noise] for each in shares.factors],
        json_number(shares.together),
        json_number(shares.seeds),
    ]
