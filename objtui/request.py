"""What a trainer is asked to do, as it travels to the trainer's process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class TrainerRequest:
    """One run to train.

    Attributes:
        scenario: the whole scenario with every default and override filled in,
            as values that JSON knows.
        scenario_path: the scenario's path as people are shown it.
        text: the scenario file as its author wrote it.
        base: the folder that relative paths of the scenario start from.
        runs: the folder of runs.
        name: the name of the run; None for the scenario's and the next free number.
    """

    scenario: dict[str, Any]
    scenario_path: str
    text: str
    base: str
    runs: str
    name: str | None = None

    def to_json(self) -> str:
        """The request as one line of JSON."""
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, line: str) -> TrainerRequest:
        """The request that `to_json` wrote; ValueError, TypeError where it is not one."""
        return cls(**json.loads(line))


@dataclass(frozen=True, slots=True)
class UnreadRequest:
    """One run to train, as a person asks for it; its scenario is still to be read.

    Attributes:
        spec: path of a scenario file, or name of a bundled scenario.
        overrides: KEY=VALUE texts.
        seeds, device: what comes after the overrides; None for the scenario's own.
        runs: the folder of runs.
        name: the name of the run; None for the scenario's and the next free number.
    """

    spec: str
    overrides: tuple[str, ...]
    seeds: int | None
    device: str | None
    runs: str
    name: str | None = None

    def to_json(self) -> str:
        """The request as one line of JSON."""
        return json.dumps({"unread": asdict(self)}, allow_nan=False)


Asked = TrainerRequest | UnreadRequest
"""What a trainer may be asked for."""


def asked_in(line: str) -> Asked:
    """What `to_json` wrote; ValueError, TypeError where it is none of both."""
    values = json.loads(line)
    if "unread" in values:
        unread = UnreadRequest(**values["unread"])
        return replace(unread, overrides=tuple(unread.overrides))
    return TrainerRequest(**values)
