"""The frame of the panel in focus: told from the others without colour, and else the same."""

from __future__ import annotations

import pytest
from rich.text import Text

from objtui.ui.charts.focus_frame import in_focus
from objtui.ui.charts.frame import framed
from objtui.ui.theme import Theme

ASCII, BRAILLE = Theme("ascii", colours=False), Theme("braille")


@pytest.mark.parametrize(("theme", "heavy"), [(ASCII, "#="), (BRAILLE, "┏┓┗┛┃━")])
def test_it_is_seen_without_colour_and_keeps_words_and_signs(theme: Theme, heavy: str) -> None:
    plain = framed(Text("sat -.94 -- 2"), [Text("| -20 --- +")], 30, 4, theme)
    focused = in_focus(plain, theme)
    assert [line.cell_len for line in focused] == [30] * 4
    assert set(heavy) <= set("".join(line.plain for line in focused))
    assert set(heavy).isdisjoint("".join(line.plain for line in plain))
    assert "sat -.94 -- 2" in focused[0].plain
    assert "| -20 --- +" in focused[1].plain
    assert all("bold" in str(line.spans[-1].style) for line in focused)


def test_a_panel_without_room_for_a_frame_stays_as_it_is() -> None:
    assert in_focus([Text("x")], BRAILLE) == [Text("x")]
