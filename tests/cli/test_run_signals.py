"""Signals to `objtui run`, and a terminal that goes away."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from objtui.runfile.reader import RunReader
from tests.cli.run_cases import lines_of, state_of, wait_for_training
from tests.ui.terminal_driver import FAKE_OBJTUI, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

Until = Callable[..., Any]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_training_cleanly(
    command_line: CommandLine, trainers: Trainers, number: signal.Signals, code: int
) -> None:
    process = command_line.start("run", "a.toml", "--json")
    path = wait_for_training(trainers)
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == code
    assert lines_of(out)[-1]["state"] == "stopped"
    assert "Traceback" not in err
    with RunReader(path) as reader:
        assert reader.checkpoint() is not None
    assert [path.name for path in trainers.runs.iterdir()] == ["a-1.objtui"]


def test_a_second_interrupt_kills_the_trainer(
    command_line: CommandLine, trainers: Trainers, until: Until
) -> None:
    process = command_line.start("run", "a.toml", "--headless")
    path = wait_for_training(trainers)
    with RunReader(path) as reader:
        trainer = reader.status().pid
    os.kill(trainer, signal.SIGSTOP)  # one that does not listen
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert process.stderr.readline() == "objtui: stopping; ctrl+c again kills the trainer\n"
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    until(lambda: state_of(path), lambda state: state == "crashed")


def test_an_interrupt_before_the_run_begins_leaves_nothing(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path, until: Until
) -> None:
    process = command_line.start("run", "a.toml", "--headless", behaviours=["waits"])
    waiting = tmp_path / "waiting"
    trainer = int(until(lambda: waiting.exists() and waiting.read_text()))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, "")
    assert not trainers.runs.exists()
    assert not Path(f"/proc/{trainer}").exists()


@pytest.mark.usefixtures("own_interpreters")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_a_large_request_is_sent_leaves_nothing(
    command_line: CommandLine,
    trainers: Trainers,
    tmp_path: Path,
    until: Until,
    number: signal.Signals,
) -> None:
    rows = 60_000
    (tmp_path / "large.toml").write_text(
        'title = "A large request"\n'
        f'[data]\nsource = "points"\nfeatures = {[[0.0], [1.0]] * (rows // 2)}\n'
        f"targets = {[0, 1] * (rows // 2)}\n[train]\nsteps = 1_000_000\n"
        '[[heads]]\nname = "bce"\nloss = "bce"\n'
    )
    process = command_line.start(
        *("run", "large.toml", "--headless"),
        behaviours=["waits"],  # so that no run begins, however late the signal comes
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    trainer = until(lambda: children.exists() and children.read_text().split())[0]
    process.send_signal(number)
    _, err = process.communicate()
    assert (process.returncode, err) == (128 + number, "")
    assert not trainers.runs.exists()
    assert not Path(f"/proc/{trainer}").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_a_detached_run_begins_leaves_nothing(
    command_line: CommandLine,
    trainers: Trainers,
    tmp_path: Path,
    until: Until,
    number: signal.Signals,
) -> None:
    process = command_line.start("run", "a.toml", "--detach", behaviours=["waits"])
    waiting = tmp_path / "waiting"
    trainer = int(until(lambda: waiting.exists() and waiting.read_text()))
    process.send_signal(number)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (128 + number, "", "")
    assert not trainers.runs.exists()
    assert not Path(f"/proc/{trainer}").exists()


def test_a_hang_up_leaves_the_training_going(command_line: CommandLine, trainers: Trainers) -> None:
    process = command_line.start("run", "a.toml", "--headless")
    path = wait_for_training(trainers)
    process.send_signal(signal.SIGHUP)
    process.communicate()
    with RunReader(path) as reader:
        step = reader.status().step
    assert trainers.wait_for(path, lambda status: status.step > step + 50).state == "running"


def test_a_terminal_that_goes_away_leaves_the_training_going(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    environ = {**os.environ, "TERM": "xterm"}
    terminal = Terminal(*FAKE_OBJTUI, "run", "a.toml", folder=tmp_path, environ=environ)
    try:
        terminal.wait_for("step")
        path = wait_for_training(trainers)
        terminal.hang_up()
        assert terminal.exit_code() == 129
    finally:
        terminal.close()
    with RunReader(path) as reader:
        step = reader.status().step
    assert trainers.wait_for(path, lambda status: status.step > step + 50).state == "running"
