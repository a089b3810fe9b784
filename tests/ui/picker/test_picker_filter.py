"""The picker's filter: what is typed narrows both lists."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from objtui.scenario.bundled import bundled_names
from objtui.ui.picker.choices import Choice
from tests.runs_for_tests import MakeRun
from tests.ui.driving import shows
from tests.ui.picker.picker_cases import a_picker, finish
from tests.ui.screens.screens_host import Host, drive_screen


def test_typing_filters_both_lists(folder: Path, runs: Path, new_run: MakeRun) -> None:
    finish(new_run, runs, "mine-1")
    finish(new_run, runs, "other-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "other-1")
        await pilot.press("/", *"MINE")
        text = host.text()
        assert "mine.toml" in text
        assert "mine-1" in text
        assert "other-1" not in text
        assert bundled_names()[0] not in text
        assert "filter: MINE" in text
        await pilot.press("enter")

    chosen = drive_screen(a_picker(folder, runs), steps).result
    assert chosen == Choice("scenario", str(folder / "mine.toml"))


def test_escape_clears_the_filter(folder: Path, runs: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("/", "q", "j", "k")
        assert not host.is_closed
        assert "nothing here matches" in host.text()
        await pilot.press("escape")
        assert "mine.toml" in host.text()
        await pilot.press("q")

    assert drive_screen(a_picker(folder, runs), steps).result is None


def test_backspace_takes_a_letter_of_the_filter_back(folder: Path, runs: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("/", *"minex")
        assert "mine.toml" not in host.text()
        await pilot.press("backspace")
        assert "mine.toml" in host.text()

    drive_screen(a_picker(folder, runs), steps)


def test_the_focus_goes_where_the_filter_leaves_something(
    folder: Path, runs: Path, new_run: MakeRun
) -> None:
    finish(new_run, runs, "zzz-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "zzz-1")
        await pilot.press("/", *"zzz", "enter")

    chosen = drive_screen(a_picker(folder, runs), steps).result
    assert chosen == Choice("run", str(runs / "zzz-1.objtui"))
