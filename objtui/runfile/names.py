"""Names of runs, and the empty file that reserves one."""

from __future__ import annotations

import os
import re
from pathlib import Path

from objtui.errors import RunFileError, UsageError
from objtui.runfile.opening import BESIDE, beside
from objtui.runfile.tables import SUFFIX

LAST = "last"
"""Names the run last started, so no run may be called so."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


def check_name(name: str) -> None:
    """Raise UsageError where `name` cannot be the name of a run."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a run: use up to 100 letters, digits, '.', '_' and '-', "
            "not starting with '.' or '-'"
        )
    if name == LAST:
        raise UsageError(f"{name!r} cannot name a run: it stands for the run last started")


def run_path(folder: Path, name: str) -> Path:
    """Where the run `name` lies in a folder of runs."""
    return folder / f"{name}{SUFFIX}"


def log_path(path: Path) -> Path:
    """Where the trainer of the run file `path` logs while it works."""
    return path.with_name(path.name + ".log")


def refuse_taken(folder: Path, name: str) -> None:
    """Raise UsageError where a run, or a file in the place of its log, bears the name already."""
    path = run_path(folder, name)
    if path.exists():
        raise _taken(folder, name)
    for taken in _taken_beside(path):
        raise UsageError(
            f"the log or journal of the run {name!r} would overwrite {taken}; "
            "remove that file or choose another name"
        )


def stem_of(scenario_path: str) -> str:
    """The start of the names of a scenario's runs: its file's name, odd letters made '-'."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(scenario_path).stem).strip(".-")
    if stem.isdecimal() and Path(scenario_path).parent.name == "fd":  # a pipe, as /dev/fd/63
        stem = "stdin"
    return stem[:90] or "run"


def reserve(folder: Path, scenario_path: str, name: str | None) -> tuple[str, Path]:
    """Create the empty file of a new run, for its owner only: its name and path.

    Without a name it is the scenario's and the smallest free number, where free
    means also that nothing lies where its log will. Several processes may ask at
    once; no two get the same file. Raises UsageError where `name` is taken,
    RunFileError where the folder cannot be written.
    """
    if name is not None:
        check_name(name)
        path = run_path(folder, name)
        refuse_taken(folder, name)
        if not _created(path):
            raise _taken(folder, name)
        return name, path
    stem, number = stem_of(scenario_path), 1
    while _taken_beside(path := run_path(folder, f"{stem}-{number}")) or not _created(path):
        number += 1
    return f"{stem}-{number}", path


def _taken(folder: Path, name: str) -> UsageError:
    return UsageError(f"the run {name!r} exists already in {folder}; choose another name")


def _taken_beside(path: Path) -> list[Path]:
    """What lies, be it a link to nothing, where a run's log and journals will."""
    places = [log_path(path), *(beside(path, end) for end in BESIDE)]
    return [place for place in places if os.path.lexists(place)]


def _created(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise RunFileError(f"{path}: cannot be created: {error.strerror}") from error
    try:
        os.fchmod(descriptor, 0o600)  # the umask may have taken bits away
    finally:
        os.close(descriptor)
    return True
