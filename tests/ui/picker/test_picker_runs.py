"""The picker's recorded runs: what they show, and that they follow what happens."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from objtui.runfile.keeping import set_note
from objtui.text.numbers import file_size
from objtui.ui.picker import screen as picker_module
from objtui.ui.picker.choices import Choice
from objtui.ui.picker.screen import PickerScreen
from objtui.ui.theme import Theme
from tests.runs_for_tests import MakeRun, a_frame, a_summary
from tests.ui.driving import shows
from tests.ui.picker.picker_cases import a_picker, finish
from tests.ui.screens.screens_host import Host, drive_screen


def test_runs_stand_there_with_state_scenario_progress_and_age(
    folder: Path, runs: Path, new_run: MakeRun, size: tuple[int, int]
) -> None:
    finish(new_run, runs, "old-1", steps=2000, scenario="my/deep.toml")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "old-1")
        (row,) = (row for row in host.rows() if "old-1" in row)
        for cell in ("finished", "deep", "100/2 000", "2 min ago"):
            assert cell in row

    drive_screen(a_picker(folder, runs), steps, size)


def test_tab_goes_to_the_runs_and_back(folder: Path, runs: Path, new_run: MakeRun) -> None:
    finish(new_run, runs, "old-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "old-1")
        await pilot.press("tab", "tab", "shift+tab", "enter")

    chosen = drive_screen(a_picker(folder, runs), steps).result
    assert chosen == Choice("run", str(runs / "old-1.objtui"))


def test_a_damaged_run_file_says_why_and_is_not_chosen(
    folder: Path, runs: Path, size: tuple[int, int]
) -> None:
    (runs / "torn-1.objtui").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "torn-1")
        assert any("torn-1" in row and "unreadable" in row for row in host.rows())
        await pilot.press("tab", "enter")
        assert not host.is_closed
        assert "torn-1 cannot be read: " in host.text()

    drive_screen(a_picker(folder, runs), steps, size)


def test_runs_come_while_it_is_open_and_the_cursor_stays_on_its_row(
    folder: Path, runs: Path, new_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picker_module, "REFRESH_S", 0.1)
    finish(new_run, runs, "old-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "old-1")
        await pilot.press("tab")
        finish(new_run, runs, "newer-1", created_at=time.time() + 60)
        await shows(pilot, "newer-1")
        await pilot.press("enter")

    assert drive_screen(a_picker(folder, runs), steps).result.value.endswith("old-1.objtui")


def test_no_runs_say_what_to_do(folder: Path, runs: Path, size: tuple[int, int]) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "There is no run in")
        await pilot.press("tab", "down", "up", "pagedown", "home", "end", "enter")
        assert not host.is_closed

    drive_screen(a_picker(folder, runs), steps, size)


def test_a_runs_folder_that_is_none_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "There is no run in")

    drive_screen(a_picker(folder, tmp_path / "none"), steps)


def test_a_runs_folder_that_cannot_be_read_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    Path("runs").write_text("a file")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "runs: cannot be read")

    drive_screen(a_picker(folder, Path("runs")), steps)


def test_marked_runs_are_opened_together_in_the_order_of_marking(
    folder: Path, runs: Path, new_run: MakeRun
) -> None:
    for age, name in enumerate(("c-1", "b-1", "a-1")):
        finish(new_run, runs, name, created_at=time.time() - 10 * (3 - age))

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "recorded runs (3)")
        await pilot.press("tab", "space", "space", "up", "up", "space", "end", "space")
        await shows(pilot, "2 marked: enter opens them together")
        assert sum(row[1:2] == "*" for row in host.rows()) == 2
        await pilot.press("enter")

    chosen = drive_screen(a_picker(folder, runs), steps, (120, 40)).result
    assert chosen == Choice("run", str(runs / "b-1.objtui"), (str(runs / "c-1.objtui"),))


def test_a_scenario_is_not_marked_and_space_in_a_filter_is_typed(
    folder: Path, runs: Path, new_run: MakeRun
) -> None:
    finish(new_run, runs, "only-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "recorded runs (1)")
        await pilot.press("home", "space", "slash", "a", "space", "b")
        await shows(pilot, "filter: a b_")
        assert "marked" not in host.text()

    drive_screen(a_picker(folder, runs), steps)


def test_scores_note_and_size_stand_there_where_there_is_room(
    folder: Path, runs: Path, new_run: MakeRun
) -> None:
    writer = new_run("old-1", runs)
    writer.append_frame(a_frame(100, ap=0.75))
    writer.finish("finished", a_summary(), "")
    set_note(writer.path, "before the lr was changed")

    def row_at(size: tuple[int, int]) -> str:
        rows: list[str] = []

        async def steps(host: Host, pilot: Pilot[None]) -> None:
            await shows(pilot, "old-1")
            rows.extend(row for row in host.rows() if "old-1" in row)

        drive_screen(a_picker(folder, runs), steps, size)
        return rows[0]

    size = file_size(writer.path.stat().st_size)
    for cell in ("ap .750 .750", "before the lr was changed", size):
        assert cell in row_at((160, 40))
    narrow = row_at((80, 24))
    assert "ap .750 .750" in narrow
    assert "before the lr" not in narrow


def test_it_opens_with_the_cursor_on_what_was_chosen_before(
    folder: Path, runs: Path, new_run: MakeRun
) -> None:
    for age, name in enumerate(("a-1", "b-1", "c-1")):
        finish(new_run, runs, name, created_at=time.time() - age)
    at = Choice("run", str(runs / "b-1.objtui"))

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "b-1, finished")
        await pilot.press("down", "up", "enter")

    assert drive_screen(PickerScreen(folder, runs, Theme(), at=at), steps).result == at


def test_what_could_not_be_started_says_why_and_may_be_chosen_again(
    folder: Path, runs: Path
) -> None:
    mine = Choice("scenario", str(folder / "mine.toml"))
    problems = {mine.value: "line 3: data.source: missing"}

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert any("broken: line 3: data.source" in row for row in host.rows())
        await pilot.press("enter")

    picker = PickerScreen(folder, runs, Theme(), at=mine, problems=problems)
    assert drive_screen(picker, steps).result == mine
