"""The frame of a diagram: numbers beside and below it, and what stands on its axis."""

from __future__ import annotations

import pytest
from rich.text import Text

from objtui.ui.charts.plot_frame import (
    PlotFrame,
    beside,
    canvas_rows,
    message_panel,
    row_labels,
    shares,
    with_parts,
)
from objtui.ui.charts.scale import step_scale, value_scale
from tests.ui.panels.panel_cases import ASCII, BLOCK, check_form, plain

UNIT = value_scale(0.0, 1.0, False, 3)


def framed_lines(theme=ASCII, width=40, height=10, scale=UNIT, marks=()):
    rows = canvas_rows(height)
    frame = PlotFrame.of(row_labels(UNIT, rows, theme), theme, width, height, gutter=3)
    canvas = [Text("x" * frame.cells) for _ in range(rows)]
    return frame.panel(Text("title"), canvas, scale, marks)


@pytest.mark.parametrize("height", [3, 4, 5, 10])
@pytest.mark.parametrize("theme", [ASCII, BLOCK])
def test_it_is_filled_exactly(theme, height):
    lines = framed_lines(theme, height=height)
    check_form(lines, theme, 40, height)
    assert plain(lines).count("x") == (40 - 6) * canvas_rows(height)


def test_numbers_stand_at_their_ticks():
    lines = framed_lines()
    assert lines[1].plain.startswith("|1.0+")
    assert lines[-3].plain.startswith("|  0+")
    tick = lines[-2].plain.index("+", 10)
    assert lines[-1].plain[tick - 1 : tick + 1] == ".5"


def test_steps_are_written_with_their_thousands_apart():
    assert " 1 000 " in framed_lines(scale=step_scale(2000, 2000, False, 3), width=60)[-1].plain


def test_marks_stand_on_the_axis_in_front_of_ticks():
    axis = framed_lines(marks=[(0.0, "^", "bold"), (1.0, "o", "")])[-2]
    assert axis.plain.strip("| ").startswith("+^")
    assert axis.plain.endswith("o|")


def test_a_title_has_as_many_parts_as_there_is_room_for():
    title = with_parts(Text("bce"), [("diverged", ""), ("too long", ""), ("", "")], 16, ASCII)
    assert title.plain == "bce -- diverged"


def test_panels_side_by_side_share_the_width():
    parts = shares(41, 2)
    assert sum(parts) == 41
    panels = [message_panel(Text("a"), "nothing", BLOCK, part, 5) for part in parts]
    lines = beside(panels)
    check_form(lines, BLOCK, 41, 5)
    assert plain(lines).count("nothing") == 2


def test_a_logarithmic_axis_has_the_number_of_its_end() -> None:
    scale = step_scale(1500, 2000, True, 4)
    lines = framed_lines(width=60, scale=scale)
    assert lines[-1].plain.endswith(" 2 000 +")
    assert lines[-2].plain.endswith("+|")  # and a tick
    wide = framed_lines(width=160, scale=scale)[-1].plain
    assert all(f" {number} " in wide for number in ("1", "10", "100", "1 000", "2 000"))
    assert wide.index("1 000") < wide.index("2 000")
