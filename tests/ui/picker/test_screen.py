"""The picker: scenarios and runs in two lists, chosen by keyboard."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from textual.pilot import Pilot

from objtui.scenario.bundled import bundled_names, bundled_path, bundled_questions
from objtui.ui.picker import screen as picker_module
from objtui.ui.picker.app import PickerApp
from objtui.ui.picker.choices import Choice
from tests.runs_for_tests import MakeRun
from tests.ui.driving import drive, reached, settled, shows
from tests.ui.picker.picker_cases import MINE, a_picker, finish, pressing
from tests.ui.screens.screens_host import ASCII_THEME, Host, drive_screen


def test_every_scenario_stands_there_with_its_question(
    folder: Path, runs: Path, size: tuple[int, int]
) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        rows = host.rows()
        for bundled in bundled_questions():
            assert any(bundled.name in row and bundled.question in row for row in rows)
        assert any("mine.toml" in row and "Is it mine?" in row for row in rows)
        assert "pyproject" not in host.text()

    drive_screen(a_picker(folder, runs), steps, size)


def test_a_broken_scenario_file_says_why_and_is_not_chosen(folder: Path, runs: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert any("torn.toml" in row and "broken: " in row for row in host.rows())
        await pilot.press("down", "enter")
        assert not host.is_closed
        assert "torn.toml is broken: " in host.text()
        assert "line 1" in host.text()

    drive_screen(a_picker(folder, runs), steps)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"a = 1" + b"0" * 5000, "broken: "),
    ],
)
def test_whatever_is_in_a_scenario_file_is_borne(
    folder: Path, runs: Path, content: bytes, reason: str
) -> None:
    (folder / "odd.toml").write_bytes(content)

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert any("odd.toml" in row and reason in row for row in host.rows())

    drive_screen(a_picker(folder, runs), steps)


def test_texts_of_another_kind_and_escape_codes_are_borne(folder: Path, runs: Path) -> None:
    (folder / "odd.toml").write_text('title = 3\nquestion = "\\u001b[31mred"\nheads=1\ndata=2\n')

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert any("odd.toml" in row and "?[31mred" in row for row in host.rows())

    drive_screen(a_picker(folder, runs), steps)


def test_ones_own_files_come_first_and_then_the_scenario_to_start_with(
    folder: Path, runs: Path, size: tuple[int, int]
) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        rows = [row[2:].split("  ")[0].split()[0] for row in host.rows()[2:7]]
        assert rows == ["mine.toml", "torn.toml", "nuclei", "saturation", "spread"]
        [start] = [row for row in host.rows() if "start here: " in row]
        assert start[2:].startswith("nuclei")

    drive_screen(a_picker(folder, runs), steps, size)


def test_enter_chooses_the_scenario_under_the_cursor(folder: Path, runs: Path) -> None:
    first = drive_screen(a_picker(folder, runs), pressing("enter"))
    assert first.result == Choice("scenario", str(folder / "mine.toml"))
    start = drive_screen(a_picker(folder, runs), pressing("down", "down", "enter"))
    assert start.result == Choice("scenario", "nuclei")


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        (["down"], 1),
        (["j", "j"], 2),
        (["j", "j", "up"], 1),
        (["down", "k", "k"], 0),
        (["end", "home", "down"], 1),
        (["end", "pageup"], 0),
    ],
)
def test_keys_move_the_cursor(runs: Path, keys: list[str], at: int) -> None:
    chosen = drive_screen(a_picker(runs, runs), pressing(*keys, "enter")).result
    assert chosen == Choice("scenario", bundled_names()[at])


def test_a_file_of_the_folder_is_chosen_by_its_path(folder: Path, runs: Path) -> None:
    chosen = drive_screen(a_picker(folder, runs), pressing("home", "enter")).result
    assert chosen == Choice("scenario", str(folder / "mine.toml"))


def test_a_bundled_name_that_a_file_here_has_too_is_given_as_path(folder: Path, runs: Path) -> None:
    name = bundled_names()[0]
    (folder / name).touch()
    chosen = drive_screen(a_picker(folder, runs), pressing("down", "down", "enter")).result
    assert chosen == Choice("scenario", str(bundled_path(name)))


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
def test_it_quits_without_a_choice(folder: Path, runs: Path, key: str) -> None:
    host = drive_screen(a_picker(folder, runs), pressing(key))
    assert host.is_closed
    assert host.result is None


def test_ctrl_c_ends_it_as_an_interrupt_does(folder: Path, runs: Path) -> None:
    app = PickerApp(folder, runs, ASCII_THEME)

    async def steps(pilot: Pilot[Choice], app: PickerApp) -> None:
        await shows(pilot, "mine.toml")
        await pilot.press("ctrl+c")
        await reached(pilot, lambda: app.return_value is not None)

    drive(app, steps, (80, 24))
    assert app.return_value is signal.SIGINT


def test_no_scenarios_say_what_to_do(
    folder: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picker_module, "scenario_rows", lambda folder, theme: [])

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "objtui new" in host.text()
        await pilot.press("down", "enter")
        assert not host.is_closed

    drive_screen(a_picker(folder, runs), steps)


def test_long_lists_scroll_with_the_cursor(folder: Path, runs: Path) -> None:
    for number in range(20):
        (folder / f"s{number:02}.toml").write_text(MINE)

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "mine.toml" in host.text()
        assert bundled_names()[-1] not in host.text()
        await pilot.press(*["pagedown"] * 3, "up")
        assert bundled_names()[-1] in host.text()
        assert "mine.toml" not in host.text()
        await pilot.press("home")
        assert "mine.toml" in host.text()

    drive_screen(a_picker(folder, runs), steps)


def test_a_double_click_chooses(folder: Path, runs: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.click("#scenarios", offset=(5, 4), times=2)

    assert drive_screen(a_picker(folder, runs), steps).result.value == bundled_names()[1]


def test_it_bears_every_size(folder: Path, runs: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        for width, height in ((10, 4), (1, 1), (200, 60), (80, 24)):
            await pilot.resize_terminal(width, height)
            await settled(pilot)
        assert "mine.toml" in host.text()

    drive_screen(a_picker(folder, runs), steps)


def test_it_is_ascii_on_demand(
    folder: Path, runs: Path, new_run: MakeRun, size: tuple[int, int]
) -> None:
    finish(new_run, runs, "old-1", question="± ?")
    (folder / "größe.toml").write_text(MINE.replace("mine", "meins, für → mich " * 20))

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(pilot, "old-1")
        assert host.text().isascii()
        await pilot.press("tab")
        assert host.text().isascii()
        await pilot.press("/", "ö")
        assert host.text().isascii()

    drive_screen(a_picker(folder, runs, ASCII_THEME), steps, size)
