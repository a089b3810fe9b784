"""What a person meant who named a command, a run or a scenario that is not there."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from objtui.errors import UsageError
from objtui.text.commands import shell_quote

MEANT: dict[str, str] = {
    "compare": "to compare recorded runs: objtui watch RUN RUN",
    "browser": "to show a run in a browser: objtui serve RUN",
    "delete": "to remove runs: objtui rm RUN",
    "diff": "to compare recorded runs: objtui watch RUN RUN",
    "figure": "to draw a chart into a file: objtui export RUN --panel curves",
    "init": "to write a starter scenario: objtui new PATH",
    "kill": "to end a training: objtui stop RUN",
    "list": "to list the recorded runs: objtui runs; the bundled scenarios: objtui scenarios",
    "log": "to read a run's log: objtui watch RUN, and there the key l",
    "ls": "to list the recorded runs: objtui runs; the bundled scenarios: objtui scenarios",
    "mv": "to give a run another name: objtui rename RUN NAME",
    "open": "to open the dashboard on a run: objtui watch RUN",
    "plot": "to draw a chart into a file: objtui export RUN --panel curves",
    "remove": "to remove runs: objtui rm RUN",
    "start": "to train a scenario: objtui run SCENARIO",
    "status": "to list the recorded runs: objtui runs",
    "test": "to judge the claims of a scenario: objtui check SCENARIO",
    "train": "to train a scenario: objtui run SCENARIO",
    "validate": "to judge the claims of a scenario: objtui check SCENARIO",
    "url": "to show a run in a browser: objtui serve RUN",
    "version": "objtui --version prints it",
    "view": "to open the dashboard on a run: objtui watch RUN",
}
"""Names that other programs have for what a command does here, and that command."""

ONE_TOO_MANY: dict[str, str] = {
    "run": "run takes one scenario; to compare recorded runs: objtui watch RUN RUN; "
    "to train several scenarios: objtui check SCENARIO SCENARIO",
    "runs": "runs lists all of them; to show one: objtui watch RUN; "
    "those of another folder: objtui runs --runs DIR",
    "rename": "rename takes a run and its new name, which has no blanks",
    "scenarios": "scenarios lists all of them; to print one: objtui show SCENARIO",
}
"""What to say of arguments beyond those that a command takes, where that is more than a number."""


def too_many(command: str, parser: argparse.ArgumentParser) -> str:
    """What a command takes, for one that was given more."""
    if command in ONE_TOO_MANY:
        return ONE_TOO_MANY[command]
    usage = parser.format_usage().partition(parser.prog)[2]
    while (outside := re.sub(r"\[[^][]*\]", "", usage)) != usage:
        usage = outside  # an option may have a part that can be left out by itself
    taken = [f"one {word}" for word in usage.split()]
    return f"{command} takes {' and '.join(taken) or 'options alone'}"


def not_a_command(word: str, runs: Path) -> str:
    """What was meant by a word in the place of a command; empty where nobody can tell."""
    if word in MEANT:
        return MEANT[word]
    if is_scenario(word):
        return f"it is a scenario; to train it: objtui run {shell_quote(word)}"
    if is_run(word, runs):
        return f"it is a run; to show it: objtui watch {shell_quote(word)}"
    return ""


def named_run(folder: Path, name: str) -> Path:
    """The run file that a person names.

    Raises UsageError where there is none; where it is a scenario that is named, with the
    command that takes one.
    """
    from objtui.runfile.find import find_run

    try:
        path = find_run(folder, name)
    except UsageError:
        if not is_scenario(name) or (folder.is_dir() and _begins_a_name(folder, name)):
            raise
    else:
        if path.suffix != ".toml":
            return path
    raise UsageError(
        f"{name} is a scenario, not a run; to train it: objtui run {shell_quote(name)}"
    )


def named_sweep(folder: Path, name: str) -> Path | None:
    """The folder of the sweep that a person names; None where it is no sweep that is named."""
    if is_run(name, folder) or is_scenario(name):
        return None
    from objtui.sweep.record import find_sweep, is_sweep

    return find_sweep(folder, name) if is_sweep(folder, name) else None


def refuse_run(spec: str, runs: Path) -> None:
    """Raise UsageError where a run or a sweep is named in the place of a scenario."""
    from objtui.runfile.find import SWEEP_RECORD

    if "\0" not in spec and spec and (runs / spec / SWEEP_RECORD).is_file():
        name = shell_quote(spec)
        raise UsageError(
            f"{spec} is a sweep, not a scenario; to show it: objtui watch {name}; to go on with "
            f"it: objtui sweep resume {name}"
        )
    if not is_scenario(spec) and not os.path.isdir(spec) and is_run(spec, runs):
        name = shell_quote(spec)
        raise UsageError(
            f"{spec} is a run, not a scenario; to show it: objtui watch {name}; to go on with it: "
            f"objtui resume {name}"
        )


def is_scenario(name: str) -> bool:
    """Whether a name is that of a bundled scenario, or of a TOML file that is there."""
    from objtui.scenario.bundled import bundled_names

    return name in bundled_names() or (name.endswith(".toml") and os.path.isfile(name))


def is_run(name: str, runs: Path) -> bool:
    """Whether a name is that of a run in the folder, or the path of a run file."""
    from objtui.runfile.tables import SUFFIX

    if name.endswith(SUFFIX):
        return os.path.isfile(name) or (runs / name).is_file()
    return "/" not in name and "\0" not in name and (runs / f"{name}{SUFFIX}").is_file()


def _begins_a_name(folder: Path, start: str) -> bool:
    from objtui.runfile.tables import SUFFIX

    return any(path.stem.startswith(start) for path in folder.glob(f"*{SUFFIX}"))
