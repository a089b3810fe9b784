"""An ended run that somebody resumes while a dashboard shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from objtui.runfile.reader import RunReader
from objtui.runs import source as run_source
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from tests.runs_for_tests import MakeRun, record_nuclei
from tests.ui.driving import screen_lines, show, shows

if TYPE_CHECKING:
    from conftest import Trainers

Until = Callable[..., Any]


@pytest.fixture(autouse=True)
def ask_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of a second is as good as a second, and sooner over."""
    monkeypatch.setattr(run_source, "ASK_AGAIN_S", 0.1)


@pytest.fixture
def crashed(trainers: Trainers) -> Path:
    """A run that was killed before it had a checkpoint, so that it begins anew when resumed."""
    path = trainers.start().path
    trainers.wait_for(path, lambda status: status.step > 100)
    trainers.kill(path)
    return path


def read_in(runs: Comparison) -> None:
    while runs.behind or runs.history is None:
        runs.poll()


def test_it_is_followed_again_without_what_the_resumption_cut_off(
    crashed: Path, trainers: Trainers, until: Until
) -> None:
    source = RunSource(crashed)
    runs = Comparison([source])
    runs.read_losses(True)
    read_in(runs)
    assert source.ended
    before, frames = source.opened_history, len(source.opened_history.columns)
    assert not runs.poll().restarted
    trainers.resume(crashed)
    until(runs.poll, lambda changes: changes.restarted)
    assert source.opened_history is not before
    assert source.resumed
    trainers.stop(crashed)
    until(lambda: (runs.poll(), source.ended and not source.behind)[1])
    with RunReader(crashed) as reader:
        stored = [entry.frame.step for entry in reader.frames_after()]
        losses = len(reader.loss_traces_after())
    assert sorted(stored) == source.opened_history.columns.steps.tolist()
    assert source.opened_history.losses.taken == losses
    assert frames
    runs.close()


def test_a_resumption_that_has_ended_before_anybody_looked_is_noticed_too(
    trainers: Trainers, until: Until
) -> None:
    path = trainers.start().path
    trainers.wait_for(path, lambda status: status.step > 20)
    trainers.stop(path)
    runs = Comparison([RunSource(path)])
    read_in(runs)
    steps = len(runs.steps)
    trainers.resume(path)
    trainers.goes_on(path)
    trainers.stop(path)
    until(runs.poll, lambda changes: changes.restarted)
    read_in(runs)
    assert runs.ended
    assert len(runs.steps) > steps
    runs.close()


def test_a_crash_that_nobody_saw_before_the_resumption_is_none_the_less_one(
    trainers: Trainers, until: Until
) -> None:
    path = trainers.start().path
    trainers.wait_for(path, lambda status: status.step > 100)
    runs = Comparison([RunSource(path)])
    read_in(runs)
    assert not runs.ended
    trainers.kill(path)
    trainers.resume(path)
    until(runs.poll, lambda changes: changes.restarted)
    trainers.stop(path)
    until(lambda: (runs.poll(), runs.ended and not runs.behind)[1])
    with RunReader(path) as reader:
        assert sorted(entry.frame.step for entry in reader.frames_after()) == sorted(
            runs.sources[0].opened_history.columns.steps.tolist()
        )
    runs.close()


def test_of_several_runs_one_may_be_resumed(
    crashed: Path, trainers: Trainers, new_run: MakeRun, tmp_path: Path, until: Until
) -> None:
    runs = Comparison([RunSource(record_nuclei(new_run, tmp_path).path), RunSource(crashed)])
    read_in(runs)
    merged = runs.history
    trainers.resume(crashed)
    until(runs.poll, lambda changes: changes.restarted)
    assert runs.history is not merged
    until(lambda: (runs.poll(), runs.sources[1].opened_history.taken > 20)[1])
    moment = runs.moment_at(None)
    assert moment is not None
    assert moment.seeds(3) == 2
    runs.close()


def test_a_run_file_that_is_gone_stays_as_it_was_read(new_run: MakeRun, tmp_path: Path) -> None:
    path = record_nuclei(new_run, tmp_path).path
    source = RunSource(path)
    runs = Comparison([source])
    read_in(runs)
    path.unlink()
    asked_at = source._ask_at = 0.0
    assert not runs.poll().restarted
    assert source._ask_at > asked_at  # it was asked for
    assert len(source.opened_history.columns)
    runs.close()


def test_another_run_by_the_same_name_is_not_taken_for_it(new_run: MakeRun, tmp_path: Path) -> None:
    path = record_nuclei(new_run, tmp_path).path
    source = RunSource(path)
    runs = Comparison([source])
    read_in(runs)
    path.unlink()
    record_nuclei(new_run, tmp_path, created_at=1.0)
    source._ask_at = 0.0
    assert not runs.poll().restarted
    runs.close()


def test_the_dashboard_shows_that_it_goes_on_and_leaves_it_alone(
    crashed: Path, trainers: Trainers
) -> None:
    async def resume(pilot: Pilot[Any], app: App[Any]) -> None:
        await shows(pilot, "crashed at step")
        assert "space pause" not in screen_lines(app)[-1]
        trainers.resume(crashed)
        await shows(pilot, "space pause")
        await shows(pilot, "running")
        assert "crashed" not in "\n".join(screen_lines(app))
        await pilot.press("q")  # it is not ours any more: nothing to ask
        await pilot.pause()

    leaving = show(crashed, resume).return_value
    assert leaving is not None
    assert leaving.how == "left"
    with RunReader(crashed) as reader:
        assert reader.status().state == "running"
