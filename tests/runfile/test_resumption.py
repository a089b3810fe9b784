"""Taking over a recorded run: what stays, what goes, and who may."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from objtui.errors import RunFileError, UsageError
from objtui.measures.frames import LossTrace
from objtui.runfile import liveness
from objtui.runfile.checkpoints import StoredCheckpoint
from objtui.runfile.commands import send_command
from objtui.runfile.reader import RunReader
from objtui.runfile.records import NO_DEVICE, HeadInfo, RunHeader, RunStatus, RunSummary
from objtui.runfile.resumption import require_resumable
from objtui.runfile.thinning import LIVE_FRAMES
from objtui.runfile.writer import RunWriter

SUMMARY = RunSummary(steps=50, wall_s=5.0, start_s=1.0, train_s=2.0, eval_s=0.5)

NewRun = Callable[..., RunWriter]


def a_trace(first: int, last: int) -> LossTrace:
    losses = np.ones((2, 2))
    return LossTrace(first, last, losses, losses, losses)


def status_of(path: Path) -> RunStatus:
    with RunReader(path) as reader:
        return reader.status()


def resumed(path: Path, log: str = "") -> tuple[RunWriter, StoredCheckpoint | None]:
    found: list[StoredCheckpoint | None] = []
    return RunWriter.resume(path, status_of(path), found.append, log), found[0]


def stopped(new_run: NewRun, frame: Callable) -> Path:
    """A run stopped after step 30 whose last checkpoint is of step 20."""
    run = new_run()
    run.set_status(state="running")
    for step in (10, 20, 30):
        run.append_frame(frame(step))
        run.append_frame(frame(step, scheduled=False))
        run.append_loss_traces([a_trace(step - 9, step)])
        if step == 20:
            run.set_checkpoint(20, b"all that decides the rest")
    run.finish("stopped", SUMMARY, "the first log\n")
    return run.path


def test_a_checkpoint_may_be_larger_than_the_file_was_when_it_was_taken_over(
    new_run: NewRun, frame: Callable
) -> None:
    path = stopped(new_run, frame)
    data = np.random.default_rng(0).bytes(3 * 2**20)
    assert path.stat().st_size < len(data)
    run, _ = resumed(path)
    run.set_checkpoint(40, data)
    run.finish("stopped", SUMMARY, "")
    again, checkpoint = resumed(path)
    again.finish("stopped", SUMMARY, "")
    assert checkpoint is not None
    assert checkpoint.data == data


def test_what_was_recorded_up_to_the_checkpoint_stays_and_the_rest_goes(
    new_run: NewRun, frame: Callable
) -> None:
    path = stopped(new_run, frame)
    send_command(path, "stop")  # which was meant for the trainer before
    writer, checkpoint = resumed(path)
    with writer, RunReader(path) as reader:
        assert checkpoint is not None
        assert (checkpoint.step, checkpoint.elapsed_s) == (20, 2.0)
        assert checkpoint.data == b"all that decides the rest"
        status = reader.status()
        assert (status.state, status.step, status.elapsed_s) == ("starting", 20, 2.0)
        assert [stored.frame.step for stored in reader.frames_after()] == [10, 10, 20, 20]
        assert [stored.trace.last_step for stored in reader.loss_traces_after()] == [10, 20]
        assert reader.summary() is None
        assert writer.take_commands() == []
        last = reader.frames_after()[-1].row
        writer.append_frame(frame(30))
        assert [stored.frame.step for stored in reader.frames_after(last)] == [30]
    writer, _ = resumed(path)
    writer.finish("finished", SUMMARY, "the second log\n")
    with RunReader(path) as reader:
        assert reader.status().state == "finished"
        assert reader.log() == "the first log\nthe second log\n"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_run_without_a_checkpoint_begins_anew(new_run: NewRun, frame: Callable) -> None:
    run = new_run()
    run.append_frame(frame(10))
    run.append_loss_traces([a_trace(1, 10)])
    run.finish("failed", SUMMARY, "", "out of luck")
    writer, checkpoint = resumed(run.path)
    with writer, RunReader(run.path) as reader:
        assert checkpoint is None
        assert reader.frames_after() == []
        assert reader.loss_traces_after() == []
        assert (reader.status().step, reader.status().message) == (0, "")


def test_a_log_that_a_dead_trainer_left_is_kept_once(new_run: NewRun, frame: Callable) -> None:
    path = stopped(new_run, frame)
    for _ in range(2):  # the second trainer died before its own log was in place
        writer, _ = resumed(path, "a log beside\n")
        writer.finish("stopped", SUMMARY, "")
    with RunReader(path) as reader:
        assert reader.log() == "the first log\na log beside\n"


def test_live_frames_are_thinned_on_from_those_that_are_there(
    new_run: NewRun, frame: Callable
) -> None:
    run = new_run(heads=(HeadInfo("bce", "bce", 1, "bce"),), seeds=(0,))
    for step in range(LIVE_FRAMES - 10):
        run.append_frame(frame(step, scheduled=False, heads=1, seeds=1))
    run.set_checkpoint(LIVE_FRAMES, b"")
    run.finish("stopped", SUMMARY, "")
    writer, _ = resumed(run.path)
    with writer, RunReader(run.path) as reader:
        for step in range(20):
            writer.append_frame(frame(1000 + step, scheduled=False, heads=1, seeds=1))
        assert len(reader.frames_after()) <= LIVE_FRAMES


def test_of_two_that_saw_a_run_at_rest_only_one_gets_it(new_run: NewRun, frame: Callable) -> None:
    path = stopped(new_run, frame)
    seen = status_of(path)
    with RunWriter.resume(path, seen, lambda checkpoint: None) as first:
        with pytest.raises(RunFileError, match="another trainer is on this run"):
            RunWriter.resume(path, seen, lambda checkpoint: None)
        first.set_status(state="running")


def test_a_trainer_that_was_taken_for_dead_can_write_no_more(
    new_run: NewRun, frame: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = new_run()
    lost.append_frame(frame(10))
    seen = lost.status
    with monkeypatch.context() as patch:
        patch.setattr(liveness, "this_host", lambda: "another-machine")
        writer = RunWriter.resume(lost.path, seen, lambda checkpoint: None)
    with writer:
        for write in (
            lambda: lost.append_frame(frame(20)),
            lambda: lost.set_status(step=20),
            lambda: lost.set_checkpoint(20, b""),
            lambda: lost.finish("stopped", SUMMARY, ""),
        ):
            with pytest.raises(RunFileError, match="another trainer has taken over"):
                write()
        writer.set_status(state="running")
        with RunReader(lost.path) as reader:
            assert reader.status().host == "another-machine"
            assert reader.frames_after() == []


def test_what_cannot_be_restored_leaves_every_byte_as_it_was(
    new_run: NewRun, frame: Callable
) -> None:
    path = stopped(new_run, frame)
    before = path.read_bytes()

    def refuse(checkpoint: StoredCheckpoint | None) -> None:
        raise RunFileError("not of this scenario")

    with pytest.raises(RunFileError, match="not of this scenario"):
        RunWriter.resume(path, status_of(path), refuse)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_flipped_bit_in_the_checkpoint_is_named(new_run: NewRun, frame: Callable) -> None:
    path = stopped(new_run, frame)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE checkpoint_part SET payload = ?", (b"All that decides",))
    with pytest.raises(RunFileError, match="damaged: the checkpoint is not as it was written"):
        resumed(path)
    with RunReader(path) as reader, pytest.raises(RunFileError, match="damaged: the checkpoint"):
        reader.checkpoint()


def test_a_damaged_file_is_not_written_on(new_run: NewRun, frame: Callable) -> None:
    path = stopped(new_run, frame)
    seen = status_of(path)
    content = bytearray(path.read_bytes())
    content[-2048:] = b"\xff" * 2048
    path.write_bytes(content)
    with pytest.raises(RunFileError, match="damaged"):
        RunWriter.resume(path, seen, lambda checkpoint: None)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("running", r"the run b is running \(process \d+ on .*\); `objtui watch` shows it"),
        ("paused", "is paused"),
        ("finished", "is finished: all its 100 steps are taken; .*train.steps=N"),
        ("diverged", "has diverged, so there is nothing to go on with"),
    ],
)
def test_runs_that_cannot_go_on_are_refused_with_what_to_do(
    state: str, words: str, new_run: NewRun, header: Callable[[], RunHeader]
) -> None:
    with new_run() as run:
        status = replace(run.status, state=state)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=words):
        require_resumable(Path("b.objtui"), header(), status)


@pytest.mark.parametrize("state", ["finished", "failed"])
def test_a_measured_run_has_nothing_to_go_on_with(
    state: str, new_run: NewRun, header: Callable[..., RunHeader]
) -> None:
    with new_run() as run:
        status = replace(run.status, state=state)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="a-run was measured, not trained: nothing to resume"):
        require_resumable(run.path, header(device=NO_DEVICE, train=None), status)


@pytest.mark.parametrize("state", ["stopped", "failed", "crashed"])
def test_runs_that_ended_early_can_go_on(
    state: str, new_run: NewRun, header: Callable[[], RunHeader]
) -> None:
    with new_run() as run:
        status = replace(run.status, state=state)  # type: ignore[arg-type]
    require_resumable(run.path, header(), status)
