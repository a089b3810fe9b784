"""The advice on a screen of its own: by level and head, in glyphs of the terminal."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from objtui.advice.advise import advise
from objtui.ui.screens.advice import AdviceScreen, RunAdvice, advice_lines, advice_of_runs
from objtui.ui.theme import Theme
from tests.advice.cases import a_run, honest
from tests.runs_for_tests import a_status
from tests.ui.screens.screens_host import ASCII_THEME, Host, drive_screen

Z, POSITIVE = honest()
RUN = a_run({"bce": {100: 4 * Z}, "mse": {100: 4.5 * Z}}, POSITIVE)


def screen(theme: Theme) -> AdviceScreen:
    return AdviceScreen([RunAdvice(RUN.header.run, RUN, a_status(), advise(RUN))], theme)


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


def test_of_several_runs_each_has_its_advice_under_its_name_in_their_order() -> None:
    other = a_run({"focal": {100: 4 * Z}}, POSITIVE)
    status = a_status()
    runs = [
        RunAdvice("second", other, status, advise(other)),
        RunAdvice("empty", None, status, ()),
        RunAdvice("first", RUN, status, advise(RUN)),
    ]
    lines = [line.plain for line in advice_of_runs(runs, ASCII_THEME, 80)]
    headings = [line.split()[1] for line in lines if line.startswith(" -- ")]
    assert headings == ["second", "empty", "first"]
    assert max(map(len, lines)) <= 80
    at = [next(i for i, line in enumerate(lines) if f" -- {name} " in line) for name in headings]
    said = ["\n".join(lines[first:last]) for first, last in zip(at, [*at[1:], None], strict=True)]
    assert "focal is overconfident" in said[0]
    assert "nothing is recorded yet" in said[1]
    assert "bce is overconfident" in said[2]
    assert "focal" not in said[2]
