"""The sign of life of a trainer that is busy."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import pytest

from objtui.runfile import heartbeat
from objtui.runfile.heartbeat import Heartbeat
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from tests.patience import GIVE_UP_S

SUMMARY = RunSummary(steps=50, wall_s=5.0, start_s=1.0, train_s=2.0, eval_s=0.5)

NewRun = Callable[..., RunWriter]
Until = Callable[..., Any]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_CHECK_S", 0.005)
    monkeypatch.setattr(heartbeat, "MAX_SILENCE_S", 0.02)
    monkeypatch.setattr(heartbeat, "WAIT_S", 0.01)


@pytest.mark.usefixtures("quick")
def test_a_trainer_that_writes_nothing_shows_that_it_lives(new_run: NewRun, until: Until) -> None:
    with new_run() as run, RunReader(run.path) as reader:
        run.set_status(state="running", step=7)
        with Heartbeat(run):
            for _ in range(3):
                before = reader.status().heartbeat_at
                status = until(reader.status, lambda status, at=before: status.heartbeat_at > at)
                assert (status.state, status.step) == ("running", 7)


def test_a_trainer_that_writes_is_left_alone(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = threading.Semaphore(0)
    monkeypatch.setattr(heartbeat, "HEARTBEAT_CHECK_S", 0.001)
    with new_run() as run, RunReader(run.path) as reader:
        monkeypatch.setattr(run, "silent_s", lambda: looks.release() or 0.0)
        before = reader.status().heartbeat_at
        with Heartbeat(run):
            for _ in range(5):
                assert looks.acquire(timeout=GIVE_UP_S)
        assert reader.status().heartbeat_at == before


@pytest.mark.usefixtures("quick")
def test_a_lock_of_another_holds_up_neither_the_beat_nor_its_end(
    new_run: NewRun, until: Until
) -> None:
    with new_run() as run, RunReader(run.path) as reader:
        other, beat = sqlite3.connect(run.path, isolation_level=None), run.beat
        other.execute("BEGIN IMMEDIATE")
        tried = threading.Semaphore(0)
        run.beat = lambda connection: (tried.release(), beat(connection))[1]  # type: ignore[method-assign]
        with Heartbeat(run):
            for _ in range(2):
                assert tried.acquire(timeout=GIVE_UP_S)
        run.beat = beat  # type: ignore[method-assign]
        other.execute("ROLLBACK")
        other.close()
        before = reader.status().heartbeat_at
        with Heartbeat(run):
            until(reader.status, lambda status: status.heartbeat_at > before)


@pytest.mark.usefixtures("quick")
def test_the_end_of_a_run_leaves_no_journal_after_a_beat(new_run: NewRun, until: Until) -> None:
    run = new_run()
    with RunReader(run.path) as reader, Heartbeat(run):
        before = reader.status().heartbeat_at
        until(reader.status, lambda status: status.heartbeat_at > before)
    run.finish("finished", SUMMARY, "")
    assert [path.name for path in run.path.parent.iterdir()] == ["a-run.objtui"]


@pytest.mark.usefixtures("quick")
def test_a_beat_into_a_removed_file_makes_no_new_one(new_run: NewRun) -> None:
    with new_run() as run:
        looks = threading.Semaphore(0)
        for path in list(run.path.parent.iterdir()):
            path.unlink()
        with Heartbeat(run), pytest.MonkeyPatch.context() as patch:
            patch.setattr(run, "silent_s", lambda: looks.release() or 1.0)
            for _ in range(3):
                assert looks.acquire(timeout=GIVE_UP_S)
        assert list(run.path.parent.iterdir()) == []
