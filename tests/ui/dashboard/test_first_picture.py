"""The first picture: of any size, what the dashboard then shows, and light."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text
from textual.app import App
from textual.pilot import Pilot

from objtui.runfile.reader import RunReader
from objtui.runs.comparison import Comparison
from objtui.runs.merged_header import merged_header
from objtui.runs.source import RunSource
from objtui.ui.charts.words import READING
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.dashboard.first_picture import FirstPicture
from objtui.ui.terminal.early import painted
from objtui.ui.theme import GlyphLevel, Theme
from tests.runs_for_tests import MakeRun, a_header, record_nuclei
from tests.ui.driving import corners, drive, reached, screen_lines, settled, show

SIZES = [(120, 40), (80, 24), (60, 16), (59, 16), (200, 60), (20, 3)]

sizes = st.tuples(st.integers(1, 250), st.integers(1, 80))
glyphs = st.sampled_from(get_args(GlyphLevel))


@given(size=sizes, glyphs=glyphs, title=st.text(max_size=80), heads=st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_it_fits_a_terminal_of_any_size(
    size: tuple[int, int], glyphs: GlyphLevel, title: str, heads: int
) -> None:
    width, height = size
    header = replace(a_header(), heads=a_header().heads[:1] * heads) if heads else None
    picture = FirstPicture(title, Theme(glyphs), header)
    lines = picture.lines(width, height)
    assert len(lines) == height
    assert all(line.cell_len <= width for line in lines)
    assert painted(lines).count("\x1b[") >= height


def plain(lines: list[Text]) -> list[str]:
    return [line.plain.rstrip() for line in lines]


class NeverReady:
    """A trainer that has no run yet."""

    building = ""

    def is_decided(self, wait_s: float = 0) -> bool:
        return False


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_it_is_what_the_dashboard_shows_while_a_trainer_starts(size: tuple[int, int]) -> None:
    runs = Comparison([RunSource(trainer=NeverReady())])  # type: ignore[arg-type]
    app = DashboardApp(lambda: runs, Theme(), title="A title", owns_training=False)
    shown = []

    async def script(pilot: Pilot[Any], _: App[Any]) -> None:
        await reached(pilot, lambda: app.runs is not None and app.dashboard.is_drawn)
        await settled(pilot)
        shown.extend(screen_lines(app))

    drive(app, script, size)
    assert shown == plain(FirstPicture("A title", Theme()).lines(*size))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_frames_stay_where_they_are_once_a_run_is_read(
    size: tuple[int, int], new_run: MakeRun, tmp_path: Path
) -> None:
    path = record_nuclei(new_run, tmp_path).path
    shown: list[str] = []

    async def script(pilot: Pilot[Any], app: App[Any]) -> None:
        shown.extend(screen_lines(app))

    show(path, script, size)
    with RunReader(path) as reader:
        first = FirstPicture("A title", Theme(), reader.header(), doing=READING)
    assert corners(plain(first.lines(*size))) == corners(shown)


def test_heads_in_rows_are_called_histograms_as_they_are_once_they_are_drawn() -> None:
    header = replace(a_header(), heads=a_header().heads[:1] * 8)
    first = plain(FirstPicture("A title", Theme(), header).lines(80, 24))
    assert "╭ histograms ──" in first[1]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=str)
def test_frames_of_several_runs_stay_where_they_are_once_they_are_read(
    size: tuple[int, int], three: list[Path]
) -> None:
    shown: list[str] = []

    async def script(pilot: Pilot[Any], app: App[Any]) -> None:
        shown.extend(screen_lines(app))

    show(three, script, size)
    headers = []
    for path in three:
        with RunReader(path) as reader:
            headers.append(reader.header())
    merged = merged_header(headers, [header.run for header in headers])
    first = FirstPicture("A title", Theme(), merged, doing=READING)
    assert corners(plain(first.lines(*size))) == corners(shown)


def test_it_needs_neither_textual_nor_numpy_nor_a_panel() -> None:
    code = (
        "import json, sys, objtui.ui.dashboard.first_picture, objtui.ui.terminal.early;"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    loaded = set(json.loads(done.stdout))
    assert {"textual", "numpy", "objtui.runs.history", "objtui.ui.panels.scene"}.isdisjoint(loaded)
