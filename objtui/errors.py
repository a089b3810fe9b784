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

from collections.abc import Sequence
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the root of a scenario, such as ("heads", 1, "loss")."""

EXIT_DONE = 0
EXIT_CLAIM_FAILS = 1
EXIT_USAGE = 2
EXIT_TRAINING = 3
EXIT_SIGHUP = 129
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


MAX_MESSAGE = 1000
"""Characters of what is said of one problem; a file that it quotes may have millions."""


def _dotted(path: KeyPath) -> str:
    """A key path of the schema's names as people read it: `heads[1].loss`."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.removeprefix(".")


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

    def __post_init__(self) -> None:
        if len(self.message) > MAX_MESSAGE:
            object.__setattr__(self, "message", f"{self.message[: MAX_MESSAGE - 1]}…")

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

    One error may hold several problems, a line each, every one with the key path of the
    scenario that it belongs to; () where that is still to be said, by `under`.
    """

    def __init__(self, message: str, key: KeyPath = ()) -> None:
        super().__init__(message)
        self.problems = [(key, line) for line in message.splitlines()]

    @classmethod
    def of(cls, problems: Sequence[tuple[KeyPath, str]]) -> DataError:
        """An error of several problems: key path and line of each."""
        error = cls("\n".join(line for _, line in problems))
        error.problems = list(problems)
        return error

    def under(self, key: KeyPath) -> DataError:
        """The same problems, those without a key under this one."""
        return DataError.of([(own or key, line) for own, line in self.problems])

    def lines(self) -> list[str]:
        return [f"{_dotted(key)}: {line}" if key else line for key, line in self.problems]

    def __str__(self) -> str:
        return "\n".join(self.lines())


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


class BackToPicker(BaseException):
    """A dashboard was left by the key that leads back to the picker; no error, either."""


def brief(error: Exception) -> str:
    """An error that is none of these in one line: its kind and the first line of its words."""
    words = str(error).strip().splitlines()
    return f"{type(error).__name__}: {words[0]}" if words else type(error).__name__
