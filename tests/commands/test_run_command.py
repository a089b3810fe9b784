"""`objtui run` and `objtui watch` as processes: output, exit codes, signals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from objtui.runfile.processes import process_started
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

Until = Callable[..., Any]

TESTS = Path(__file__).parents[1]

FINISHES = ("--set", 'title="finishes"', "--set", "train.steps=30")


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def wait_for_training(trainers: Trainers, name: str = "a-1") -> Path:
    path = trainers.runs / f"{name}.objtui"
    trainers.wait_for(path, lambda status: status.step > 10)
    return path


def state_of(path: Path) -> str:
    with RunReader(path) as reader:
        return reader.status().state


def test_a_run_without_a_terminal_is_text_and_says_so_once(
    command_line: CommandLine, trainers: Trainers
) -> None:
    done = command_line.run("run", "a.toml", *FINISHES)
    assert done.returncode == 0
    assert done.stderr.count("stdout is no terminal") == 1
    assert "finished after 30 steps" in done.stdout
    assert "holds       It learns" in done.stdout
    assert done.stdout.endswith("run file  runs/a-1.objtui\n")
    assert "\x1b" not in done.stdout + done.stderr
    assert [path.name for path in trainers.runs.iterdir()] == ["a-1.objtui"]


def test_a_json_run_is_strict_json_lines(command_line: CommandLine) -> None:
    done = command_line.run("run", "a.toml", "--json", "--live", *FINISHES)
    assert (done.returncode, done.stderr) == (0, "")
    lines = lines_of(done.stdout)
    frames = [(line["step"], "live" in line) for line in lines if line["type"] == "frame"]
    assert frames == [(0, False)] + [(s, live) for s in (10, 20, 30) for live in (False, True)]
    assert [line["type"] for line in lines if line["type"] != "frame"] == ["run", "claim", "end"]
    assert lines[-1]["state"] == "finished"


def test_live_without_json_is_wrong_usage(command_line: CommandLine, trainers: Trainers) -> None:
    done = command_line.run("run", "a.toml", "--live")
    assert done.returncode == 2
    assert done.stderr == "objtui: error: --live goes with --json\n"
    assert not trainers.runs.exists()


def test_wrong_data_are_exit_2_and_leave_no_run(
    command_line: CommandLine, trainers: Trainers
) -> None:
    done = command_line.run("run", "a.toml", "--json", "--set", 'title="wrong data"')
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "objtui: error: rows.csv: no such file",
        "objtui: error: other.csv: no such file",
    ]
    assert lines_of(done.stdout) == [
        {"type": "error", "message": "rows.csv: no such file"},
        {"type": "error", "message": "other.csv: no such file"},
    ]
    assert not trainers.runs.exists()


def test_a_wrong_scenario_is_an_error_line_too(
    command_line: CommandLine, trainers: Trainers
) -> None:
    done = command_line.run("run", "a.toml", "--json", "--set", "train.lr=-1")
    assert done.returncode == 2
    assert [line["type"] for line in lines_of(done.stdout)] == ["error"]
    assert not trainers.runs.exists()


def test_a_failed_training_is_exit_3_without_a_traceback(command_line: CommandLine) -> None:
    done = command_line.run("run", "a.toml", "--headless", "--set", 'title="fails"')
    assert done.returncode == 3
    assert done.stderr == (
        "objtui: error: the training failed: ZeroDivisionError: a made-up failure; "
        "the traceback is in the log of runs/a-1.objtui\n"
    )
    assert "failed after 25 steps" in done.stdout
    watched = command_line.run("watch", "last", "--json")
    assert watched.returncode == 3
    assert lines_of(watched.stdout)[-1]["type"] == "error"


def test_a_diverged_training_is_exit_3(command_line: CommandLine) -> None:
    done = command_line.run("run", "a.toml", "--headless", "--set", 'title="diverges"')
    assert done.returncode == 3
    assert "bce   diverged at step 20" in done.stdout
    assert "every head diverged" in done.stderr


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
    process = command_line.start("run", "a.toml", "--headless", "--set", 'title="waits"')
    waiting = tmp_path / "waiting"
    trainer = int(until(lambda: waiting.exists() and waiting.read_text()))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, "")
    assert not trainers.runs.exists()
    assert not Path(f"/proc/{trainer}").exists()


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
        'title = "goes on"\n'
        f'[data]\nsource = "points"\nfeatures = {[[0.0], [1.0]] * (rows // 2)}\n'
        f"targets = {[0, 1] * (rows // 2)}\n[train]\nsteps = 1_000_000\n"
        '[[heads]]\nname = "bce"\nloss = "bce"\n'
    )
    process = command_line.start("run", "large.toml", "--headless")
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
    process = command_line.start("run", "a.toml", "--detach", "--set", 'title="waits"')
    waiting = tmp_path / "waiting"
    trainer = int(until(lambda: waiting.exists() and waiting.read_text()))
    process.send_signal(number)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (128 + number, "", "")
    assert not trainers.runs.exists()
    assert not Path(f"/proc/{trainer}").exists()


def test_a_trainer_whose_launcher_is_gone_leaves_no_log_of_wrong_data(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path, until: Until
) -> None:
    process = command_line.start("run", "a.toml", "--set", 'title="waits for wrong data"')
    waiting = tmp_path / "waiting"
    trainer = int(until(lambda: waiting.exists() and waiting.read_text()))
    process.kill()
    process.communicate()
    (tmp_path / "go on").touch()
    until(lambda: process_started(trainer) is None)
    assert list(trainers.runs.iterdir()) == []


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
    program = str(Path(__file__).parents[1] / "fake_objtui.py")
    environ = {**os.environ, "TERM": "xterm"}
    with pexpect.spawn(
        sys.executable, [program, "run", "a.toml"], cwd=str(tmp_path), env=environ
    ) as terminal:
        terminal.expect("step")
        path = wait_for_training(trainers)
    with RunReader(path) as reader:
        step = reader.status().step
    assert trainers.wait_for(path, lambda status: status.step > step + 50).state == "running"


def test_the_death_of_the_command_leaves_the_training_going(
    command_line: CommandLine, trainers: Trainers
) -> None:
    process = command_line.start("run", "a.toml", "--headless")
    path = wait_for_training(trainers)
    process.kill()
    process.communicate()
    with RunReader(path) as reader:
        step = reader.status().step
    assert trainers.wait_for(path, lambda status: status.step > step + 50).state == "running"


def test_a_closed_stdout_leaves_the_training_going_and_says_how_to_watch(
    command_line: CommandLine, trainers: Trainers
) -> None:
    process = command_line.start("run", "a.toml", "--json")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.wait()
    assert process.stderr is not None
    assert process.stderr.read() == (
        "objtui: stdout was closed; the training goes on: objtui watch a-1\n"
    )
    assert process.returncode == 0
    assert state_of(trainers.runs / "a-1.objtui") == "running"


def test_a_killed_trainer_is_exit_3(command_line: CommandLine, trainers: Trainers) -> None:
    process = command_line.start("run", "a.toml", "--json")
    path = wait_for_training(trainers)
    with RunReader(path) as reader:
        os.kill(reader.status().pid, signal.SIGKILL)
    out, err = process.communicate()
    assert process.returncode == 3
    assert [line["type"] for line in lines_of(out)[-2:]] == ["end", "error"]
    assert "its log is in runs/a-1.objtui.log" in err


def test_a_detached_run_names_itself_and_goes_on(
    command_line: CommandLine, trainers: Trainers
) -> None:
    done = command_line.run("run", "a.toml", "--detach", "--name", "mine")
    assert (done.returncode, done.stdout) == (0, "mine\nwatch it with: objtui watch mine\n")
    assert state_of(wait_for_training(trainers, "mine")) == "running"
    again = command_line.run("run", "a.toml", "--detach", "--name", "mine")
    assert again.returncode == 2
    assert "'mine' exists already" in again.stderr


def test_a_folder_with_a_blank_is_quoted_in_the_hint(command_line: CommandLine) -> None:
    done = command_line.run("run", "a.toml", "--detach", "--runs", "my runs", *FINISHES)
    assert done.stdout == "a-1\nwatch it with: objtui watch a-1 --runs 'my runs'\n"


def test_a_terminal_that_understands_no_codes_is_not_called_no_terminal(
    command_line: CommandLine, tmp_path: Path
) -> None:
    program = str(Path(__file__).parents[1] / "fake_objtui.py")
    environ = {**os.environ, "TERM": "dumb"}
    arguments = [program, "run", "a.toml", *FINISHES]
    with pexpect.spawn(sys.executable, arguments, cwd=str(tmp_path), env=environ) as terminal:
        said = terminal.read().decode()
    assert "objtui: TERM is dumb: plain text (as with --headless)" in said
    assert "no terminal" not in said


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


def test_a_real_training_is_recorded_and_its_claims_are_judged(tmp_path: Path) -> None:
    scenario = Path(__file__).parents[2] / "scenarios" / "saturation.toml"
    command = ["-m", "objtui", "run", str(scenario), "--json", "--set", "train.steps=40"]
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = lines_of(done.stdout)
    steps = [line["step"] for line in lines if line["type"] == "frame"]
    assert (steps[0], steps[-1]) == (0, 40)
    end = lines[-1]
    assert (end["state"], end["steps"]) == ("finished", 40)
    assert end["start_s"] + end["train_s"] + end["eval_s"] <= end["wall_s"]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["saturation-1.objtui"]


def test_a_full_disk_behind_stdout_leaves_the_training_going_and_says_how_to_watch(
    command_line: CommandLine, trainers: Trainers
) -> None:
    with open("/dev/full", "w") as full:
        for form in ("--headless", "--json"):
            done = command_line.run("run", "a.toml", form, stdout=full)
            assert done.returncode == 2
            assert "objtui: error: stdout: No space left on device; the training goes on: " in (
                done.stderr
            )
            assert len(done.stderr.splitlines()) == 1
    for name in ("a-1", "a-2"):
        assert state_of(wait_for_training(trainers, name)) == "running"


def test_a_folder_of_runs_that_is_removed_ends_its_training_with_one_line(
    command_line: CommandLine, trainers: Trainers, until: Until
) -> None:
    process = command_line.start("run", "a.toml", "--headless")
    path = wait_for_training(trainers)
    with RunReader(path) as reader:
        trainer = reader.status().pid
    shutil.rmtree(trainers.runs)
    _, err = process.communicate()
    assert process.returncode == 3
    assert err == ("objtui: error: runs/a-1.objtui: the run file was removed, moved or replaced\n")
    until(lambda: process_started(trainer) is None)
    assert not trainers.runs.exists()


def test_a_folder_of_runs_that_is_moved_keeps_a_run_that_failed(
    trainers: Trainers, tmp_path: Path
) -> None:
    launched = trainers.start()
    trainers.wait_for(launched.path, lambda status: status.step > 10)
    moved = trainers.runs.rename(tmp_path / "moved") / "a-1.objtui"
    assert launched.process.wait() == 3
    with RunReader(moved) as reader:
        status = reader.status()
        assert status.state == "failed"
        assert "the run file was removed, moved or replaced" in status.message
        assert len(reader.frames_after()) > 1


def test_a_trainer_whose_launcher_died_before_it_asked_for_anything_leaves_nothing(
    tmp_path: Path, trainers: Trainers
) -> None:
    whole = trainers.request(runs=str(tmp_path)).to_json()
    for text in ("", whole[: len(whole) // 2]):
        log = tmp_path / "starting.log"
        reading, writing = os.pipe()
        with log.open("wb") as output:
            done = subprocess.run(
                [sys.executable, str(TESTS / "fake_trainer.py"), str(writing), str(log)],
                input=text.encode(),
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                check=False,
            )
        os.close(writing)
        os.close(reading)
        assert done.returncode == 2
        assert list(tmp_path.iterdir()) == []
