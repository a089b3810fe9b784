"""The pipe on which a new trainer tells its launcher how its start goes: lines of JSON.

Any number of `building` lines, then one `started`, `problems` or `error`.
"""

from __future__ import annotations

import json
import os
import select
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from objtui import errors
from objtui.errors import ObjtuiError, Problem, ScenarioError

READ_BYTES = 2**16

_KINDS: dict[str, type[ObjtuiError]] = {
    kind.__name__: kind
    for kind in (
        errors.ObjtuiError,
        errors.UsageError,
        errors.DataError,
        errors.DeviceError,
        errors.RunFileError,
        errors.TrainingError,
    )
}
"""By name, the errors that are made of a message alone; others come as the nearest of these."""


@dataclass(frozen=True, slots=True)
class Building:
    """How far the building of the data is; `share` lies in [0, 1]."""

    what: str
    share: float

    def __str__(self) -> str:
        return f"building {self.what} {self.share * 100:.0f} %"


@dataclass(frozen=True, slots=True)
class Started:
    """The run exists and its training begins; `notices` are for the person, a line each."""

    run: str
    path: str
    notices: tuple[str, ...] = ()


def encode_message(message: Building | Started | ObjtuiError) -> bytes:
    """A message as a line of JSON."""
    values: dict[str, Any]
    match message:
        case Building():
            values = {"building": asdict(message)}
        case Started():
            values = {"started": asdict(message)}
        case ScenarioError():
            values = {"problems": [asdict(problem) for problem in message.problems]}
        case _:
            names = (kind.__name__ for kind in type(message).__mro__)
            kind = next(name for name in names if name in _KINDS)
            values = {"error": {"kind": kind, "lines": message.lines()}}
    return json.dumps(values).encode() + b"\n"


def decode_message(line: bytes) -> Building | Started | ObjtuiError:
    """What `encode_message` encoded; ValueError or KeyError where the line is none."""
    values = json.loads(line)
    if "building" in values:
        return Building(**values["building"])
    if "started" in values:
        started = values["started"]
        return Started(started["run"], started["path"], tuple(started["notices"]))
    if "problems" in values:
        return ScenarioError([Problem(**problem) for problem in values["problems"]])
    error = values["error"]
    return _KINDS[error["kind"]]("\n".join(error["lines"]))


class PipeToLauncher:
    """The trainer's end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def building(self, building: Building) -> None:
        """Say how far the building of the data is, unless the launcher is gone or does not read."""
        os.set_blocking(self._descriptor, False)
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(self._descriptor, encode_message(building))  # short: the whole line or nothing
        os.set_blocking(self._descriptor, True)

    def finish(self, outcome: Started | ObjtuiError) -> bool:
        """Say how the start ended and close the pipe; False where the launcher is gone."""
        try:
            with os.fdopen(self._descriptor, "wb") as pipe:
                pipe.write(encode_message(outcome))
        except BrokenPipeError:
            return False
        return True


class PipeFromTrainer:
    """The launcher's end.

    Attributes:
        building: the last that was said of the building of the data; empty before.
        outcome: how the start ended; None before, and where the trainer died without a word.
    """

    def __init__(self, descriptor: int) -> None:
        self.building = ""
        self.outcome: Started | ObjtuiError | None = None
        self._descriptor = descriptor
        self._unread = b""
        self._ended = False

    def is_decided(self, wait_s: float | None = 0) -> bool:
        """Take in what was said; whether the outcome, or that there will be none, is known.

        Waits so many seconds for something to be said, with None for as long as it takes.
        """
        while not self._ended and select.select([self._descriptor], [], [], wait_s)[0]:
            self._take(os.read(self._descriptor, READ_BYTES))
            wait_s = 0
        return self._ended

    def close(self) -> None:
        """Close the pipe; may be called again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor, self._ended = -1, True

    def _take(self, data: bytes) -> None:
        self._ended = not data
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            match decode_message(line):
                case Building() as building:
                    self.building = str(building)
                case outcome:
                    self.outcome, self._ended = outcome, True
