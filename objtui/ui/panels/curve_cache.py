"""The curve panel as it was drawn last: it costs more than all others, so it is drawn seldom."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.text import Text

from objtui.runfile.records import ENDED
from objtui.ui.look import Look
from objtui.ui.panels.curves import curve_panel
from objtui.ui.run_history import RunHistory
from objtui.ui.view_state import ViewState

LEAST_S = 0.5
"""Least time between two drawings, where nothing but frames is new."""


class CurvePanel:
    """The curve panel of one run, drawn anew only where what it shows has changed.

    Another choice or size, the end of the run and that of reading it in are drawn at once, new
    frames at most every `LEAST_S`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds from any start."""
        self._clock = clock
        self._asked: tuple[object, ...] = ()
        self._frames = 0
        self._drawn_at = 0.0
        self._lines: list[Text] = []
        self._behind = False

    def lines(
        self,
        history: RunHistory,
        state: ViewState,
        look: Look,
        width: int,
        height: int,
        *,
        reading: bool = False,
    ) -> list[Text]:
        """`curve_panel`, or what it gave before.

        Args:
            reading: whether more frames are known to be in the run file.
        """
        chosen = (state.shown, state.score, state.smoothing, state.log_value, state.log_step)
        ended = history.status.state in ENDED
        asked = (chosen, look, width, height, history.header.run, ended, reading)
        now = self._clock()
        changed = asked != self._asked
        newer = history.taken != self._frames
        if changed or (newer and now - self._drawn_at >= LEAST_S):
            self._asked, self._frames, self._drawn_at = asked, history.taken, now
            self._lines = curve_panel(history, state, look, width, height)
            newer = False
        self._behind = newer
        return self._lines

    @property
    def is_due(self) -> bool:
        """Whether what was given last lacks frames, and may be drawn again by now."""
        return self._behind and self._clock() - self._drawn_at >= LEAST_S
