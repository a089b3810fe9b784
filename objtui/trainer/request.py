"""What a trainer is asked to do, as it travels to the trainer's process and into the run file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objtui.errors import RunFileError, UsageError, brief
from objtui.runfile.records import RunHeader
from objtui.runfile.unpacking import parse_json
from objtui.scenario.read import base_of, read_tables, read_text

if TYPE_CHECKING:
    from objtui.scenario.schema import Scenario


MAX_PARTS = 1024
"""Parts of a run that one driver merges."""


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """One run to train.

    Attributes:
        scenario_path: the scenario file's path as people are shown it.
        text: the file as its author wrote it.
        base: the folder that relative paths of the scenario start from.
        runs: the folder of runs.
        overrides: KEY=VALUE texts that change the scenario.
        seeds, device: what comes after the overrides; None for the scenario's own.
        name: the name of the run; None for the scenario's and the next free number.
        resume: the file of the run to go on with; None for a new run.
        steps: with `resume`, the steps that the run is to have from here on, more than it was
            begun with; None where it keeps its own.
        threads: threads to train with; None for one fewer than there are cores.
        ray: the address of the cluster that is to train parts of the seeds, empty for one of this
            machine alone; None to train here.
        parts: parts of the seeds that are made at most; None to train all as a whole.
        scenario: the whole scenario with every default and override filled in, as values
            that JSON knows; None where the trainer has still to read it.
    """

    scenario_path: str
    text: str
    base: str
    runs: str
    overrides: tuple[str, ...] = ()
    seeds: int | None = None
    device: str | None = None
    name: str | None = None
    resume: str | None = None
    steps: int | None = None
    threads: int | None = None
    ray: str | None = None
    parts: int | None = None
    scenario: dict[str, Any] | None = None

    def to_json(self) -> str:
        """The request as one line of JSON."""
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, line: str) -> TrainRequest:
        """The request that `to_json` wrote; ValueError, TypeError where it is not one.

        What a file lacks that an earlier version wrote has its default.
        """
        request = cls(**parse_json(line))
        return replace(request, overrides=tuple(request.overrides))

    def title(self) -> str:
        """The title that the scenario gives itself, unchecked, else its path; without pydantic.

        Raises ScenarioError where the scenario is no TOML.
        """
        tables = self.scenario or read_tables(self.text, self.scenario_path)
        title = tables.get("title")
        return title if isinstance(title, str) and title else self.scenario_path

    def with_scenario(self, scenario: Scenario) -> TrainRequest:
        """The request with what it was read as, as a run file keeps it."""
        return replace(self, scenario=scenario.model_dump(mode="json"))

    def on_cluster(self, address: str | None, max_parts: int = MAX_PARTS) -> TrainRequest:
        """The request to train parts on the cluster at an address; for None as it is.

        A part trains with one thread unless something else was asked for: so its numbers are the
        same wherever there is a place for it.
        """
        if address is None:
            return self
        return replace(self, ray=address, parts=self.parts or max_parts, threads=self.threads or 1)

    def as_recorded(self) -> TrainRequest:
        """The request without what only one trainer was asked for: a run keeps it so."""
        return replace(self, resume=None, steps=None, ray=None)


def request_for(
    path: Path,
    runs: Path,
    *,
    overrides: Sequence[str] = (),
    seeds: int | None = None,
    device: str | None = None,
    name: str | None = None,
) -> TrainRequest:
    """A request to train the scenario file `path`.

    Raises UsageError or ScenarioError where the file cannot be read; what is wrong in it is
    for `read_scenario` to say.
    """
    return TrainRequest(
        scenario_path=str(path),
        text=read_text(path, str(path)),
        base=str(base_of(path)),
        runs=str(runs),
        overrides=tuple(overrides),
        seeds=seeds,
        device=device,
        name=name,
    )


def request_to_resume(
    path: Path, header: RunHeader, recorded: str, steps: int | None = None
) -> TrainRequest:
    """A request to go on with a run, on the device that it began on.

    With `steps` it goes on past its end, to so many steps in all, and is recorded as one that
    `--set train.steps=N` began. Its parameters and scores are then those of such a run, to the
    last bit where one is (same device, threads, versions) and both compile their steps alike.
    The evaluations need not be at the same steps: by default those up to the old end are as dense
    as suited that, and the old end stays one of them; with `train.eval_every` that is the only
    difference.

    `recorded` is the request that is kept in the run file `path`. Raises UsageError where
    it is not one of a trainer of ours, or its learning rate depends on the number of steps,
    RunFileError where it cannot be read.
    """
    try:
        if parse_json(recorded) == {}:
            raise UsageError(
                f"{path}: was recorded by a training loop of its own, which alone can go on with it"
            )
        request = TrainRequest.from_json(recorded)
        texts = (request.scenario_path, request.text, request.base)
        if not all(isinstance(text, str) and "\0" not in text for text in texts):
            raise ValueError("a path or the scenario's text is none")
        os.fsencode(request.base)
        if request.scenario is None:
            raise ValueError("a recorded request has its scenario")
        train = {**request.scenario["train"], "device": header.device}
        if steps is not None:
            _require_constant_rate(path, header, train, steps)
            train["steps"] = steps
        scenario = {**request.scenario, "train": train}
    except (KeyError, TypeError, ValueError) as error:
        raise RunFileError(f"{path}: damaged: what its trainer was asked cannot be read") from error
    longer = () if steps is None else (f"train.steps={steps}",)
    return replace(
        request,
        scenario=scenario,
        overrides=(*request.overrides, *longer),
        runs=str(path.parent),
        name=None,
        resume=str(path),
        steps=steps,
        threads=header.threads,
        ray=None,
    )


def _require_constant_rate(
    path: Path, header: RunHeader, train: dict[str, Any], steps: int
) -> None:
    """UsageError where a longer training would have had another learning rate all along."""
    if train["schedule"] != "constant":
        raise UsageError(
            f'the run {path.stem} has train.schedule = "{train["schedule"]}", by which the '
            f"learning rate falls to 0 at step {header.steps}: a longer one has another rate at "
            f"every step; `objtui run` with --set train.steps={steps} trains that"
        )


def read_scenario(request: TrainRequest) -> Scenario:
    """The scenario of a request, checked.

    Raises ScenarioError with every problem of a file, RunFileError where that of a
    run to be resumed is not valid.
    """
    # Late, since reading scenarios takes as long to import as a dashboard.
    from pydantic import ValidationError

    from objtui.scenario.load import parse_scenario
    from objtui.scenario.schema import Scenario

    if request.scenario is None:
        return parse_scenario(
            request.text,
            request.scenario_path,
            Path(request.base),
            request.overrides,
            seeds=request.seeds,
            device=request.device,
        ).scenario
    try:
        return Scenario.model_validate(request.scenario)
    except ValidationError as error:
        if request.resume is None:
            raise
        raise RunFileError(
            f"{request.resume}: its scenario is damaged, or of another version of objtui: "
            f"{brief(error)}"
        ) from error
