"""The command palette: what matches, and which command is chosen."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from objtui.ui.key import KeyHelp
from objtui.ui.screens.palette import PaletteScreen, matching
from objtui.ui.theme import Theme
from tests.ui.screens.screens_host import ASCII_THEME, Host, drive_screen

COMMANDS = [KeyHelp(f"k{number}", f"does thing {number}", "Group") for number in range(30)]


def test_every_word_must_match_and_those_that_begin_with_it_come_first() -> None:
    commands = [
        KeyHelp("a", "show the log", "Screens"),
        KeyHelp("b", "log axis", "Axes"),
        KeyHelp("c", "other", "Axes"),
    ]
    assert matching(commands, "LOG") == [1, 0]
    assert matching(commands, "log screens") == [0]
    assert matching(commands, "") == [0, 1, 2]
    assert matching(commands, "zzz") == []


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (("down", "down", "enter"), 2),
        (("pagedown", "pagedown", "pagedown", "up", "enter"), 28),
        ((*"thing 17", "enter"), 17),
        (("escape",), None),
    ],
)
def test_keys_choose(keys: tuple[str, ...], chosen: int | None) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)

    host = drive_screen(PaletteScreen(COMMANDS, Theme()), steps)
    assert host.is_closed
    assert host.result == chosen


def test_it_says_that_nothing_matches_and_is_ascii_on_demand() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "Search for commands" in host.text()
        await pilot.press(*"zzz", "enter")
        assert "No matches" in host.text()
        assert host.text().isascii()
        assert not host.is_closed

    drive_screen(PaletteScreen(COMMANDS, ASCII_THEME), steps)


def test_a_click_chooses() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.click("#commands", offset=(4, 3))

    assert drive_screen(PaletteScreen(COMMANDS, Theme()), steps).result == 3
