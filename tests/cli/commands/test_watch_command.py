"""`objtui watch` of one run as a process."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from objtui.runfile.records import ENDED
from tests.cli.run_cases import FINISHES, state_of

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


def test_watching_an_ended_run_shows_what_running_it_showed(command_line: CommandLine) -> None:
    ran = command_line.run("run", "a.toml", "--json", *FINISHES)
    for name in ("last", "runs/a-1.objtui"):
        watched = command_line.run("watch", name, "--json")
        assert (watched.returncode, watched.stdout) == (0, ran.stdout)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_watch_ends_it_alone(
    command_line: CommandLine, trainers: Trainers, number: signal.Signals, code: int
) -> None:
    path = trainers.start().path
    process = command_line.start("watch", "a-1", "--json")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    _, err = process.communicate()
    assert (process.returncode, err) == (code, "")
    assert state_of(path) not in ENDED


def test_watch_follows_a_run_to_its_end(command_line: CommandLine, trainers: Trainers) -> None:
    launched = trainers.start()
    process = command_line.start("watch", "a-1", "--headless")
    launched.process.terminate()
    out, _ = process.communicate()
    assert process.returncode == 0
    assert "stopped after" in out


def test_an_unknown_run_is_wrong_usage(command_line: CommandLine) -> None:
    done = command_line.run("watch", "none", "--headless")
    assert done.returncode == 2
    assert done.stderr.startswith("objtui: error: there is no run 'none' in runs")
