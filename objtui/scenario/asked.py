"""From what a person asks for to what a trainer trains."""

from __future__ import annotations

from objtui.request import Asked, TrainerRequest, UnreadRequest
from objtui.scenario.load import LoadedScenario, load_scenario


def read_request(asked: Asked) -> TrainerRequest:
    """The request with its scenario read, if it is not yet; raises UsageError or ScenarioError."""
    if not isinstance(asked, UnreadRequest):
        return asked
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
