"""A trainer as a process: commands and signals to it, its log, its end."""

from __future__ import annotations

import io
import os
import re
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.runfile.commands import send_command
from objtui.runfile.names import log_path
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED, RunStatus
from objtui.trainer.log import LOG_BYTES, LossyFile
from objtui.trainer.process import RESERVE_BYTES

if TYPE_CHECKING:
    from conftest import Trainers

Until = Callable[..., object]


def ended(status: RunStatus) -> bool:
    return status.state in ENDED


def at_step(step: int) -> Callable[[RunStatus], bool]:
    return lambda status: status.step >= step


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_trainer_keeps_room_on_the_disk_for_its_last_write(trainers: Trainers) -> None:
    launched = trainers.start()
    trainers.wait_for(launched.path, at_step(1))
    sizes = [entry.stat().st_blocks * 512 for entry in Path(f"/proc/{launched.pid}/fd").iterdir()]
    assert max(sizes) >= RESERVE_BYTES
    launched.process.terminate()
    launched.process.wait()
    assert [path.name for path in trainers.runs.iterdir()] == ["a-1.objtui"]


def test_a_log_that_no_longer_fits_ends_no_training() -> None:
    with open("/dev/full", "wb") as full:
        file = LossyFile(full.fileno(), "wb", closefd=False)
        with io.TextIOWrapper(io.BufferedWriter(file), line_buffering=True) as out:
            print("a line", file=out)


def test_a_library_that_prints_without_end_leaves_the_end_of_what_it_said(
    trainers: Trainers, until: Until
) -> None:
    path = trainers.start("prints without end").path
    log = log_path(path)

    def first_step() -> int:
        """The first step that the log still tells of."""
        with log.open("rb") as file:
            found = re.search(rb"step (\d+): ", file.read(LOG_BYTES))
        return int(found[1]) if found else 0

    before = 0
    for _ in range(3):  # it is cut again and again
        before = until(first_step, lambda step, last=before: step > last)
    trainers.stop(path)
    with RunReader(path) as reader:
        kept = reader.log()
    assert len(kept) <= LOG_BYTES
    assert "an extension that writes by itself" in kept
    assert kept.splitlines()[-1].partition(" stopped after step ")[1]


def test_a_failure_in_training_is_kept_with_its_traceback(trainers: Trainers) -> None:
    launched = trainers.start("fails")
    assert launched.process.wait() == 3
    assert [path.name for path in trainers.runs.iterdir()] == ["a-1.objtui"]
    with RunReader(launched.path) as reader:
        status = reader.status()
        assert (status.state, status.step) == ("failed", 25)
        assert status.message == "ZeroDivisionError: a made-up failure"
        assert "Traceback" in reader.log()
        assert "with a second line" in reader.log()


def test_a_training_of_which_every_head_diverges_ends_so(trainers: Trainers) -> None:
    launched = trainers.start("diverges")
    assert launched.process.wait() == 3
    with RunReader(launched.path) as reader:
        assert reader.status().state == "diverged"
        assert reader.frames_after(scheduled_only=True)[-1].frame.diverged.all()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_trainer_cleanly(trainers: Trainers, number: signal.Signals) -> None:
    launched = trainers.start()
    trainers.wait_for(launched.path, at_step(20))
    os.kill(launched.pid, number)
    assert launched.process.wait() == 0
    assert [path.name for path in trainers.runs.iterdir()] == ["a-1.objtui"]
    with RunReader(launched.path) as reader:
        status = reader.status()
        assert status.state == "stopped"
        assert reader.checkpoint() == (status.step, f"step {status.step}".encode())


def test_a_trainer_does_not_care_about_a_hang_up(trainers: Trainers) -> None:
    launched = trainers.start()
    before = trainers.wait_for(launched.path, at_step(10)).step
    os.kill(launched.pid, signal.SIGHUP)
    assert trainers.wait_for(launched.path, at_step(before + 100)).state == "running"


def test_commands_pause_continue_and_stop(trainers: Trainers) -> None:
    path = trainers.start().path
    trainers.wait_for(path, at_step(10))
    send_command(path, "pause")
    paused = trainers.wait_for(path, lambda status: status.state == "paused")
    # A later heartbeat shows that it lives, and that it trains no step.
    later = trainers.wait_for(path, lambda status: status.heartbeat_at > paused.heartbeat_at)
    assert (later.state, later.step) == ("paused", paused.step)
    send_command(path, "continue")
    trainers.wait_for(path, at_step(paused.step + 20))
    send_command(path, "pause")
    trainers.wait_for(path, lambda status: status.state == "paused")
    send_command(path, "stop")
    assert trainers.wait_for(path, ended).state == "stopped"


def test_a_single_step_goes_on_to_the_next_scheduled_frame(trainers: Trainers) -> None:
    path = trainers.start().path
    trainers.wait_for(path, at_step(10))
    send_command(path, "pause")
    paused = trainers.wait_for(path, lambda status: status.state == "paused")
    for _ in range(2):
        send_command(path, "step")
        further = trainers.wait_for(
            path,
            lambda status, before=paused.step: status.state == "paused" and status.step > before,
        )
        assert further.step == (paused.step // 10 + 1) * 10
        paused = further


def test_no_committed_frame_is_lost_when_a_trainer_is_killed(
    trainers: Trainers, until: Until
) -> None:
    launched = trainers.start()
    with RunReader(launched.path) as reader:

        def scheduled() -> list[int]:
            """Steps of the frames that are never thinned."""
            return [entry.frame.step for entry in reader.frames_after(scheduled_only=True)]

        before = until(scheduled, lambda frames: len(frames) > 20)
        launched.process.kill()
        launched.process.wait()
        assert reader.status().state == "crashed"
        after = scheduled()
    assert after[: len(before)] == before
    assert after == list(range(0, after[-1] + 1, 10))
    assert (trainers.runs / "a-1.objtui.log").exists()
    with sqlite3.connect(launched.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_killed_trainer_is_seen_although_its_parent_has_not_waited_for_it(
    trainers: Trainers,
) -> None:
    launched = trainers.start()
    launched.process.kill()
    assert trainers.wait_for(launched.path, ended).state == "crashed"


def test_a_checkpoint_comes_every_so_many_steps(trainers: Trainers, until: Until) -> None:
    launched = trainers.start(train={"checkpoint_every": 40})
    with RunReader(launched.path) as reader:
        step, data = until(reader.checkpoint)
    assert step >= 40
    assert data == f"step {step}".encode()
