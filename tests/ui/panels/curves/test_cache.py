"""When the curve panel is drawn anew, by a clock of the test's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from objtui.ui.panels.curves import cache as curve_cache
from objtui.ui.panels.curves.cache import MAX_S, MIN_S, CurvePanel
from objtui.ui.panels.curves.panel import curve_panel, curve_plot
from objtui.ui.view_state import ViewState
from tests.runs_for_tests import a_frame, a_history
from tests.ui.panels.panel_cases import ASCII, BRAILLE, a_scene, plain

VALUES = {step: [[1 / (1 + step)] * 2, [2 / (1 + step)] * 2] for step in range(0, 1001, 50)}


class Watched:
    """A panel on a run that grows, with a clock that a test sets and a count of drawings."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.drawings = 100.0, 0
        self.history, self.state = a_history(VALUES), ViewState(2)
        self.panel = CurvePanel(clock=lambda: self.now)
        monkeypatch.setattr(curve_cache, "curve_plot", self._draw)

    def _draw(self, *shown):
        self.drawings += 1
        return curve_plot(*shown)

    def scene(self, theme=BRAILLE, **reading):
        return replace(a_scene(self.history, theme, **reading), state=self.state)

    def lines(self, theme=BRAILLE, width=60, height=14, **reading):
        return self.panel(self.scene(theme, **reading), 0, width, height)

    def grow(self) -> None:
        last = self.history.last
        assert last is not None
        self.history.add(a_frame(last.step + 50))


@pytest.fixture
def watched(monkeypatch) -> Watched:
    return Watched(monkeypatch)


def test_unchanged_data_is_never_drawn_again(watched):
    first = watched.lines()
    watched.state = replace(watched.state, overlay=True)  # a choice that curves do not know
    watched.now += 1000
    assert watched.lines() is first
    assert watched.drawings == 1
    assert not watched.panel.is_due


def test_frames_that_stream_in_are_drawn_at_most_twice_a_second(watched):
    watched.lines()
    for _ in range(80):
        watched.now += 0.125
        watched.grow()
        watched.lines()
    assert watched.drawings == 1 + 10 * 2


def test_the_last_frames_are_due_when_the_time_has_passed(watched):
    watched.lines()
    watched.grow()
    before = watched.lines()
    watched.now += MIN_S / 2
    assert not watched.panel.is_due
    watched.now += MIN_S / 2
    assert watched.panel.is_due
    after = watched.lines()
    assert plain(after) == plain(curve_panel(watched.scene(), 0, 60, 14))
    assert plain(after) != plain(before)
    assert not watched.panel.is_due


@pytest.mark.parametrize(
    "choice",
    [
        {"score": "ap"},
        {"smoothing": 0.6},
        {"log_value": True},
        {"log_step": True},
        {"hidden": frozenset({1})},
    ],
    ids=str,
)
def test_a_choice_is_drawn_at_once_with_all_that_is_known(watched, choice):
    watched.lines()
    watched.grow()
    watched.state = replace(watched.state, **choice)
    shown = watched.lines()
    assert watched.drawings == 2
    assert plain(shown) == plain(curve_panel(watched.scene(), 0, 60, 14))
    assert not watched.panel.is_due


def test_another_size_or_look_is_drawn_at_once(watched):
    watched.lines()
    assert len(watched.lines(height=20)) == 20
    assert watched.lines(width=80)[0].cell_len == 80
    assert plain(watched.lines(ASCII)).isascii()
    assert watched.drawings == 4


def test_the_end_of_a_run_is_drawn_at_once(watched):
    watched.lines()
    watched.grow()
    watched.history.status = replace(watched.history.status, state="finished")
    watched.lines()
    assert watched.drawings == 2


def test_a_run_that_has_been_read_in_is_drawn_at_once(watched):
    watched.lines(reading=True)
    watched.grow()
    watched.lines(reading=True)
    assert watched.drawings == 1
    watched.lines(reading=False)
    assert watched.drawings == 2


def test_however_long_a_drawing_takes_the_next_is_at_most_a_second_later(watched, monkeypatch):
    def slowly(*shown):  # the first one imports the library that draws
        watched.now += 3.0
        return curve_plot(*shown)

    monkeypatch.setattr(curve_cache, "curve_plot", slowly)
    before = watched.lines()
    watched.grow()
    watched.now += MAX_S
    watched.lines()  # of which the panel knows that there is more
    assert plain(watched.lines()) != plain(before)
    watched.grow()
    watched.now += MAX_S
    assert plain(watched.lines()) == plain(curve_panel(watched.scene(), 0, 60, 14))
