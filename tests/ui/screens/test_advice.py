"""The advice on a screen of its own: by level and head, in glyphs of the terminal."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from objtui.advice.advise import advise
from objtui.ui.screens.advice import AdviceScreen, advice_lines
from objtui.ui.theme import Theme
from tests.advice.cases import a_run, honest
from tests.runs_for_tests import a_status
from tests.ui.screens.screens_host import ASCII_THEME, Host, drive_screen

Z, POSITIVE = honest()
RUN = a_run({"bce": {100: 4 * Z}, "mse": {100: 4.5 * Z}}, POSITIVE)


def screen(theme: Theme) -> AdviceScreen:
    return AdviceScreen(RUN, a_status(), advise(RUN), theme)


def test_it_begins_with_what_needs_mending_and_scrolls_to_the_rest() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        text = host.text()
        assert "what to do about a-run at step 100" in text
        assert "bce is overconfident" in text
        assert "objtui run memorised-noise" in text
        await pilot.press("end")
        assert "saturated" in host.text()

    drive_screen(screen(Theme()), steps)


@pytest.mark.parametrize("key", ["escape", "a", "q"])
def test_it_closes(key: str, size: tuple[int, int]) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("x", key)

    assert drive_screen(screen(Theme()), steps, size).is_closed


@pytest.mark.parametrize("width", [58, 80, 118])
def test_lines_fit_and_are_ascii_where_the_terminal_is(width: int) -> None:
    lines = advice_lines(RUN, a_status(), advise(RUN), ASCII_THEME, width)
    assert max(line.cell_len for line in lines) <= width
    assert all(line.plain.isascii() for line in lines)
