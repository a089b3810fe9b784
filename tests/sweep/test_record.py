"""The record of a sweep, its folder, and finding it again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from objtui.cli.parser import run_command_line
from objtui.errors import RunFileError, UsageError
from objtui.runfile.find import SWEEP_RECORD
from objtui.runfile.processes import is_alive, process_started
from objtui.sweep.listing import list_sweeps
from objtui.sweep.plan import Base, Cell, Factor
from objtui.sweep.record import (
    Driver,
    SweepRecord,
    find_sweep,
    is_sweep,
    new_folder,
    read_record,
    sole_driver,
    write_record,
)


def a_record(name: str = "a-sweep-1") -> SweepRecord:
    return SweepRecord(
        name,
        Base("a.toml", "title = 'ä'", "/data", ("train.steps=5",), 3, "cpu"),
        (Factor("train.lr", ("1", "2")),),
        (Cell("0a", ("train.lr=1",)), Cell("0b", ("train.lr=2",))),
        "bce.ap",
        12.5,
        Driver.this_process(),
        {"0b": "no CUDA"},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = new_folder(tmp_path / "runs", "a.toml", None)
    write_record(place, a_record())
    return place


def test_what_is_written_is_read_again(folder: Path) -> None:
    assert read_record(folder) == a_record()
    assert [each.name for each in folder.iterdir()] == [SWEEP_RECORD]
    assert (folder / SWEEP_RECORD).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["../../out", "/out", "\x1b[2J", ""])
def test_a_sweep_is_called_as_its_folder_whatever_its_record_says(folder: Path, name: str) -> None:
    write_record(folder, a_record(name))
    assert read_record(folder).name == folder.name
    (folder.parent / "link").symlink_to(folder)
    assert read_record(folder.parent / "link").name == folder.name


def test_a_record_is_written_through_no_link(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (folder / f".{SWEEP_RECORD}.{os.getpid()}.part").symlink_to(victim)
    write_record(folder, a_record())
    assert victim.read_text() == "mine"
    assert [each.name for each in folder.iterdir()] == [SWEEP_RECORD]


def test_a_driver_lives_as_long_as_its_process() -> None:
    driver = Driver.this_process()
    assert driver.lives
    assert not replace(driver, started=driver.started + 1).lives
    assert not replace(driver, host="elsewhere").lives


def test_it_drives_the_sweep_whose_folder_it_has_open_and_no_other(folder: Path) -> None:
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    for place in (folder, copy):
        assert not read_record(place).is_driven(place)
    with sole_driver(folder, ""):
        assert read_record(folder).is_driven(folder)
        assert not read_record(copy).is_driven(copy)
        states = {sweep.name: sweep.state for sweep in list_sweeps(folder.parent)}
    assert (states[folder.name] == "running") != (states["copy"] == "running")


def test_a_record_that_names_some_other_process_ends_none(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as other:
        driver = replace(
            Driver.this_process(), pid=other.pid, started=process_started(other.pid) or 0.0
        )
        assert driver.lives
        assert not driver.terminate(folder)
        write_record(folder, replace(a_record(), driver=driver))
        assert run_command_line(["sweep", "stop", str(folder)]) == 2
        assert other.poll() is None
        other.kill()


def test_sweeps_are_numbered_and_named_by_their_scenario(tmp_path: Path) -> None:
    names = [new_folder(tmp_path, "some/a b.toml", None).name for _ in range(2)]
    assert names == ["a-b-sweep-1", "a-b-sweep-2"]


@pytest.mark.parametrize("name", ["taken", "../out", "last", ""])
def test_a_name_that_is_taken_or_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(UsageError):
        new_folder(tmp_path, "a.toml", name)


def test_a_sweep_is_found_by_name_prefix_and_path(folder: Path) -> None:
    runs = folder.parent
    for name in ("a-sweep-1", "a-s", str(folder)):
        assert find_sweep(runs, name).resolve() == folder.resolve()
    assert is_sweep(runs, "a-sweep-1")
    assert not is_sweep(runs, "")
    with pytest.raises(UsageError, match="did you mean 'a-sweep-1'"):
        find_sweep(runs, "b-sweep-1")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 99}, "another version"),
        ({"cells": [{"id": "../x", "overrides": []}]}, "names no cell"),
        ({"cells": 5}, "damaged"),
        ({"more": 1}, "'more' is no part of it"),
        ({"name": ["x"]}, "no text"),
        ({"sort": "bce"}, "no HEAD.SCORE"),
        ({"sort": "bce.nothing"}, "no HEAD.SCORE"),
        ({"created_at": float("nan")}, "no number"),
        ({"created_at": "now"}, "no number"),
        ({"failures": []}, "damaged"),
        ({"failures": {"0b": 1}}, "no text"),
        ({"failures": {"0c": ""}}, "not a name each"),
        ({"factors": []}, "no cells"),
        ({"factors": [{"key": 1, "values": ["1"]}]}, "no text"),
        ({"factors": [{"key": "train.lr", "values": "12"}]}, "no list"),
        ({"cells": []}, "no cells"),
        ({"cells": [{"id": "0a", "overrides": []}]}, "none of the grid"),
        ({"cells": [{"id": "0a", "overrides": ["train.lr=3"]}]}, "none of the grid"),
        ({"cells": [{"id": "0a", "overrides": ["train.lr=1"]}] * 2}, "not a name each"),
        ({"driver": {"pid": -1, "started": None, "host": "here"}}, "above 0"),
        ({"driver": {"pid": 0, "started": 1.0, "host": "here"}}, "above 0"),
        ({"driver": {"pid": True, "started": 1.0, "host": "here"}}, "above 0"),
        ({"driver": {"pid": "../1", "started": 1.0, "host": "here"}}, "above 0"),
        ({"driver": {"pid": 9, "started": None, "host": "here"}}, "no number"),
        ({"driver": 5}, "damaged"),
        ({"base": {"text": 1}}, "damaged"),
    ],
)
def test_a_record_that_is_none_is_refused(
    folder: Path, change: dict[str, object], message: str
) -> None:
    path = folder / SWEEP_RECORD
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(RunFileError, match=message):
        read_record(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"version": 1}'])
def test_a_damaged_record_is_said_to_be(folder: Path, text: str) -> None:
    (folder / SWEEP_RECORD).write_text(text)
    with pytest.raises(RunFileError, match="damaged"):
        read_record(folder)


def test_a_second_driver_is_locked_out_until_the_first_has_left(tmp_path: Path) -> None:
    write_record(tmp_path, a_record())
    said = f"the sweep {tmp_path.name} is being trained (process {os.getpid()}); `stop it` ends"
    with sole_driver(tmp_path, "stop it"):
        with pytest.raises(UsageError, match=re.escape(said)), sole_driver(tmp_path, "stop it"):
            pass
        code = "import sys; from pathlib import Path; from objtui.sweep.record import sole_driver\n"
        code += "with sole_driver(Path(sys.argv[1]), ''): pass"
        other = subprocess.run(
            [sys.executable, "-c", code, tmp_path], check=False, stderr=subprocess.DEVNULL
        )
        assert other.returncode == 1
    with sole_driver(tmp_path, "stop it"):
        assert [each.name for each in tmp_path.iterdir()] == [SWEEP_RECORD]


@pytest.mark.parametrize("item", ["1,", "[],", '{"a":1},'])
def test_one_that_would_fill_memory_is_refused_unread(folder: Path, item: str) -> None:
    (folder / SWEEP_RECORD).write_text(f'{{"version": 1, "cells": [{item * 2_200_000}1]}}')
    with pytest.raises(RunFileError, match="too large"):
        read_record(folder)


def test_a_process_of_no_start_is_never_one_that_lives() -> None:
    assert not is_alive(-1, cast(float, None))
