"""What differs between runs that are compared: the keys of their scenarios, the data first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from objtui.errors import RunFileError
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RowCounts, RunHeader
from objtui.runfile.unpacking import parse_json
from objtui.scenario.bundled import shown_scenario
from objtui.text.numbers import grouped

Tables = Mapping[str, Any]

WORDS = frozenset({"title", "question", "claims"})
"""Keys of a scenario that change nothing of a training."""

ABSENT = "-"
"""Stands for a key that a run has nothing for, as that of a head of another run."""


@dataclass(frozen=True)
class RunFacts:
    """What a run was made of.

    Attributes:
        scenario: its tables with every default filled in; None of what had no scenario.
    """

    header: RunHeader
    scenario: Tables | None

    @classmethod
    def of(cls, header: RunHeader, reader: RunReader | None) -> RunFacts:
        """Those of a run file; without a scenario where it cannot be read any more."""
        try:
            tables = parse_json(reader.request())["scenario"] if reader else None
        except (KeyError, RunFileError, TypeError, ValueError):  # of a training loop of one's own
            tables = None
        return cls(header, tables if isinstance(tables, dict) else None)

    @cached_property
    def data(self) -> tuple[object, ...]:
        """What the run was trained and scored on: equal where another run's data are the same."""
        header, table = self.header, ""
        if not header.data_digest and self.scenario is not None:
            table = json.dumps(self.scenario.get("data"), sort_keys=True)
        return (header.data_digest, table, header.train, header.val, header.features)


@dataclass(frozen=True, slots=True)
class DifferingKey:
    """A key that runs differ in, and what it is in each, in the order of the runs."""

    key: str
    values: tuple[str, ...]

    @property
    def line(self) -> str:
        """`train.lr: 0.001 | 0.01`."""
        return f"{self.key}: {' | '.join(self.values)}"


HEAD_LOSS = re.compile(r"heads\.(.+)\.loss$")


def _heads_of_some_joined(by_run: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The keys, of a head that some runs do not have its loss alone: the others say no more."""
    losses = {key: match[1] for each in by_run for key in each if (match := HEAD_LOSS.match(key))}
    of_some = [head for key, head in losses.items() if any(key not in each for each in by_run)]
    left_out = tuple(f"heads.{head}." for head in of_some)
    return [
        {key: value for key, value in each.items() if key in losses or not key.startswith(left_out)}
        for each in by_run
    ]


def differing_keys(runs: Sequence[RunFacts]) -> list[DifferingKey]:
    """The keys in which runs differ: those of the data first, then in the order of scenarios.

    A key that was left out has its default. Where the files behind the same keys have changed,
    `data` itself differs. Runs without a scenario are compared by what their headers say.
    """
    if any(run.scenario is None for run in runs):
        by_run = [dict(_header_keys(run.header)) for run in runs]
    else:
        by_run = [dict(_keys(tables)) for tables in _completed(runs)]
    by_run = _heads_of_some_joined(by_run)
    keys = dict.fromkeys(key for values in by_run for key in values)
    differing = [
        DifferingKey(key, values)
        for key in keys
        if len(set(values := tuple(each.get(key, ABSENT) for each in by_run))) > 1
    ]
    differing.sort(key=lambda each: not each.key.startswith("data."))
    same_data = len({run.data for run in runs}) == 1
    if not same_data and not any(each.key.startswith("data.") for each in differing):
        differing.insert(0, DifferingKey("data", tuple(_data_words(runs))))
    scenarios = tuple(shown_scenario(run.header.scenario) for run in runs)
    if len(set(scenarios)) > 1:
        place = sum(each.key.startswith("data") for each in differing)
        differing.insert(place, DifferingKey("scenario", scenarios))
    return differing


def _completed(runs: Sequence[RunFacts]) -> list[Tables]:
    """Their scenarios, with defaults for what a run of another version knows nothing of."""
    tables = [run.scenario or {} for run in runs]
    shapes = {tuple(sorted(key for key, _ in _keys(each))) for each in tables}
    if len(shapes) == 1:
        return tables
    from pydantic import ValidationError  # takes long to import, and is seldom needed

    from objtui.scenario.schema import Scenario

    completed: list[Tables] = []
    for each in tables:
        try:
            completed.append(Scenario.model_validate(each).model_dump(mode="json"))
        except ValidationError:  # of a version that knows more: as it is
            completed.append(each)
    return completed


def _keys(tables: Tables, before: str = "") -> Iterator[tuple[str, str]]:
    """Dotted keys and their values; of a head, with its name, as `--set` has them."""
    for key, value in tables.items():
        if not before and key in WORDS:
            continue
        if not before and key == "heads" and isinstance(value, list):
            for head in value:
                own = {name: entry for name, entry in head.items() if name != "name"}
                yield from _keys(own, f"heads.{head.get('name', ABSENT)}.")
        elif isinstance(value, dict):
            yield from _keys(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", _written(value)


def _written(value: object) -> str:
    """A value as a scenario has it; seeds from 0 on as their number."""
    if value is None:
        return "default"
    if isinstance(value, list) and len(value) > 1 and value == list(range(len(value))):
        return str(len(value))
    if isinstance(value, list) and value == [0]:
        return "1"
    return value if isinstance(value, str) else json.dumps(value)


def _header_keys(header: RunHeader) -> Iterator[tuple[str, str]]:
    yield "heads", ", ".join(f"{head.name} ({head.loss})" for head in header.heads)
    yield "steps", "unknown" if header.steps is None else str(header.steps)
    yield "seeds", _written(list(header.seeds))
    yield "dtype", header.dtype


def _data_words(runs: Sequence[RunFacts]) -> list[str]:
    """What tells the data of runs apart: rows and positives, else the digest of the files."""
    words = [_rows(run.header.evaluated) for run in runs]
    if len(set(words)) == 1:
        words = [f"digest {run.header.data_digest[:8] or 'unknown'}" for run in runs]
    return words


def _rows(counts: RowCounts | None) -> str:
    if counts is None:
        return "rows unknown"
    return f"{grouped(counts.rows)} rows, {grouped(counts.positives)} positive"
