"""Help: every key under its group, in one column or two."""

from __future__ import annotations

import math
import re

import pytest
from textual.pilot import Pilot

from objtui.measures.spread import Spread
from objtui.ui.charts.axis import Axis
from objtui.ui.charts.numbers import compact
from objtui.ui.key import KeyHelp, help_rows
from objtui.ui.keys import KEYS as DASHBOARD_KEYS
from objtui.ui.screens.help import HelpScreen, help_lines
from objtui.ui.screens.reading import how_to_read
from objtui.ui.theme import Theme
from tests.ui.driving import settled
from tests.ui.screens.screens_host import ASCII_THEME, Host, drive_screen

KEYS = [
    KeyHelp(f"key{number}", f"does thing {number}", group)
    for group, numbers in (
        ("First", range(10)),
        ("Second", range(10, 18)),
        ("Third", range(18, 27)),
    )
    for number in numbers
]


def plain(keys: list[KeyHelp], width: int) -> list[str]:
    return [line.plain for line in help_lines(keys, width, Theme())]


@pytest.mark.parametrize("width", [30, 78, 118, 198])
def test_every_key_stands_there_once_with_its_text(width: int) -> None:
    text = "\n".join(plain(KEYS, width)) + "\n"
    for key in KEYS:
        assert text.count(f"{key.keys} ") == 1
        assert f"{key.text}\n" in text or f"{key.text} " in text
    assert all(len(line) <= width for line in text.splitlines())


def test_groups_are_headings_in_their_order() -> None:
    headings = [line.strip() for line in plain(KEYS, 78) if re.match(r" \S", line)]
    assert headings == ["First", "Second", "Third"]


def test_a_wide_screen_has_two_columns() -> None:
    assert plain(KEYS, 118)[0].split() == ["First", "Second"]
    assert len(plain(KEYS, 118)) < len(plain(KEYS, 78)) * 0.75


def test_a_long_text_goes_on_in_the_next_line() -> None:
    lines = plain([KeyHelp("k", "many words " * 10, "Group")], 40)
    assert len(lines) > 3
    assert all(
        line.startswith("      many") or line.startswith("      words") for line in lines[2:]
    )


def test_no_keys_give_no_lines() -> None:
    assert help_lines([], 78, Theme()) == []


def test_it_scrolls_to_the_last_key_and_back() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "key0" in host.text()
        assert "key26" not in host.text()
        await pilot.press("down")
        assert "First" not in host.text()
        await pilot.press("end")
        assert "key26" in host.text()
        await pilot.press("pageup", "home")
        assert "First" in host.text()
        await pilot.press("pagedown")
        assert "First" not in host.text()

    drive_screen(HelpScreen(KEYS, Theme()), steps)


@pytest.mark.parametrize("key", ["escape", "question_mark", "q"])
def test_it_closes(key: str, size: tuple[int, int]) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("x", key)

    assert drive_screen(HelpScreen(KEYS, Theme()), steps, size).is_closed


def test_it_fits_anew_when_the_terminal_changes() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("end")
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        assert "First" in host.text()
        assert "key26" in host.text()

    drive_screen(HelpScreen(KEYS, Theme()), steps)


def test_it_is_ascii_on_demand(size: tuple[int, int]) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert host.text().isascii()

    drive_screen(HelpScreen([KeyHelp("←", "back → there", "Gruppe Ü")], ASCII_THEME), steps, size)


def test_the_dashboards_own_help_is_plain_ascii_and_names_every_group() -> None:
    rows = help_rows(DASHBOARD_KEYS)
    assert all((row.keys + row.text).isascii() for row in rows)
    groups = {"Training", "Heads", "Time", "Axes", "Curves and scores"}
    groups |= {"Views", "Panels", "Screens"}
    assert {row.group for row in rows} == groups


def test_tab_turns_to_how_to_read_it_and_back(size: tuple[int, int]) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "tab how to read this" in host.text()
        await pilot.press("end", "tab")
        text = host.text()
        for word in (
            "how to read this",
            "the logit",
            "±4.6",
            "sat + −",
            ".0188±2",
            "tab words and scores",
        ):
            assert word in text
        await pilot.press("tab")
        text = host.text()
        for word in ("objectness", "how likely it is", "tab keys"):
            assert word in text
        await pilot.press("tab")
        assert "key0" in host.text()

    drive_screen(HelpScreen(KEYS, Theme()), steps, size)


def test_how_to_read_it_fits_a_small_screen_without_scrolling() -> None:
    for theme in (Theme(), ASCII_THEME):
        assert len(help_lines(how_to_read(theme), 78, theme)) <= 21
    assert all((row.keys + row.text).isascii() for row in how_to_read(ASCII_THEME))


def test_what_it_says_of_marks_and_numbers_is_so() -> None:
    said = {row.keys: row.text for row in how_to_read(Theme())}
    axis = Axis.of((-20.0, 20.0), 60, False, "float32")
    assert [label for _, label in axis.marks()] == ["-4.6", "4.6", "16.6"]
    assert {"±4.6", "16.6"} <= set(said)
    assert round(1 / (1 + math.exp(4.6)), 2) == 0.01
    assert "p < .01 or p > .99" in said["±4.6"]
    assert compact(Spread(0.0188, 0.0002), 9, Theme()) == ".0188±2"
    assert ".0188 ± .0002" in said[".0188±2"]
