"""Many trainers and viewers at once in one folder of runs."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from objtui.runfile import find
from objtui.runfile.find import list_runs
from objtui.runfile.reader import RunReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import CommandLine, Trainers

    from objtui.runfile.writer import RunWriter

RUNS = 20
STEPS = 300


def test_many_runs_started_together_all_finish_and_are_listed_meanwhile(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    starting = [
        command_line.start("run", "a.toml", "--detach", "--set", f"train.steps={STEPS}")
        for _ in range(RUNS)
    ]
    states: set[str] = set()
    while any(process.poll() is None for process in starting):
        states |= {listing.reason or listing.state for listing in list_runs(trainers.runs)}
        time.sleep(0.05)
    for process in starting:
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        assert out.splitlines()[0] in {f"a-{number}" for number in range(1, RUNS + 1)}
    for number in range(1, RUNS + 1):
        path = trainers.runs / f"a-{number}.objtui"
        trainers.wait_for(path, lambda status: status.state == "finished")
        states |= {listing.state for listing in list_runs(trainers.runs)}
        with RunReader(path) as reader:
            steps = [stored.frame.step for stored in reader.frames_after(scheduled_only=True)]
        assert steps == [*range(0, STEPS + 1, 10)]
    assert states <= {"starting", "running", "finished"}
    listed = [json.loads(line) for line in command_line.run("runs", "--json").stdout.splitlines()]
    assert [(run["state"], run["step"]) for run in listed] == [("finished", STEPS)] * RUNS


def test_several_viewers_of_one_run_all_see_the_whole_of_it(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = trainers.start(train={"steps": STEPS, "checkpoint_every": 50}).path
    viewers = [command_line.start("watch", "a-1", "--json") for _ in range(4)]
    for viewer in viewers:
        lines = [json.loads(line) for line in viewer.communicate()[0].splitlines()]
        frames = [line["step"] for line in lines if line["type"] == "frame"]
        assert frames == [*range(0, STEPS + 1, 10)]
        assert (lines[-1]["type"], lines[-1]["state"]) == ("end", "finished")
    trainers.wait_for(path, lambda status: status.state == "finished")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_file_that_is_being_made_is_no_run_yet_and_one_that_stays_empty_is_listed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a-1.objtui"
    path.touch()
    assert list_runs(tmp_path) == []
    os.utime(path, (0, 0))
    (listing,) = list_runs(tmp_path)
    assert (listing.state, listing.reason) == ("unreadable", "the file is empty")


@pytest.mark.parametrize("pages", [0, 1], ids=["empty", "with its first page"])
def test_a_file_that_is_made_while_the_folder_is_listed_is_no_run_yet(
    pages: int, new_run: Callable[..., RunWriter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a-1.objtui"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    os.truncate(path, pages * 4096)

    class Slow(RunReader):
        def __init__(self, path: Path, **options: Any) -> None:
            try:
                super().__init__(path, **options)
            finally:  # what it was told of is past: the trainer was faster
                path.unlink()
                new_run("a-1")

    monkeypatch.setattr(find, "RunReader", Slow)
    assert list_runs(tmp_path) == []
    monkeypatch.undo()
    assert [listing.state for listing in list_runs(tmp_path)] == ["starting"]
