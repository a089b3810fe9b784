"""The one line in which a new trainer tells its launcher how its start went."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from objtui import errors
from objtui.errors import ObjtuiError, Problem, ScenarioError

_KINDS: dict[str, type[ObjtuiError]] = {
    kind.__name__: kind
    for kind in (
        errors.UsageError,
        errors.DataError,
        errors.DeviceError,
        errors.RunFileError,
        errors.TrainingError,
    )
}


@dataclass(frozen=True, slots=True)
class Started:
    """The run exists and its training begins; `notices` are for the person, a line each."""

    run: str
    path: str
    notices: tuple[str, ...] = ()


def encode_outcome(outcome: Started | ObjtuiError) -> bytes:
    """The start of a run, or why there is none, as a line of JSON."""
    if isinstance(outcome, Started):
        message: dict[str, Any] = {"ready": asdict(outcome)}
    elif isinstance(outcome, ScenarioError):
        message = {"problems": [asdict(problem) for problem in outcome.problems]}
    else:
        message = {"error": {"kind": type(outcome).__name__, "lines": outcome.lines()}}
    return json.dumps(message).encode() + b"\n"


def decode_outcome(line: bytes) -> Started | ObjtuiError:
    """What `encode_outcome` encoded; ValueError or KeyError where the line is none."""
    message = json.loads(line)
    if "ready" in message:
        ready = message["ready"]
        return Started(ready["run"], ready["path"], tuple(ready["notices"]))
    if "problems" in message:
        return ScenarioError([Problem(**problem) for problem in message["problems"]])
    error = message["error"]
    return _KINDS[error["kind"]]("\n".join(error["lines"]))


def send_outcome(descriptor: int, outcome: Started | ObjtuiError) -> bool:
    """Write the line and close the pipe; False where the launcher is gone."""
    try:
        with os.fdopen(descriptor, "wb") as pipe:
            pipe.write(encode_outcome(outcome))
    except BrokenPipeError:
        return False
    return True


def receive_line(pipe: BinaryIO) -> bytes:
    """Read the line and close the pipe; empty where the trainer died before it wrote one."""
    with pipe:
        return pipe.readline()
