"""What a sweep trains: factors, the cells of their grid, and every cell's scenario, checked.

Reading scenarios takes long to import, and lists of runs need not wait for it: late.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objtui.errors import ObjtuiError, ScenariosError, UsageError
from objtui.scenario.read import read_tables
from objtui.scenario.toml_text import toml_value
from objtui.text.numbers import grouped

if TYPE_CHECKING:
    from objtui.scenario.schema import Scenario

MAX_CELLS = 100_000
"""More would take a run file each, and weeks."""

MAX_GRID = 10**18
"""Combinations that --random may draw from."""

MAX_WRONG = 20
"""Lines of what is wrong with cells, after which no other is checked."""

SET = "--set"
_OPENING, _CLOSING = "[{", "]}"


@dataclass(frozen=True, slots=True)
class Factor:
    """A key and the values that it takes, as texts behind `--set KEY=`."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One setting of every factor.

    Attributes:
        id: a hash of the scenario with every default filled in; the name of its run.
        overrides: KEY=VALUE texts, one a factor.
    """

    id: str
    overrides: tuple[str, ...]

    @property
    def settings(self) -> dict[str, object]:
        """By key its value, as JSON knows it."""
        from objtui.scenario.overrides import Override, parse_override

        parsed = (parse_override(text) for text in self.overrides)
        return {each.key: each.value for each in parsed if isinstance(each, Override)}


@dataclass(frozen=True, slots=True)
class Base:
    """What all cells share: the scenario file and what the command line changes in it.

    Attributes:
        scenario_path: as people are shown it.
        text: of the file.
        base: the folder that relative paths of the scenario start from.
        overrides, seeds, device: as in `TrainRequest`.
    """

    scenario_path: str
    text: str
    base: str
    overrides: tuple[str, ...] = ()
    seeds: int | None = None
    device: str | None = None


def factor_of(text: str) -> Factor:
    """KEY=a,b,c as a factor; commas within brackets and quotes part nothing. UsageError."""
    key, equals, values = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"--over takes KEY=VALUE,VALUE, such as train.lr=1e-3,1e-2; got {text!r}")
    parted = _parted(values)
    if not all(parted):
        raise UsageError(f"--over {key.strip()}: a value is empty")
    return _checked(Factor(key.strip(), tuple(parted)), "--over")


def factors_in(text: str, path: str) -> list[Factor]:
    """The factors of the scenario's table [sweep]; raises ScenarioError, UsageError."""
    table = read_tables(text, path).get("sweep", {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: sweep is no table; write [sweep] and lists of values by key")
    return [
        _checked(Factor(key, tuple(map(_text, values))), f"{path}: [sweep]")
        for key, values in _lists(table, "", path)
    ]


def joined_factors(of_file: Sequence[Factor], given: Sequence[Factor]) -> tuple[Factor, ...]:
    """The factors of a file with those of the command line, which replace them by key.

    UsageError where a key is given twice, or there is none at all.
    """
    keys = Counter(factor.key for factor in given)
    if twice := [key for key, times in keys.items() if times > 1]:
        raise UsageError(f"--over {twice[0]} is given twice; name all its values in one")
    factors = (*(each for each in of_file if each.key not in keys), *given)
    if not factors:
        raise UsageError(
            "a sweep goes over something: --over train.lr=1e-3,1e-2, or a table [sweep] in the "
            "scenario"
        )
    return factors


def plan_cells(
    base: Base, factors: Sequence[Factor], sample: int | None = None, seed: int = 0
) -> tuple[Cell, ...]:
    """Every cell of the grid, its scenario checked; with `sample` so many of them, at random.

    Raises UsageError where there are too many or two are the same scenario, and ScenariosError
    with what is wrong with the cells.
    """
    total = math.prod(len(factor.values) for factor in factors)
    if total > MAX_GRID:
        raise UsageError("the grid has more than 10¹⁸ cells; leave out factors, or values of them")
    count = total if sample is None else min(sample, total)
    if count > MAX_CELLS:
        raise UsageError(f"{grouped(count)} cells are too many; at most {grouped(MAX_CELLS)}")
    numbers = range(total)
    chosen = numbers if count == total else sorted(random.Random(seed).sample(numbers, count))
    cells: dict[str, Cell] = {}
    wrong: dict[str, None] = {}  # lines, each once: a fault of the file is one of every cell
    for number in chosen:
        overrides = tuple(_setting(factors, number))
        try:
            cell = Cell(scenario_hash(base, overrides), overrides)
        except ObjtuiError as error:
            keys = [factor.key for factor in factors]
            wrong.update(dict.fromkeys(said_of_over(line, keys) for line in error.lines()))
            if len(wrong) >= MAX_WRONG:
                break
            continue
        if cell.id in cells:
            raise UsageError(
                f"{' '.join(cells[cell.id].overrides)} and {' '.join(overrides)} are the same "
                "scenario"
            )
        cells[cell.id] = cell
    if wrong:
        raise ScenariosError([UsageError(line) for line in wrong])
    return tuple(cells.values())


def scenario_hash(base: Base, overrides: Sequence[str]) -> str:
    """Ten letters that tell the filled-in scenario of a cell from any other; raises ObjtuiError."""
    text = json.dumps(scenario_of(base, overrides).model_dump(mode="json"), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=5).hexdigest()


def scenario_of(base: Base, overrides: Sequence[str]) -> Scenario:
    """The scenario of a cell, every default filled in; raises ObjtuiError."""
    from objtui.scenario.load import parse_scenario

    return parse_scenario(
        base.text,
        base.scenario_path,
        Path(base.base),
        (*base.overrides, *overrides),
        seeds=base.seeds,
        device=base.device,
    ).scenario


def said_of_over(line: str, keys: Iterable[str]) -> str:
    """A line about one of these keys of factors, which a cell sets as `--set` does, as one about
    `--over`. A head's may be said as `heads[1].loss`.
    """
    for key in keys:
        head = re.fullmatch(r"heads\.[^.]+\.(.+)", key)
        spelt = re.escape(key) + (rf"|heads\[\d+\]\.{re.escape(head[1])}" if head else "")
        if match := re.match(rf"{SET}: (?:{spelt}):", line):
            return f"--over: {key}:{line[match.end() :]}"
    return line


def changed_base(base: Base, text: str) -> Base:
    """What cells share where the file has another text by now."""
    return replace(base, text=text)


def _setting(factors: Sequence[Factor], number: int) -> Iterator[str]:
    """The KEY=VALUE texts of a cell by its number in the grid, whose last factor runs fastest."""
    step = math.prod(len(factor.values) for factor in factors)
    for factor in factors:
        step //= len(factor.values)
        yield f"{factor.key}={factor.values[number // step % len(factor.values)]}"


def _checked(factor: Factor, where: str) -> Factor:
    """The factor; UsageError where it has no value, or one of them twice."""
    if not factor.values:
        raise UsageError(f"{where} {factor.key}: there are no values")
    twice, times = Counter(factor.values).most_common(1)[0]
    if times > 1:
        raise UsageError(f"{where} {factor.key}: {twice} is there twice")
    return factor


def _lists(table: Mapping[str, Any], before: str, path: str) -> Iterator[tuple[str, list[object]]]:
    """The lists of a table of tables by dotted key."""
    for name, value in table.items():
        key = f"{before}{name}"
        if isinstance(value, dict):
            yield from _lists(value, f"{key}.", path)
        elif isinstance(value, list):
            yield key, value
        else:
            raise UsageError(f"{path}: sweep.{key}: expected a list of values")


def _text(value: object) -> str:
    """A value as it stands behind `--set KEY=`."""
    from objtui.scenario.overrides import Override, parse_override

    parsed = parse_override(f"key={value}") if isinstance(value, str) else None
    if isinstance(parsed, Override) and parsed.value == value:
        return str(value)
    try:
        return toml_value(value)
    except TypeError:
        raise UsageError(f"sweep: {value!r:.80} is no value of a key") from None


def _parted(text: str) -> list[str]:
    """The parts between commas that are in no brackets or quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in _OPENING:
            depth += 1
        elif letter in _CLOSING:
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]
