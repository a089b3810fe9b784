"""The log: the last lines, followed, safe for the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot

from objtui.errors import RunFileError
from objtui.ui.screens import log as log_module
from objtui.ui.screens.log import MAX_LINES, LogScreen, broken, log_lines
from objtui.ui.theme import Theme
from tests.ui.driving import settled, shows
from tests.ui.screens.screens_host import ASCII_THEME, Host, drive_screen


@pytest.fixture(autouse=True)
def refresh_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "REFRESH_S", 0.02)


def numbered(count: int) -> str:
    return "".join(f"line {number}.\n" for number in range(count))


def test_it_shows_the_end_and_follows_it() -> None:
    log = [numbered(100)]

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "line 99." in host.text()
        assert "of 100 lines" in host.text()
        log[0] += "and more\n"
        await shows(pilot, "and more")

    drive_screen(LogScreen(lambda: log[0], "log of a-run", Theme()), steps)


def test_it_stays_where_a_person_has_scrolled_until_the_end_is_asked_for() -> None:
    log = [numbered(100)]

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("home")
        assert "line 0." in host.text()
        log[0] = numbered(200)
        await shows(pilot, "of 200 lines")
        assert "line 0." in host.text()
        await pilot.press("end")
        log[0] = numbered(300)
        await shows(pilot, "line 299.")

    drive_screen(LogScreen(lambda: log[0], "log of a-run", Theme()), steps)


def test_keys_scroll_by_line_and_page() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        for keys, first in (
            (["home"], 0),
            (["down"], 1),
            (["j"], 2),
            (["pagedown"], 23),
            (["up"], 22),
            (["k"], 21),
            (["pageup"], 0),
        ):
            await pilot.press(*keys)
            assert f"line {first}." in host.rows()[1]

    drive_screen(LogScreen(lambda: numbered(100), "log of a-run", Theme()), steps)


@pytest.mark.parametrize("key", ["escape", "l", "q"])
def test_it_closes(key: str, size: tuple[int, int]) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("x", key)

    assert drive_screen(LogScreen(lambda: "text", "log", Theme()), steps, size).is_closed


def test_only_the_last_lines_are_kept() -> None:
    lines = log_lines(numbered(MAX_LINES + 50), Theme())
    assert (len(lines), lines[0], lines[-1]) == (2000, "line 50.", "line 2049.")


def test_an_empty_log_says_so() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "The log is empty" in host.text()

    drive_screen(LogScreen(lambda: "", "log of a-run", Theme()), steps)


def test_a_log_that_cannot_be_read_says_why() -> None:
    def read() -> str:
        raise RunFileError("a.objtui: damaged")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "a.objtui: damaged" in host.text()

    drive_screen(LogScreen(read, "log of a-run", Theme()), steps)


def test_a_long_line_is_broken_and_none_of_it_lost() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert sum(row.count("x") for row in host.rows()[1:5]) == 200
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        assert host.rows()[1].count("x") == 118

    drive_screen(LogScreen(lambda: "x" * 200, "log", Theme()), steps)


@given(st.text())
def test_nothing_in_a_log_steers_the_terminal(text: str) -> None:
    assert all(line.isprintable() for line in log_lines(text, Theme()))
    assert all(line.isascii() for line in log_lines(text, ASCII_THEME))


@given(st.text(min_size=1), st.integers(2, 20))
def test_broken_lines_fit(text: str, width: int) -> None:
    pieces = log_module.broken(log_lines(text, Theme()), width)
    assert all(cell_len(piece.plain) <= width for piece in pieces)


def test_it_is_ascii_on_demand(size: tuple[int, int]) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "?" in host.text()
        assert host.text().isascii()

    drive_screen(LogScreen(lambda: "5 ± 1\x1b[31m", "log of ü", ASCII_THEME), steps, size)


def test_lines_are_broken_between_words_and_go_on_below_the_first() -> None:
    lines = broken(["  a longer line", "short", "abcdefghijkl m", ""], 10)
    expected = ["  a longer", "  line", "short", "abcdefghij", "kl m", ""]
    assert [line.plain for line in lines] == expected
