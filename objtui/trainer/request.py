"""What a trainer is asked to do, as it travels to the trainer's process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objtui.errors import RunFileError, UsageError
from objtui.runfile.records import RunHeader

if TYPE_CHECKING:
    from objtui.scenario.load import LoadedScenario


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
        resume: the file of the run to go on with; None for a new run.
        threads: threads to train with; None for one fewer than there are cores.
    """

    scenario: dict[str, Any]
    scenario_path: str
    text: str
    base: str
    runs: str
    name: str | None = None
    resume: str | None = None
    threads: int | None = None

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


def request_to_resume(path: Path, header: RunHeader, asked: str) -> TrainerRequest:
    """What a trainer is asked to go on with a run, on the device that it began on.

    `asked` is the request that is kept in the run file `path`. Raises UsageError where
    it is not one of a trainer of ours, RunFileError where it cannot be read.
    """
    try:
        if json.loads(asked) == {}:
            raise UsageError(
                f"{path}: was recorded by a training loop of its own, which alone can go on with it"
            )
        request = TrainerRequest.from_json(asked)
        train = {**request.scenario["train"], "device": header.device}
        scenario = {**request.scenario, "train": train}
    except (KeyError, TypeError, ValueError) as error:
        raise RunFileError(f"{path}: damaged: what its trainer was asked cannot be read") from error
    return replace(
        request,
        scenario=scenario,
        runs=str(path.parent),
        name=None,
        resume=str(path),
        threads=header.threads,
    )


def read_request(asked: Asked) -> TrainerRequest:
    """The request with its scenario read, if it is not yet; raises UsageError or ScenarioError."""
    if not isinstance(asked, UnreadRequest):
        return asked
    # Late, since reading scenarios takes as long to import as a dashboard.
    from objtui.scenario.load import load_scenario

    loaded = load_scenario(asked.spec, asked.overrides, seeds=asked.seeds, device=asked.device)
    return request_of(loaded, asked.runs, asked.name)


def request_of(loaded: LoadedScenario, runs: str, name: str | None) -> TrainerRequest:
    """What a trainer is asked for a scenario; `runs` is the folder of runs."""
    return TrainerRequest(
        scenario=loaded.scenario.model_dump(mode="json"),
        scenario_path=loaded.path,
        text=loaded.text,
        base=str(loaded.base),
        runs=runs,
        name=name,
    )
