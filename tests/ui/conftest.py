"""Runs and terminals that several files of tests open."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.runs_for_tests import NUCLEI_SCHEDULE, ONE_SEED, MakeRun, record_nuclei
from tests.ui.screens.screens_host import SIZES
from tests.ui.terminal_driver import FAKE_OBJTUI, OpenTerminal, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


@pytest.fixture
def three(new_run: MakeRun, tmp_path: Path) -> list[Path]:
    """Three runs of other lengths and seeds."""
    few = {"name": "few", "seeds": (0, 1), "steps": NUCLEI_SCHEDULE[:9], "claims": ()}
    return [record_nuclei(new_run, tmp_path, **run).path for run in ({}, few, ONE_SEED)]


@pytest.fixture
def terminal(
    tmp_path: Path, trainers: Trainers, command_line: CommandLine
) -> Iterator[OpenTerminal]:
    """A function that runs a command in a terminal beside a.toml, by default `objtui` itself."""
    opened: list[Terminal] = []
    set_by_tests = ("NO_COLOR", "COLUMNS", "LINES", "LC_ALL", "LC_CTYPE")
    environ = {key: value for key, value in os.environ.items() if key not in set_by_tests}
    environ |= {"TERM": "xterm-256color", "LANG": "C.UTF-8"}

    def start(
        *arguments: str,
        command: tuple[str, ...] = FAKE_OBJTUI,
        variables: Mapping[str, str] = environ,
        **options: Any,
    ) -> Terminal:
        given = {**{key: environ[key] for key in environ if key != "LANG"}, **variables}
        opened.append(Terminal(*command, *arguments, folder=tmp_path, environ=given, **options))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture(params=SIZES.values(), ids=SIZES.keys())
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Columns and rows of a terminal."""
    size: tuple[int, int] = request.param
    return size
