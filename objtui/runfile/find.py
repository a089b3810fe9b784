"""Finding recorded runs: by name, unique prefix, path, or as the last one started."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path

from objtui.errors import RunFileError, UsageError
from objtui.runfile.details import RunDetails, read_details
from objtui.runfile.liveness import SILENCE_S, TrainerWatch
from objtui.runfile.names import LAST, run_path
from objtui.runfile.opening import has_journal
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED, RunHeader, RunStatus
from objtui.runfile.tables import SUFFIX
from objtui.text.nearest import nearest

MAKING_S = 30.0
"""How long a file with nothing in it counts as one that a trainer is about to fill."""

WATCH_POLL_S = 0.25

BLANK_BYTES = (0, 4096)
"""The sizes of a run file before its tables are in it: nothing, then SQLite's first page."""

SWEEP_RECORD = "sweep.json"
"""What makes a folder that of a sweep."""

FileMoment = tuple[int, int, int]
"""What changes with a file: inode, size, time."""


@dataclass(frozen=True, slots=True)
class RunListing:
    """One run file of a folder; without header and status where it cannot be read."""

    name: str
    path: Path
    header: RunHeader | None
    status: RunStatus | None
    reason: str = ""
    details: RunDetails | None = None
    """Where they are asked for."""

    @property
    def state(self) -> str:
        """The run's state, or "unreadable"."""
        return "unreadable" if self.status is None else self.status.state


@dataclass(frozen=True, slots=True)
class Watches:
    """What earlier looks at a folder have seen, by run file.

    Attributes:
        trainers: those that may work into it.
        ended: how a file without journals lay there, and what was listed of its ended run.
    """

    trainers: dict[Path, TrainerWatch] = field(default_factory=dict)
    ended: dict[Path, tuple[FileMoment, RunListing]] = field(default_factory=dict)


def list_runs(
    folder: Path, watches: Watches | None = None, *, detailed: bool = False
) -> list[RunListing]:
    """Every run file of a folder, that last started first, then those that cannot be read.

    Empty where there is no such folder. A file that is only just being made is no run yet.
    Nothing is written, nor waited for: a trainer that cannot be seen lives until `watches`,
    which successive looks share, has seen it silent for long. They read an ended run but once.
    """
    watches = Watches() if watches is None else watches
    listed = (_listing(path, watches, detailed) for path in _run_files(folder))
    return sorted(
        (run for run in listed if run is not None),
        key=lambda run: (0.0 if run.status is None else -run.status.started_at, run.name),
    )


def list_runs_surely(folder: Path, *, detailed: bool = False) -> list[RunListing]:
    """As `list_runs`, after trainers that cannot be seen and seem silent were watched a while."""
    watches = Watches()
    until = time.monotonic() + SILENCE_S + WATCH_POLL_S
    while True:
        runs = list_runs(folder, watches, detailed=detailed)
        if time.monotonic() > until or not any(_is_in_doubt(run, watches) for run in runs):
            return runs
        time.sleep(WATCH_POLL_S)


def _is_in_doubt(run: RunListing, watches: Watches) -> bool:
    status = run.status
    if status is None or status.state in ENDED or watches.trainers[run.path].is_sure(status):
        return False
    return abs(time.time() - status.heartbeat_at) >= SILENCE_S


def find_run(folder: Path, run: str) -> Path:
    """The path of the run file that RUN names.

    RUN is a name, a path to a run file, `last`, or a prefix that one name alone
    has; in this order. Raises UsageError where it names none or several.
    """
    if run == LAST:
        readable = [listing for listing in list_runs(folder) if listing.header is not None]
        if not readable:
            raise UsageError(f"there is no run in {folder} yet; start one with `objtui run`")
        return readable[0].path
    names = [path.stem for path in _run_files(folder)]
    if run in names:
        return run_path(folder, run)
    if Path(run).is_file():
        return Path(run)
    above, slash, name = run.rpartition("/")
    if slash and not name.endswith(SUFFIX) and (folder / above).is_dir():  # SWEEP/CELL
        return find_run(folder / above, name)
    if run.endswith(SUFFIX) or slash:
        raise UsageError(f"{run}: no such run file")
    if run and (folder / run / SWEEP_RECORD).is_file():  # before what merely begins so
        raise UsageError(
            f"{run!r} is a sweep in {folder}, not a run; its runs are {run}/CELL, which `objtui "
            f"watch {run}` lists; `objtui sweep resume|stop|retry {run}` act on all of them"
        )
    candidates = [name for name in names if run and name.startswith(run)]
    if len(candidates) == 1:
        return run_path(folder, candidates[0])
    if candidates:
        raise UsageError(f"{run!r} may be any of {_some(candidates)}; give more of the name")
    near = nearest(run, names)
    hint = f"did you mean {near!r}?" if near else "`objtui runs` lists them"
    raise UsageError(f"there is no run {run!r} in {folder}; {hint}")


def _run_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunFileError(f"{folder}: cannot be read: {error.strerror}") from error


def _listing(path: Path, watches: Watches, detailed: bool) -> RunListing | None:
    """What is listed of a file; None where it is no run yet, or was removed again."""
    moment = _moment(path)
    before = watches.ended.pop(path, None)
    if before is not None and before[0] == moment and (before[1].details or not detailed):
        watches.ended[path] = before
        return before[1]
    run = _read_listing(path, watches, detailed)
    if run is not None and run.status is not None and run.status.state in ENDED and moment:
        watches.ended[path] = moment, run
    return run


def _moment(path: Path) -> FileMoment | None:
    """How a file lies there; None where it, or a journal beside it, is about to change."""
    try:
        status = path.stat()
        journals = has_journal(path)
    except (OSError, RuntimeError, ValueError):
        return None
    return None if journals else (status.st_ino, status.st_size, status.st_mtime_ns)


def _read_listing(path: Path, watches: Watches, detailed: bool) -> RunListing | None:
    was_being_made = _is_being_made(path)  # asked first: it may be whole a moment later
    try:
        watch = watches.trainers.setdefault(path, TrainerWatch(path))
        with RunReader(path, glance=True, watch=watch) as reader:
            details = read_details(reader) if detailed else None  # while the file is open
            header, status = reader.header(), reader.status()
            return RunListing(path.stem, path, header, status, details=details)
    except RunFileError as error:
        if was_being_made or _is_being_made(path):
            return None
        reason = str(error).removeprefix(f"{path}: ")
        return RunListing(path.stem, path, None, None, reason)


def _is_being_made(path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:  # removed again: its trainer could not begin
        return not os.path.lexists(path)
    is_young = time.time() - status.st_mtime < MAKING_S
    return stat.S_ISREG(status.st_mode) and status.st_size in BLANK_BYTES and is_young


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
