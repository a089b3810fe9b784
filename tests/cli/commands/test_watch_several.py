"""`objtui watch A B`, without a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from objtui.measures.frames import Frame
from objtui.reports.jsonlines import JsonReport
from objtui.reports.several import follow_together
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from tests.conftest import CommandLine

SUMMARY = RunSummary(10, 1.0, 0.5, 0.4, 0.1)


@pytest.fixture
def ended(new_run: Callable[..., RunWriter], frame: Callable[..., Frame]) -> Callable[..., Path]:
    """A function that records a run to its end."""

    def make(name: str, state: str = "finished") -> Path:
        writer = new_run(name)
        for step in (0, 10):
            writer.append_frame(frame(step))
        writer.finish(state, SUMMARY, "", "it broke" if state == "failed" else "")
        return writer.path

    return make


def test_json_lines_name_their_run(command_line: CommandLine, ended: Callable[..., Path]) -> None:
    paths = [ended("a"), ended("b")]
    done = command_line.run("watch", *map(str, paths), "--json")
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for run in ("a", "b"):
        own = [line["type"] for line in lines if line["run"] == run]
        assert own == ["run", "frame", "frame", "claim", "end"]
    assert len(lines) == 10


def test_lines_of_one_run_are_as_ever(
    command_line: CommandLine, ended: Callable[..., Path]
) -> None:
    done = command_line.run("watch", str(ended("a")), "--json")
    frames = [json.loads(line) for line in done.stdout.splitlines()][1:]
    assert all("run" not in line for line in frames)


def test_text_is_one_block_a_run(command_line: CommandLine, ended: Callable[..., Path]) -> None:
    paths = [ended("a"), ended("b")]
    done = command_line.run("watch", *map(str, paths), "--headless")
    assert done.returncode == 0
    first, second = done.stdout.split(f"run file  {paths[0]}\n\n")
    assert "run       a" in first
    assert "run       b" in second
    assert "compared: a | b\n  no key of the scenarios differs" in second
    assert "b less a, by head" in second
    alone = command_line.run("watch", str(paths[0]), "--headless")
    assert "compared:" not in alone.stdout


def test_a_run_that_failed_is_named_after_all_have_been_shown(
    command_line: CommandLine, ended: Callable[..., Path]
) -> None:
    paths = [ended("a", "failed"), ended("b")]
    done = command_line.run("watch", *map(str, paths), "--headless")
    assert done.returncode == 3
    assert f"run file  {paths[1]}" in done.stdout
    assert done.stderr == "objtui: error: not every run ended well: a failed\n"


def test_a_run_named_twice_and_one_that_is_none_are_refused(
    command_line: CommandLine, ended: Callable[..., Path], tmp_path: Path
) -> None:
    path = str(ended("a"))
    twice = command_line.run("watch", path, path, "--headless")
    assert (twice.returncode, twice.stdout) == (2, "")
    assert twice.stderr == "objtui: error: the run a is named twice\n"
    none = command_line.run("watch", path, str(tmp_path / "nothing.objtui"), "--headless")
    assert (none.returncode, none.stdout) == (2, "")


def test_runs_that_go_on_are_followed_at_the_same_time(
    new_run: Callable[..., RunWriter], frame: Callable[..., Frame], tmp_path: Path
) -> None:
    writers = [new_run(name) for name in ("a", "b")]
    for writer in writers:
        writer.append_frame(frame(0))
        writer.set_status(state="running")
    looks = 0

    def end_soon() -> bool:
        nonlocal looks
        looks += 1
        if looks == 8:
            for writer in writers:
                writer.finish("finished", SUMMARY, "")
        return False

    place = tmp_path / "out"
    with place.open("w") as out:
        readers = [RunReader(writer.path) for writer in writers]
        reports = [JsonReport(out, run=name) for name in ("a", "b")]
        ends = follow_together(readers, reports, leave=end_soon)
    assert [end.header.run for end in ends] == ["a", "b"]
    order = [json.loads(line)["run"] for line in place.read_text().splitlines()]
    assert order.index("b") < len(order) - order[::-1].index("a") - 1
    for reader in readers:
        reader.close()
