"""`objtui resume`: runs that ended early go on, in the same file."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.runfile.commands import send_command
from objtui.runfile.reader import RunReader
from tests.cli.commands.resume_cases import (
    REAL,
    assert_each_step_is_there_once,
    change_header,
    read_bits,
    start,
)
from tests.ui.terminal_driver import FAKE_OBJTUI, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


def test_a_stopped_and_a_killed_run_go_on_to_their_end_with_each_step_once(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    gate.write_text("200")  # so that it does not end before it is killed
    path = start(trainers, 60, steps=500, base=str(tmp_path))
    trainers.stop(path)
    done = command_line.run("resume", "a-1", "--detach")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "a-1\nwatch it with: objtui watch a-1\n"
    trainers.wait_for(path, lambda status: status.step == 200)
    trainers.kill(path)
    gate.unlink()
    done = command_line.run("resume", "a-1", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    end = json.loads(done.stdout.splitlines()[-1])
    assert (end["type"], end["state"], end["steps"]) == ("end", "finished", 500)
    assert [each.name for each in trainers.runs.iterdir()] == ["a-1.objtui"]
    assert_each_step_is_there_once(path)
    with RunReader(path) as reader:
        log = reader.log()
        assert reader.checkpoint() == (500, b"step 500")
        assert reader.header().run == "a-1"
    assert log.count("begins on cpu") == 1
    assert log.count("goes on after step") == 2
    assert log.count("finished after step 500") == 1


def test_a_run_that_failed_before_any_checkpoint_begins_anew(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = trainers.start("fails").path
    trainers.wait_for(path, lambda status: status.state == "failed")
    done = command_line.run("resume", "last", "--headless", behaviours=["fails"])
    assert done.returncode == 3
    assert "objtui: a-1 has no checkpoint yet and begins anew" in done.stderr
    assert "the training failed: ZeroDivisionError" in done.stderr
    with RunReader(path) as reader:
        steps = [stored.frame.step for stored in reader.frames_after(scheduled_only=True)]
        assert steps == [0, 10, 20]
        assert reader.log().count("Traceback") == 2


def test_a_paused_run_whose_trainer_was_killed_goes_on_unpaused(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = start(trainers, 60)
    send_command(path, "pause")
    trainers.wait_for(path, lambda status: status.state == "paused")
    trainers.kill(path)
    assert command_line.run("resume", "a-1", "--detach").returncode == 0
    trainers.goes_on(path)


def test_a_copied_run_goes_on_by_itself_from_any_folder(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    path = start(trainers, 60)
    trainers.stop(path)
    (tmp_path / "elsewhere").mkdir()
    copy = Path(shutil.copy(path, tmp_path / "elsewhere" / "copy.objtui"))
    before = path.read_bytes()
    command_line.folder = tmp_path / "elsewhere"
    done = command_line.run("resume", "copy.objtui", "--detach")
    assert done.stdout == "copy\nwatch it with: objtui watch copy --runs .\n"
    trainers.goes_on(copy)
    trainers.stop(copy)
    assert_each_step_is_there_once(copy)
    assert path.read_bytes() == before


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.usefixtures("own_interpreters")
def test_a_run_goes_on_with_as_many_threads_as_it_began_with(
    trainers: Trainers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    path = start(trainers, 60)
    trainers.stop(path)
    change_header(path, threads=7)
    launched = trainers.resume(path)
    assert b"\0OMP_NUM_THREADS=7\0" in Path(f"/proc/{launched.pid}/environ").read_bytes()
    # The fake trainer has one thread, whatever it is told.
    assert launched.notices == ("the last digits may differ: threads 7 is now 1",)


def test_a_signal_stops_a_resumed_training_with_a_checkpoint(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = start(trainers, 60)
    trainers.stop(path)
    process = command_line.start("resume", "a-1", "--headless")
    trainers.goes_on(path)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 143
    with RunReader(path) as reader:
        status = reader.status()
        assert status.state == "stopped"
        assert reader.checkpoint() == (status.step, f"step {status.step}".encode())


def test_a_terminal_shows_the_dashboard_with_what_was_recorded_before(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    path = start(trainers, 60)
    trainers.stop(path)
    environ = {**os.environ, "TERM": "xterm", "LANG": "C.UTF-8"}
    terminal = Terminal(*FAKE_OBJTUI, "resume", "a-1", folder=tmp_path, environ=environ)
    try:
        terminal.wait_for("running")
        terminal.press("q")
        terminal.wait_for("Quit: what becomes of the training")
        terminal.press("s")
        assert terminal.exit_code() == 0
        assert "run file  runs/a-1.objtui" in terminal.after_the_screen()
    finally:
        terminal.close()
    assert_each_step_is_there_once(path)


def test_a_real_training_that_was_killed_and_stopped_ends_in_the_same_bits(
    tmp_path: Path, trainers: Trainers
) -> None:
    (tmp_path / "real.toml").write_text(REAL)
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "OBJTUI_TRAINER": "held_trainer.py"}
    gate = tmp_path / "gate"

    def objtui(*arguments: str) -> None:
        subprocess.run(
            [*FAKE_OBJTUI, *arguments],
            cwd=tmp_path,
            env=environ,
            check=True,
            capture_output=True,
        )

    objtui("run", "real.toml", "--headless", "--name", "whole")
    gate.write_text("1000")  # so that it does not end before it is killed
    objtui("run", "real.toml", "--detach", "--name", "cut")
    cut = trainers.runs / "cut.objtui"
    trainers.wait_for(cut, lambda status: status.step >= 200)
    trainers.kill(cut)
    gate.unlink()
    objtui("resume", "cut", "--headless")
    whole, resumed = (read_bits(trainers.runs / f"{name}.objtui") for name in ("whole", "cut"))
    assert resumed == whole
    with RunReader(cut) as reader:
        assert "cut goes on after step" in reader.log()
        assert "begins anew" not in reader.log()
