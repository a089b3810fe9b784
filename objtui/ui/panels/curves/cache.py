"""The curve panel as it was drawn last: it costs more than all others, so it is drawn seldom."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.text import Text

from objtui.runs.history import HeadHistory
from objtui.ui.panels.curves.panel import CurvePlot, cursor_places, curve_plot, with_cursor
from objtui.ui.panels.scene import Scene

MIN_S = 0.5
"""Least time between two drawings, where nothing but frames is new."""

MAX_SHARE = 0.04
"""Share of the time that drawing curves should take: where it takes long, it is rarer."""

MAX_S = 1.0
"""Longest time between two drawings all the same: curves that lag behind say what is not so."""


class CurvePanel:
    """The curve panel of a dashboard, drawn anew only where what it shows has changed.

    Another choice or size, the end of the run and that of reading it in are drawn at once, new
    frames at most every `MIN_S`, or as seldom as `MAX_SHARE` asks within `MAX_S`. The cursor
    lies over what was drawn and costs nothing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds from any start."""
        self._clock = clock
        self._view: tuple[object, ...] = ()
        self._history: HeadHistory | None = None
        self._frames = 0
        self._drawn_at = 0.0
        self._least_s = MIN_S
        self._plot = CurvePlot([])
        self._lines: list[Text] = []
        self._places: list[float] = []
        self._behind = False

    def __call__(self, scene: Scene, head: int, width: int, height: int) -> list[Text]:
        """`curve_panel`, or what it gave before."""
        history, state, theme = scene.history, scene.state, scene.theme
        axes = (state.log_value, state.log_step, state.wall_time)
        chosen = (state.shown, state.score, state.smoothing, axes)
        view = (chosen, theme, width, height, history.header.run, history.ended, scene.reading)
        now = self._clock()
        changed = view != self._view or history is not self._history
        frames = history.taken + history.losses_taken + history.numbers_taken
        newer = frames != self._frames
        drawn = False
        if changed or (newer and now - self._drawn_at >= self._least_s):
            self._view, self._frames, self._drawn_at = view, frames, now
            self._history = history
            self._plot = curve_plot(scene, width, height)
            self._least_s = min(max(MIN_S, (self._clock() - now) / MAX_SHARE), MAX_S)
            newer = False
            drawn = True
        self._behind = newer
        places = cursor_places(history, state)
        if drawn or places != self._places:
            self._places = places
            self._lines = with_cursor(self._plot, places, theme)
        return self._lines

    @property
    def is_due(self) -> bool:
        """Whether what was given last lacks frames, and may be drawn again by now."""
        return self._behind and self._clock() - self._drawn_at >= self._least_s
