"""The record of a sweep: a small JSON file in the folder of its runs, which its driver writes."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from objtui.errors import RunFileError, UsageError, brief
from objtui.files import open_regular
from objtui.measures.scores import EVERY_SCORE_NAME
from objtui.runfile.find import SWEEP_RECORD
from objtui.runfile.names import check_name, run_path, stem_of
from objtui.runfile.processes import (
    has_open,
    is_alive,
    process_started,
    signal_process,
    this_host,
)
from objtui.sweep.halving import EarlyStop, StopRule, rule_from, stop_from
from objtui.sweep.plan import Base, Cell, Factor
from objtui.text.nearest import nearest

DRIVER_LOG = "driver.log"
VERSION = 1
MAX_BYTES = 2**25
MAX_VALUES = 2**21
"""More than MAX_CELLS take; of values that JSON makes, each some 100 bytes."""


@dataclass(frozen=True, slots=True)
class Driver:
    """The process that trains the cells of a sweep."""

    pid: int
    started: float
    host: str

    @classmethod
    def this_process(cls) -> Driver:
        """This one."""
        return cls(os.getpid(), process_started(os.getpid()) or 0.0, this_host())

    @property
    def is_here(self) -> bool:
        """Whether it is, or was, a process of this machine."""
        return self.host == this_host()

    @property
    def lives(self) -> bool:
        """Whether the process has not ended, as far as can be seen from this machine."""
        return self.is_here and is_alive(self.pid, self.started)

    def drives(self, folder: Path) -> bool:
        """Whether it is at work on the sweep in this folder, which it has open: `sole_driver`.

        The record of another sweep may have been copied here, and anybody may have written it.
        """
        return self.lives and has_open(self.pid, folder)

    def terminate(self, folder: Path) -> bool:
        """Ask it to stop, if it drives this sweep; whether it was asked."""
        return self.is_here and signal_process(
            self.pid, self.started, signal.SIGTERM, holding=folder
        )


@dataclass(frozen=True, slots=True)
class SweepRecord:
    """What is settled about a sweep, and what its runs cannot say themselves.

    Attributes:
        base: what all cells share.
        factors: what cells differ in.
        cells: in the order of the grid.
        sort: HEAD.SCORE that cells are ordered by.
        created_at: seconds since the epoch.
        driver: the last that worked on it.
        failures: by cell why it could not begin, where it has no run for that.
        stop: by what cells are ended early; None where none is.
        stopped: by cell why it was.
        passed: by cell the last rung where it was told to go on, in steps.
    """

    name: str
    base: Base
    factors: tuple[Factor, ...]
    cells: tuple[Cell, ...]
    sort: str
    created_at: float
    driver: Driver | None = None
    failures: Mapping[str, str] = field(default_factory=dict)
    stop: StopRule | None = None
    stopped: Mapping[str, EarlyStop] = field(default_factory=dict)
    passed: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_full_grid(self) -> bool:
        """Whether every combination of values is a cell."""
        count = 1
        for factor in self.factors:
            count *= len(factor.values)
        return count == len(self.cells)

    def is_driven(self, folder: Path) -> bool:
        """Whether a driver is at work on it in its folder."""
        return self.driver is not None and self.driver.drives(folder)


def new_folder(runs: Path, scenario_path: str, name: str | None) -> Path:
    """Make the folder of a new sweep, by default SCENARIO-sweep-N; UsageError, RunFileError."""
    try:
        runs.mkdir(parents=True, exist_ok=True)
        if name is not None:
            check_name(name)
            if run_path(runs, name).exists():
                raise UsageError(f"{name!r} is a run in {runs}; choose another name")
            (runs / name).mkdir()
            return runs / name
        number = 1
        while True:
            try:
                folder = runs / f"{stem_of(scenario_path)}-sweep-{number}"
                folder.mkdir()
                return folder
            except FileExistsError:
                number += 1
    except FileExistsError:
        raise UsageError(f"{name!r} exists already in {runs}; choose another name") from None
    except OSError as error:
        raise RunFileError(f"{runs}: cannot be written: {error.strerror}") from error


def write_record(folder: Path, record: SweepRecord) -> None:
    """Write it in one piece, readable by its owner only; RunFileError."""
    values = {"version": VERSION, **asdict(record)}
    if record.stop is None:  # versions without early stops read such records too
        del values["stop"], values["stopped"], values["passed"]
    text = json.dumps(values)
    if len(text) > MAX_BYTES:
        raise RunFileError(f"{folder}: the record of so many cells would be too large")
    part = folder / f".{SWEEP_RECORD}.{os.getpid()}.part"
    try:
        part.unlink(missing_ok=True)  # of a process with our number, or a link to somewhere else
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(folder / SWEEP_RECORD)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RunFileError(f"{folder}: cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def sole_driver(folder: Path, stop: str) -> Iterator[None]:
    """Within a `with` block no other process may drive the sweep; UsageError where one does.

    The lock is on the folder itself, so that nothing is left there; it goes with the process. A
    file system without such locks, as over a network, has the record alone to tell: there it takes
    two that begin within the same moment not to see each other.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise RunFileError(f"{folder}: {error.strerror}") from error
    try:
        with contextlib.suppress(OSError):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(being_driven(read_record(folder), stop)) from None
        yield
    finally:
        os.close(descriptor)


def being_driven(record: SweepRecord, stop: str) -> str:
    """What is said to a second driver; `stop`: the command that ends the first."""
    process = "" if record.driver is None else f" (process {record.driver.pid})"
    return f"the sweep {record.name} is being trained{process}; `{stop}` ends that"


def read_record(folder: Path) -> SweepRecord:
    """The record of the sweep in a folder, whoever wrote it; RunFileError where it is none.

    Its name is the folder's: one that was moved or copied has another than it was begun with.
    """
    path = folder / SWEEP_RECORD
    try:
        with open_regular(path) as file:
            text = file.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES or sum(map(text.count, (b",", b"[", b"{"))) > MAX_VALUES:
            raise RunFileError(f"{path}: is too large")
        values = json.loads(text)
        if not isinstance(values, dict):
            raise ValueError("it is no record")
        if values.pop("version") != VERSION:
            raise RunFileError(f"{path}: was written by another version of objtui")
        record = replace(_record_of(values), name=folder.absolute().resolve().name)
        _check_grid(record)
    except OSError as error:
        raise RunFileError(f"{path}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise RunFileError(f"{path}: damaged: {error}") from error
    except (KeyError, AttributeError, RecursionError) as error:
        raise RunFileError(f"{path}: damaged: {brief(error)}") from error
    return record


def _record_of(values: dict[str, Any]) -> SweepRecord:
    """A record of values of JSON; KeyError, TypeError, ValueError where they are none."""
    base, driver, failures = values.pop("base"), values.pop("driver"), values.pop("failures")
    stop, stopped = values.pop("stop", None), values.pop("stopped", {})
    passed = values.pop("passed", {})
    record = SweepRecord(
        name=_text(values.pop("name")),
        base=Base(
            scenario_path=_text(base.pop("scenario_path")),
            text=_text(base.pop("text")),
            base=_text(base.pop("base")),
            overrides=_texts(base.pop("overrides")),
            seeds=None if (seeds := base.pop("seeds")) is None else _whole(seeds),
            device=None if (device := base.pop("device")) is None else _text(device),
        ),
        factors=tuple(
            Factor(_text(each["key"]), _texts(each["values"])) for each in values.pop("factors")
        ),
        cells=tuple(
            Cell(_text(each["id"]), _texts(each["overrides"])) for each in values.pop("cells")
        ),
        sort=_text(values.pop("sort")),
        created_at=_number(values.pop("created_at")),
        driver=None
        if driver is None
        else Driver(_whole(driver["pid"]), _number(driver["started"]), _text(driver["host"])),
        failures={cell: _text(why) for cell, why in failures.items()},
        stop=None if stop is None else rule_from(stop),
        stopped={cell: stop_from(why) for cell, why in stopped.items()},
        passed={cell: _whole(step) for cell, step in passed.items()},
    )
    if more := [*values, *base]:
        raise ValueError(f"{more[0]!r:.80} is no part of it")
    return record


def _check_grid(record: SweepRecord) -> None:
    """ValueError where the cells are not those of the factors."""
    if not record.cells or not record.factors:
        raise ValueError("it has no cells")
    settings = [{f"{each.key}={value}" for value in each.values} for each in record.factors]
    for cell in record.cells:
        if not re.fullmatch(r"[0-9a-f]{1,64}", cell.id):
            raise ValueError(f"{cell.id!r:.80} names no cell")
        own = zip(cell.overrides, settings, strict=False)
        whole = len(cell.overrides) == len(settings)
        if not whole or not all(override in of_factor for override, of_factor in own):
            raise ValueError(f"cell {cell.id} is none of the grid")
    names = {cell.id for cell in record.cells}
    if (
        len(names) < len(record.cells)
        or not {*record.failures, *record.stopped, *record.passed} <= names
    ):
        raise ValueError("its cells have not a name each")
    head, _, score = record.sort.partition(".")
    if not head or score not in EVERY_SCORE_NAME:
        raise ValueError(f"{record.sort!r:.80} is no HEAD.SCORE")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.80} is no text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.80} is no list")
    return tuple(map(_text, value))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e18:
        raise TypeError(f"{value!r:.80} is no number")
    return float(value)


def _whole(value: Any) -> int:
    """A process, a number of seeds or of steps; signals to 0 and below would go to many
    processes.
    """
    if type(value) is not int or not 0 < value < 2**31:
        raise TypeError(f"{value!r:.80} is no whole number above 0")
    return value


def sweep_folders(runs: Path) -> list[Path]:
    """The folders of sweeps in a folder of runs, by name."""
    try:
        return sorted(each.parent for each in runs.glob(f"*/{SWEEP_RECORD}"))
    except OSError:
        return []


def is_sweep(runs: Path, name: str) -> bool:
    """Whether a name is that of a sweep, or of its folder."""
    return bool(name) and any((each / SWEEP_RECORD).is_file() for each in _places(runs, name))


def find_sweep(runs: Path, name: str) -> Path:
    """The folder of the sweep that a person names: by name, prefix or path. UsageError."""
    for place in _places(runs, name):
        if (place / SWEEP_RECORD).is_file():
            return place
    names = [folder.name for folder in sweep_folders(runs)]
    begun = [each for each in names if name and each.startswith(name)]
    if len(begun) == 1:
        return runs / begun[0]
    if begun:
        raise UsageError(f"{name!r} may be any of {', '.join(begun[:8])}; give more of the name")
    near = nearest(name, names)
    hint = f"did you mean {near!r}?" if near else "`objtui runs` lists them"
    raise UsageError(f"there is no sweep {name!r} in {runs}; {hint}")


def _places(runs: Path, name: str) -> tuple[Path, ...]:
    return (runs / name, Path(name)) if "\0" not in name else ()
