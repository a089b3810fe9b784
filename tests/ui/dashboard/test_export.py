"""Export from a dashboard that is open."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from objtui.export.formats import FORMATS, OF_EVERY_RUN, export_format
from objtui.runfile.writer import RunWriter
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.dashboard.export import Exported, export_shown, offered_place
from tests.runs_for_tests import MakeRun, a_frame, record_flat
from tests.ui.driving import show, shows


@pytest.fixture
def writer(new_run: MakeRun) -> RunWriter:
    """A run that goes on."""
    return record_flat(new_run, state="running", steps=(0,))


def in_dashboard(
    paths: Path | Sequence[Path], script: Callable[[DashboardApp], Awaitable[None]]
) -> None:
    """Run a script beside the real app on run files, once it has read and drawn them."""

    async def run(_: Pilot[Any], app: App[Any]) -> None:
        assert isinstance(app, DashboardApp)
        await script(app)

    show(paths, run, (120, 30))


def letters(picture: Path) -> str:
    """What an SVG shows, without the blanks, which are no letters of it."""
    return "".join("".join(ElementTree.parse(picture).getroot().itertext()).split())


def test_every_format_is_written_beside_the_run(writer: RunWriter) -> None:
    async def export(app: DashboardApp) -> None:
        for kind in OF_EVERY_RUN:
            place = offered_place(app.dashboard, kind)
            assert place is not None
            assert place.parent == writer.path.parent
            assert await export_shown(app.dashboard, kind, place) == Exported(place)
            assert place.exists()

    in_dashboard(writer.path, export)
    with (writer.path.parent / "a-run-csv" / "scores.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 4


def test_a_picture_is_what_is_shown(writer: RunWriter, tmp_path: Path) -> None:
    place = tmp_path / "shown.svg"

    async def export(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("o")
        await shows(pilot, "overlay")
        await export_shown(app.dashboard, export_format("svg"), place)

    show(writer.path, export)
    assert "●bce▲ce" in letters(place)  # on one axis


def test_a_picture_of_a_comparison_is_of_all_its_runs(writer: RunWriter, new_run: MakeRun) -> None:
    beside = new_run("b-run")
    beside.append_frame(a_frame(7))
    place = writer.path.with_name("a-run-and-1-more.svg")

    async def export(app: DashboardApp) -> None:
        assert offered_place(app.dashboard, export_format("svg")) == place
        assert await export_shown(app.dashboard, export_format("svg"), place) == Exported(place)

    in_dashboard([writer.path, beside.path], export)
    shown = letters(place)
    for words in ("2runs:a-run,b-run", "a-run:bce", "b-run:ce", "objtuiwatcha-runb-run"):
        assert words in shown


def test_a_picture_is_at_the_step_of_the_cursor_and_is_named_by_it(writer: RunWriter) -> None:
    for step in (10, 40):
        writer.append_frame(a_frame(step))

    async def export(app: DashboardApp) -> None:
        app.dashboard.go_to(39)
        for kind in OF_EVERY_RUN:
            place = offered_place(app.dashboard, kind)
            assert place is not None
            assert ("step-10" in place.name) == kind.picture
            assert await export_shown(app.dashboard, kind, place) == Exported(place)

    in_dashboard(writer.path, export)
    shown = letters(writer.path.with_name("a-run-step-10.svg"))
    assert "scoresatstep10─" in shown
    assert "atstep10of100" in shown
    with (writer.path.parent / "a-run-csv" / "scores.csv").open() as file:
        assert {row["step"] for row in csv.DictReader(file)} == {"0", "10", "40"}


def test_no_picture_shows_what_was_said_of_an_export(writer: RunWriter, tmp_path: Path) -> None:
    async def export(pilot: Pilot[Any], app: App[Any]) -> None:
        for number in range(1, 4):
            await pilot.press("e", *["down"] * [kind.name for kind in FORMATS].index("svg"))
            place = tmp_path / f"{number}.svg"
            app.screen._input.value = str(place)
            await pilot.press("enter")
            await shows(pilot, f"written: {place}")

    show(writer.path, export, (200, 30))
    for number in range(1, 4):
        shown = letters(tmp_path / f"{number}.svg")
        assert "scores" in shown
        assert not any(words in shown for words in ("quit", "writing", "written", str(tmp_path)))


def test_what_goes_wrong_is_one_line_and_ends_nothing(writer: RunWriter, tmp_path: Path) -> None:
    async def export(app: DashboardApp) -> None:
        for kind in OF_EVERY_RUN:
            place = tmp_path / "none" / "place"
            exported = await export_shown(app.dashboard, kind, place)
            assert exported.error == f"{place.parent} is no folder; make it first"
        assert app.return_value is None

    in_dashboard(writer.path, export)


def test_the_dashboard_goes_on_while_a_run_is_written(writer: RunWriter, tmp_path: Path) -> None:
    for step in range(1, 150):
        writer.append_frame(a_frame(step))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def export(app: DashboardApp) -> None:
        other = asyncio.create_task(count())
        await export_shown(app.dashboard, export_format("csv"), tmp_path / "out")
        other.cancel()

    in_dashboard(writer.path, export)
    assert turns > 10


def test_another_format_offers_its_place_but_keeps_one_that_was_typed(writer: RunWriter) -> None:
    async def choose(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("e", "down")
        await shows(pilot, f"a-run{Path(str(offered_place(app.dashboard, FORMATS[1]))).suffix}")
        await pilot.press("ctrl+u", *"mine", "down", "up", "up")
        place = app.screen.query_one(Input)
        assert place.value == "mine"
        await pilot.press("ctrl+u", "down")
        assert place.value == str(offered_place(app.dashboard, FORMATS[1]))

    show(writer.path, choose, (160, 40))
