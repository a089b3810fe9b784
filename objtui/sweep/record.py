"""The record of a sweep: a small JSON file in the folder of its runs, which its driver writes."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from objtui.errors import RunFileError, UsageError
from objtui.files import open_regular
from objtui.runfile.names import check_name, run_path, stem_of
from objtui.runfile.processes import is_alive, process_started, this_host
from objtui.sweep.plan import Base, Cell, Factor
from objtui.text.nearest import nearest

RECORD = "sweep.json"
DRIVER_LOG = "driver.log"
VERSION = 1
MAX_BYTES = 256 * 1024 * 1024
"""More than MAX_CELLS take."""


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
    def lives(self) -> bool:
        """Whether it is at work, as far as can be seen from this machine."""
        return self.host == this_host() and is_alive(self.pid, self.started)


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
    """

    name: str
    base: Base
    factors: tuple[Factor, ...]
    cells: tuple[Cell, ...]
    sort: str
    created_at: float
    driver: Driver | None = None
    failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_full_grid(self) -> bool:
        """Whether every combination of values is a cell."""
        count = 1
        for factor in self.factors:
            count *= len(factor.values)
        return count == len(self.cells)

    @property
    def driven(self) -> bool:
        """Whether a driver is at work."""
        return self.driver is not None and self.driver.lives


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
    text = json.dumps({"version": VERSION, **asdict(record)})
    part = folder / f".{RECORD}.{os.getpid()}.part"
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(folder / RECORD)
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
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
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
    """The record of the sweep in a folder; RunFileError where it is none."""
    path = folder / RECORD
    try:
        with open_regular(path) as file:
            values = json.loads(file.read(MAX_BYTES))
        if values.pop("version") != VERSION:
            raise RunFileError(f"{path}: was written by another version of objtui")
        base, driver = values.pop("base"), values.pop("driver")
        record = SweepRecord(
            base=Base(**{**base, "overrides": tuple(map(str, base["overrides"]))}),
            factors=tuple(
                Factor(each["key"], tuple(map(str, each["values"])))
                for each in values.pop("factors")
            ),
            cells=tuple(
                Cell(each["id"], tuple(map(str, each["overrides"]))) for each in values.pop("cells")
            ),
            driver=None if driver is None else Driver(**driver),
            **values,
        )
        for cell in record.cells:
            if not re.fullmatch(r"[0-9a-f]{1,64}", cell.id):
                raise ValueError(f"{cell.id!r:.80} names no cell")
    except OSError as error:
        raise RunFileError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RunFileError(f"{path}: damaged: {error}") from error
    return record


def sweep_folders(runs: Path) -> list[Path]:
    """The folders of sweeps in a folder of runs, by name."""
    try:
        return sorted(each.parent for each in runs.glob(f"*/{RECORD}"))
    except OSError:
        return []


def is_sweep(runs: Path, name: str) -> bool:
    """Whether a name is that of a sweep, or of its folder."""
    return bool(name) and any((each / RECORD).is_file() for each in _places(runs, name))


def find_sweep(runs: Path, name: str) -> Path:
    """The folder of the sweep that a person names: by name, prefix or path. UsageError."""
    for place in _places(runs, name):
        if (place / RECORD).is_file():
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
