"""Whose word is taken for a trainer's life: its process where that can be seen, else its beat."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from objtui.errors import RunFileError
from objtui.runfile import find, liveness
from objtui.runfile.find import list_runs, list_runs_surely
from objtui.runfile.processes import host_name, this_host
from objtui.runfile.reader import RunReader
from objtui.runfile.writer import RunWriter

NewRun = Callable[..., RunWriter]

NAME, BOOT, NUMBERS = this_host().rsplit("/", 2)

ELSEWHERE = {
    "another machine": "another-machine/boot/1",
    "a machine of the same name": f"{NAME}/another-boot/{NUMBERS}",
    "a container of this machine": f"{NAME}/{BOOT}/1",
    "an earlier version on another machine": "another-machine",
    "an earlier version in a container": NAME,
}
"""Where a trainer may be whose processes we do not see."""

SKEWS = [-1e9, -86_400.0, -40.0, 0.0, 40.0, 86_400.0]
"""By how much the clock of its machine may be ahead of ours, in seconds."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Our own clock, which only a test moves, and sleeping."""
    now = [100.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    return now


def elsewhere(run: RunWriter, host: str, skew: float) -> None:
    """A trainer that we do not see has just said that it lives, by its own clock."""
    run._connection.execute(
        "UPDATE status SET state = 'running', host = ?, pid = 4000000, heartbeat_at = ?",
        (host, max(0.0, time.time() + skew)),
    )


def beat(run: RunWriter) -> None:
    run._connection.execute("UPDATE status SET heartbeat_at = heartbeat_at + 1")


def test_this_machine_is_told_from_others_of_its_name_and_from_its_containers() -> None:
    assert host_name(this_host()) == NAME
    assert host_name("an-earlier-version") == "an-earlier-version"
    assert int(NUMBERS) == os.stat("/proc/self/ns/pid").st_ino


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("where", ELSEWHERE)
def test_a_trainer_that_beats_is_never_called_crashed(
    where: str, skew: float, new_run: NewRun, tmp_path: Path, clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with new_run() as run:
        elsewhere(run, ELSEWHERE[where], skew)

        def sleep(seconds: float) -> None:
            clock[0] += seconds
            beat(run)

        monkeypatch.setattr(time, "sleep", sleep)
        assert [listed.state for listed in list_runs(tmp_path)] == ["running"]
        assert [listed.state for listed in list_runs_surely(tmp_path)] == ["running"]
        with RunReader(run.path) as reader:
            assert not reader.is_sure()
            assert reader.status().state == "running"
            assert reader.sure_status().state == "running"
            for _ in range(5):
                sleep(liveness.SILENCE_S - 0.1)
                assert reader.status().state == "running"


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("where", ELSEWHERE)
def test_a_trainer_that_is_silent_has_crashed_once_it_was_watched_for_five_seconds(
    where: str, skew: float, new_run: NewRun, clock: list[float]
) -> None:
    with new_run() as run:
        elsewhere(run, ELSEWHERE[where], skew)
        with RunReader(run.path) as reader:
            assert reader.status().state == "running"
            clock[0] += 4.9
            assert reader.status().state == "running"
            clock[0] += 0.2
            assert reader.status().state == "crashed"
        with RunReader(run.path) as reader:
            began = clock[0]
            assert reader.sure_status().state == "crashed"
            assert clock[0] - began >= liveness.SILENCE_S


@pytest.mark.usefixtures("clock")
def test_a_list_waits_for_trainers_that_seem_silent_and_a_glance_for_none(
    new_run: NewRun, tmp_path: Path, clock: list[float]
) -> None:
    with new_run("a") as first, new_run("b") as second:
        elsewhere(first, "another-machine", -40.0)
        elsewhere(second, "another-machine", 0.0)
        began = clock[0]
        assert {run.name: run.state for run in list_runs(tmp_path)} == dict.fromkeys(
            "ab", "running"
        )
        assert clock[0] == began
        states = {run.name: run.state for run in list_runs_surely(tmp_path)}
        assert states["a"] == "crashed"
        assert began + liveness.SILENCE_S <= clock[0] <= began + liveness.SILENCE_S + 1
        watches = find.Watches()
        assert {run.state for run in list_runs(tmp_path, watches)} == {"running"}
        clock[0] += liveness.SILENCE_S
        assert {run.state for run in list_runs(tmp_path, watches)} == {"crashed"}


def test_a_beat_between_the_last_look_and_the_takeover_saves_a_run(new_run: NewRun) -> None:
    with new_run() as run:
        elsewhere(run, "another-machine", 0.0)
        with RunReader(run.path) as reader:
            seen = replace(reader.status(), state="crashed")
        beat(run)
        with pytest.raises(RunFileError, match="another trainer is on this run"):
            RunWriter.resume(run.path, seen, lambda checkpoint: None)


LOOKS = """
import sys
from pathlib import Path
from objtui.runfile.find import list_runs_surely
from objtui.runfile.reader import RunReader
(run,) = list_runs_surely(Path(sys.argv[1]))
with RunReader(run.path) as reader:
    print(run.state, reader.sure_status().state)
"""


def can_part_processes() -> bool:
    command = ["unshare", "--pid", "--fork", "--mount-proc", "true"]
    return bool(shutil.which("unshare")) and subprocess.run(command, check=False).returncode == 0


@pytest.mark.skipif(not can_part_processes(), reason="needs the right to make a PID namespace")
def test_a_reader_in_a_container_of_its_own_does_not_call_a_live_run_crashed(
    new_run: NewRun, tmp_path: Path
) -> None:
    with new_run() as run:
        run.set_status(state="running")
        command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", LOOKS]
        with subprocess.Popen([*command, str(tmp_path)], stdout=subprocess.PIPE) as reader:
            while reader.poll() is None:
                run.set_status()
                time.sleep(0.2)
            assert reader.stdout is not None
            assert reader.stdout.read() == b"running running\n"
