"""Runs that the engine has trained in this process, as run files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from objtui.engine.session import prepare
from objtui.runfile.names import reserve
from objtui.runfile.writer import RunWriter
from objtui.scenario.schema import Scenario
from objtui.session import Session
from objtui.trainer.loop import record_run
from objtui.trainer.open_run import run_header
from objtui.trainer.request import TrainRequest


def trained_run(
    scenario: Scenario,
    folder: Path,
    name: str = "a-run",
    session: Session | None = None,
    is_stop_requested: Callable[[], bool] = lambda: False,
) -> Path:
    """The file of a run, trained to its end or stopped; its data are beside this folder."""
    session = session or prepare(scenario, folder)
    request = TrainRequest("a.toml", "", str(folder), str(folder))
    _, path = reserve(folder, "a.toml", name)
    header = run_header(name, request, scenario, session)
    writer = RunWriter(path, header, "", request.to_json(), session.contents)
    end = record_run(session, writer, is_stop_requested=is_stop_requested)
    assert end.state in ("finished", "stopped"), end.message
    return path
