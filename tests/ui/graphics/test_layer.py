"""Which pictures are written to a terminal, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from objtui.measures.pictures import Outcome
from objtui.ui.graphics.graphic import Graphic
from objtui.ui.graphics.layer import BYTES_S, MAX_WAITING_BYTES, PixelLayer
from tests.ui.pixel_terminal import PixelTerminal

ANSWERS = {
    "kitty": ("\x1b_Gi=31;OK\x1b\\", "\x1b[6;20;10t", "\x1b[?62c"),
    "sixel": ("\x1b[6;20;10t", "\x1b[?62;4c"),
}
COLUMNS, ROWS = 60, 24


@dataclass
class Written:
    """A terminal, and a clock."""

    text: str = ""
    waiting_bytes: int = 0
    cell: tuple[int, int] | None = None
    now: float = 0.0

    def write(self, data: str) -> None:
        self.text += data

    def taken(self) -> str:
        """What has been written since the last time."""
        text, self.text = self.text, ""
        return text


@pytest.fixture(params=ANSWERS)
def opened(request: pytest.FixtureRequest) -> tuple[PixelLayer, Written, PixelTerminal]:
    """A layer whose terminal has answered, and the terminal."""
    written = Written()
    layer = PixelLayer({"TERM": "xterm"}, 7, lambda: written.now)
    layer.begin(written)
    assert layer.cell is None
    assert [layer.answered(text) for text in ANSWERS[request.param]][-1] or layer.cell
    return layer, written, PixelTerminal(COLUMNS, ROWS).feed(written.taken())


def a_graphic(box: tuple[float, float, float, float] = (8, 8, 16, 16), level: int = 200) -> Graphic:
    """A light square on black, and a hit."""
    pixels = np.zeros((32, 64, 1), np.uint8)
    pixels[8:24, 8:24] = level
    return Graphic(1, 1, 8, 32, pixels, (64, 32), (Outcome("hit", box, 3.0),), ("3.0",))


def area(terminal: PixelTerminal) -> tuple[int, int, int, int]:
    """First and last row and column of cells with pixels."""
    rows, columns = np.nonzero(terminal.pixels[..., 3])
    if not len(rows):
        return 0, 0, 0, 0
    return rows.min() // 20, rows.max() // 20, columns.min() // 10, columns.max() // 10


Opened = tuple[PixelLayer, Written, PixelTerminal]


def test_a_picture_is_seen_in_its_cells_with_its_boxes(opened: Opened) -> None:
    layer, written, terminal = opened
    layer.put("a", a_graphic(), 4, 2)
    layer.flush()
    terminal.feed(written.taken())
    assert area(terminal) == (3, 10, 5, 36)
    pixels = terminal.pixels[60:220, 50:370, :3].astype(int)
    assert (pixels[:30, :30] < 8).all()
    inside = pixels[60:110, 60:110]
    assert abs(inside - 0.6 * 255).max() < 8
    edge = pixels[40:120, 119]
    assert (abs(edge - (0, 205, 205)) < 4).all()


def test_what_has_not_changed_is_not_written_again(opened: Opened) -> None:
    layer, written, _ = opened
    graphic = a_graphic()
    missed = [(Outcome("missed", (40, 8, 10, 10), float("nan")),) for _ in range(2)]
    layer.put("a", replace(graphic, outcomes=missed[0], numbers=("",)), 4, 2)
    layer.flush()
    written.taken()
    layer.put("a", replace(graphic, outcomes=missed[1], numbers=("",)), 4, 2)
    layer.flush()
    assert written.taken() == ""


def test_a_changed_box_costs_less_than_the_picture_and_ends_the_same(opened: Opened) -> None:
    layer, written, terminal = opened
    graphic = a_graphic()
    rng = np.random.default_rng(0)
    graphic = replace(graphic, pixels=rng.integers(0, 255, (128, 256, 1), np.uint8))
    layer.put("a", graphic, 4, 2)
    layer.flush()
    whole = written.taken()
    moved = replace(graphic, outcomes=(Outcome("missed", (40, 8, 10, 10), 1.0),))
    layer.put("a", moved, 4, 2)
    layer.flush()
    change = written.taken()
    assert len(change) < 0.7 * len(whole)
    terminal.feed(whole + change)
    layer.begin_anew()
    layer.flush()
    again = PixelTerminal(COLUMNS, ROWS).feed(written.taken())
    assert (terminal.pixels == again.pixels).all()


def test_text_painted_over_a_picture_does_not_stay_there(opened: Opened) -> None:
    layer, written, terminal = opened
    layer.put("a", a_graphic(), 4, 2)
    layer.flush()
    terminal.feed(written.taken())
    before = terminal.pixels
    terminal.feed("\x1b[6;1H" + "x" * 30)
    layer.painted([(5, 0, 30)])
    layer.flush()
    assert (terminal.feed(written.taken()).pixels == before).all()


def test_a_picture_is_gone_with_its_panel_or_under_another_screen(opened: Opened) -> None:
    layer, written, terminal = opened
    ways = layer.begin_anew, lambda: layer.put("a", None, 0, 0), lambda: layer.keep(())
    for leave in ways:
        layer.put("a", a_graphic(), 4, 2)
        layer.flush()
        assert area(terminal.feed(written.taken())) == (3, 10, 5, 36)
        leave()
        terminal.feed(written.taken())
        if leave == layer.begin_anew:
            assert not terminal.sent
            terminal.feed("\x1b[1;1H" + " " * COLUMNS * ROWS)  # the screen that is left
        assert area(terminal) == (0, 0, 0, 0)


def test_a_picture_goes_under_another_screen_once_the_terminal_takes_it(opened: Opened) -> None:
    layer, written, terminal = opened
    layer.put("a", a_graphic(), 4, 2)
    layer.flush()
    assert area(terminal.feed(written.taken())) == (3, 10, 5, 36)
    written.waiting_bytes = MAX_WAITING_BYTES
    layer.covered = True
    layer.put("a", None, 0, 0)
    terminal.feed(written.taken())
    written.waiting_bytes = 0
    layer.flush()
    terminal.feed(written.taken())
    assert area(terminal) == (0, 0, 0, 0)


def test_a_moved_picture_leaves_nothing_where_it_was(opened: Opened) -> None:
    layer, written, terminal = opened
    layer.put("a", a_graphic(), 4, 2)
    layer.flush()
    layer.put("a", a_graphic(level=100), 20, 10)
    layer.flush()
    assert area(terminal.feed(written.taken())) == (11, 18, 21, 52)


def test_a_training_waits_for_its_turn_and_a_key_does_not(opened: Opened) -> None:
    layer, written, _ = opened
    sent, layer.live = 0, True
    for number in range(100):
        written.now += 0.25
        box = float(number % 30), 8.0, 16.0, 16.0
        if not layer.waits:
            layer.put("a", a_graphic(box), 4, 2)
        layer.flush()
        sent += len(written.taken())
    assert 0 < sent <= BYTES_S * 25 + 20_000
    layer.live = False
    layer.put("a", a_graphic((30, 10, 10, 10)), 4, 2)
    layer.flush()
    assert written.taken()


def test_a_terminal_that_takes_nothing_gets_no_more(opened: Opened) -> None:
    layer, written, terminal = opened
    written.waiting_bytes = MAX_WAITING_BYTES
    layer.put("a", a_graphic(), 4, 2)
    layer.flush()
    assert written.taken() == ""
    written.waiting_bytes = 0
    layer.flush()
    assert area(terminal.feed(written.taken())) == (3, 10, 5, 36)


def test_answers_that_come_late_are_none() -> None:
    written = Written()
    layer = PixelLayer({"TERM": "xterm"}, 7, lambda: written.now)
    assert not layer.answered(ANSWERS["kitty"][0])
    layer.begin(written)
    written.now += 60
    assert not layer.answered(ANSWERS["kitty"][0])
    assert layer.cell is None


def test_after_a_resize_the_terminal_is_asked_for_the_size_of_its_cells(opened: Opened) -> None:
    layer, written, _ = opened
    layer.put("a", a_graphic(), 4, 2)
    layer.flush()
    written.taken()
    written.now += 60
    layer.resized()
    assert written.taken().endswith("\x1b[16t")
    assert layer.answered("\x1b[6;40;20t")
    assert layer.cell == (20, 40)
    layer.flush()
    assert written.taken() == ""  # until a panel is drawn in its new place
