"""Keys of the picker that keep house: a note, another name, and the end of runs."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from objtui.runfile.reader import RunReader
from tests.runs_for_tests import MakeRun, a_frame
from tests.ui.driving import shows
from tests.ui.picker.picker_cases import a_picker, finish
from tests.ui.screens.screens_host import Host, drive_screen


def note_of(path: Path) -> str:
    with RunReader(path) as reader:
        return reader.header().note


def test_a_note_is_kept_and_shown(folder: Path, runs: Path, new_run: MakeRun) -> None:
    finish(new_run, runs, "old-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "old-1")
        await pilot.press("n")
        await shows(pilot, "tab goes to their list")
        await pilot.press("tab", "n", *"too hot", "enter")
        await shows(pilot, "old-1: too hot", "(too hot)")

    drive_screen(a_picker(folder, runs), steps, (120, 40))
    assert note_of(runs / "old-1.objtui") == "too hot"


def test_another_name_is_given_and_one_that_is_taken_refused(
    folder: Path, runs: Path, new_run: MakeRun
) -> None:
    finish(new_run, runs, "old-1")
    finish(new_run, runs, "old-2")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "old-1", "old-2")
        await pilot.press("tab", "slash", *"old-1", "escape", "r", "backspace", "2", "enter")
        assert (runs / "old-1.objtui").exists()
        await pilot.press("r", "backspace", "3", "enter")
        await shows(pilot, "old-1 is now old-3")

    drive_screen(a_picker(folder, runs), steps, (120, 40))
    assert sorted(path.stem for path in runs.glob("*.objtui")) == ["old-2", "old-3"]


def test_removing_asks_and_takes_the_marked_runs(
    folder: Path, runs: Path, new_run: MakeRun
) -> None:
    for name in ("old-1", "old-2", "old-3"):
        finish(new_run, runs, name)

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "old-3")
        await pilot.press("tab", "home", "space", "space", "x")
        await shows(pilot, "Remove 2 runs", "for good?")
        await pilot.press("enter")
        assert len(list(runs.glob("*.objtui"))) == 3
        await pilot.press("x", "y")
        await shows(pilot, "removed 2 runs", "recorded runs (1)")

    drive_screen(a_picker(folder, runs), steps, (120, 40))
    assert len(list(runs.glob("*"))) == 1


def test_a_run_in_training_is_not_removed(folder: Path, runs: Path, new_run: MakeRun) -> None:
    new_run("busy", runs).append_frame(a_frame(10))

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "busy")
        await pilot.press("tab", "x")
        await shows(pilot, "`objtui stop` ends it first")

    drive_screen(a_picker(folder, runs), steps, (120, 40))
    assert (runs / "busy.objtui").exists()


def test_while_a_filter_is_typed_letters_are_of_it(
    folder: Path, runs: Path, new_run: MakeRun
) -> None:
    finish(new_run, runs, "nrx-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "nrx-1")
        await pilot.press("tab", "slash", *"nrx")
        await shows(pilot, "filter: nrx_")

    drive_screen(a_picker(folder, runs), steps, (120, 40))
