"""What differs between compared runs, on a screen of its own."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from objtui.runs.differing import DifferingKey
from objtui.ui.screens.differing import NOTHING, DifferingScreen, differing_lines
from objtui.ui.theme import Theme
from tests.ui.screens.screens_host import ASCII_THEME, Host, drive_screen

DIFFERING = [
    DifferingKey("data.train.images", ("data/nuclei", "data/tête " * 20)),
    DifferingKey("train.lr", ("0.001", "0.01")),
]


def test_every_key_has_the_value_of_every_run() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        text = host.text()
        assert "what differs between 2 runs" in text
        assert text.index("data.train.images") < text.index("train.lr")
        assert "nuclei-1  0.001" in text
        assert "nuclei-2  0.01" in text

    drive_screen(DifferingScreen(["nuclei-1", "nuclei-2"], DIFFERING, Theme()), steps)


@pytest.mark.parametrize("key", ["escape", "D", "q"])
def test_it_closes(key: str, size: tuple[int, int]) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("x", key)

    assert drive_screen(DifferingScreen(["a", "b"], [], Theme()), steps, size).is_closed


@pytest.mark.parametrize("width", [20, 58, 118])
def test_lines_fit_and_are_ascii_where_the_terminal_is(width: int) -> None:
    lines = differing_lines(["a" * 40, "b"], DIFFERING, ASCII_THEME, width)
    assert max(line.cell_len for line in lines) <= width
    assert all(line.plain.isascii() for line in lines)
    assert NOTHING in differing_lines(["a", "b"], [], ASCII_THEME, width)[1].plain
