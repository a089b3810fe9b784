"""Export from a dashboard that is open."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Awaitable, Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from objtui.export.formats import FORMATS, export_format
from objtui.frames import Frame
from objtui.runfile.writer import RunWriter
from objtui.ui.app import DashboardApp
from objtui.ui.exporting import Exported, export_shown, offered_place
from objtui.ui.look import Look
from objtui.ui.run_source import RunSource


@pytest.fixture
def writer(new_run: Callable[..., RunWriter], frame: Callable[..., Frame]) -> RunWriter:
    """A run that goes on."""
    writer = new_run()
    writer.append_frame(frame(0))
    writer.set_status(state="running")
    return writer


def in_dashboard(path: Path, script: Callable[[DashboardApp], Awaitable[None]]) -> None:
    """Run a script beside the real app on a run file."""
    source = RunSource(path)
    app = DashboardApp(source, Look(), title="A title", owns_training=False)

    async def run() -> None:
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause(0.2)
            await script(app)

    asyncio.run(run())
    source.close()


def test_every_format_is_written_beside_the_run(writer: RunWriter) -> None:
    async def export(app: DashboardApp) -> None:
        for kind in FORMATS:
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

    async def export(app: DashboardApp) -> None:
        app.dashboard.action_overlay()
        await asyncio.sleep(0.2)
        await export_shown(app.dashboard, export_format("svg"), place)

    in_dashboard(writer.path, export)
    assert "overlay" in "".join(ElementTree.parse(place).getroot().itertext())


def test_what_goes_wrong_is_one_line_and_ends_nothing(writer: RunWriter, tmp_path: Path) -> None:
    async def export(app: DashboardApp) -> None:
        for kind in FORMATS:
            place = tmp_path / "none" / "place"
            exported = await export_shown(app.dashboard, kind, place)
            assert exported.error == f"{place.parent} is no folder; make it first"
        assert app.return_value is None

    in_dashboard(writer.path, export)


def test_the_dashboard_goes_on_while_a_run_is_written(
    writer: RunWriter, frame: Callable[..., Frame], tmp_path: Path
) -> None:
    for step in range(1, 150):
        writer.append_frame(frame(step))
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
