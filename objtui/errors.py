"""Every error that objtui reports to a person, with its exit code.

ObjtuiError
├── UsageError           2  the command line asks for something that cannot be
├── ScenarioError        2  a scenario file is wrong; carries every problem of it
├── DataError            2  the data of a scenario are wrong or too large
├── DeviceError          2  a device is unknown, absent or too small
├── ScenariosError       2  several scenarios cannot be run, each for its own reasons
├── RunFileError         2  a run file is missing, foreign, damaged or in use
│   └── RunGoneError     3  the file of a run was removed while it was used
└── TrainingError        3  a training that had started failed

Messages say what is wrong, where, and what to do about it.
"""

from __future__ import annotations

from dataclasses import dataclass

EXIT_DONE = 0
EXIT_CLAIM_FAILS = 1
EXIT_USAGE = 2
EXIT_TRAINING = 3
EXIT_SIGINT = 130
EXIT_SIGTERM = 143


class ObjtuiError(Exception):
    """The root of the tree: a message for a person and an exit code."""

    exit_code = EXIT_USAGE

    def lines(self) -> list[str]:
        """The message as lines, one per problem."""
        return [str(self)]


class UsageError(ObjtuiError):
    """The command line asks for something that cannot be done."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a scenario file.

    `line` counts from 1 and is None where no line of the file is to blame, as
    for an option of the command line. `key` is the dotted key path with list
    positions in brackets, such as `heads[1].loss`; empty for the whole file.
    """

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ScenarioError(ObjtuiError):
    """A scenario that cannot be run, with all of its problems at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def lines(self) -> list[str]:
        return [str(problem) for problem in self.problems]


class DataError(ObjtuiError):
    """The data that a scenario names are missing, malformed or too large.

    One error may hold several problems, a line each.
    """

    def lines(self) -> list[str]:
        return str(self).splitlines()


class DeviceError(ObjtuiError):
    """A device is unknown, absent, or has too little memory for the scenario."""


class ScenariosError(ObjtuiError):
    """Errors of several scenarios that were asked for together, with all lines of all of them."""

    def __init__(self, errors: list[ObjtuiError]) -> None:
        self._lines = [line for error in errors for line in error.lines()]
        super().__init__("\n".join(self._lines))

    def lines(self) -> list[str]:
        return self._lines


class RunFileError(ObjtuiError):
    """A run file is missing, foreign, of another version, damaged or in use."""


class RunGoneError(RunFileError):
    """The file of a run was removed, moved or replaced while somebody used it."""

    exit_code = EXIT_TRAINING

    def __init__(self, path: object) -> None:
        super().__init__(f"{path}: the run file was removed, moved or replaced")


class TrainingError(ObjtuiError):
    """A training that had started failed, or every head of it diverged."""

    exit_code = EXIT_TRAINING


class Interrupted(BaseException):
    """A signal that ends a command; no error, so that nothing takes it for one."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def brief(error: Exception) -> str:
    """An error that is none of these in one line: its kind and the first line of its words."""
    words = str(error).strip().splitlines()
    return f"{type(error).__name__}: {words[0]}" if words else type(error).__name__
