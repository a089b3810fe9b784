"""The dashboard's first picture: its frames where they will be, before anything in them is known.

It is laid out as the panels are, and needs none of them: it can be painted before they, or Textual,
are imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from objtui.ui.charts.focus_frame import in_focus
from objtui.ui.dashboard import layout as layouts
from objtui.ui.dashboard.first_line import first_line
from objtui.ui.dashboard.footer_line import footer_line
from objtui.ui.dashboard.footer_notes import too_small
from objtui.ui.dashboard.in_sight import (
    has_ridges,
    heads_out_of_sight,
    row_widths,
    rows_in_sight,
)
from objtui.ui.dashboard.layout import PanelId, focus_order, panels_at
from objtui.ui.dashboard.waiting_panel import waiting_panel
from objtui.ui.key import footer_hints
from objtui.ui.keys import KEYS
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState

if TYPE_CHECKING:
    from objtui.runfile.records import RunHeader

STARTING = "starting"
"""Stands at the top until there is a run."""


@dataclass(frozen=True, slots=True)
class FirstPicture:
    """What is known of a dashboard before it has read anything.

    Attributes:
        title: the title of its runs.
        theme: glyphs and colours.
        header: of the run, or of several as one, where there is one.
        trains: whether keys can command its training.
        doing: what is done before there is more to be seen.
    """

    title: str
    theme: Theme
    header: RunHeader | None = None
    trains: bool = False
    doing: str = STARTING

    def lines(self, width: int, height: int) -> list[Text]:
        """The whole screen, of any size: `height` lines of at most `width` cells."""
        state = self._state()
        top = [first_line(self.title, width, self.doing)]
        fits = width >= layouts.MIN_WIDTH and height >= layouts.MIN_HEIGHT
        note = "" if fits else too_small(width, height)
        bottom = [footer_line(self._hints(state, width), note, width)]
        body = self._panels(state, width, height) if fits else []
        lines = [*top, *body, *bottom]
        return [*lines, *[Text()] * (height - len(lines))][:height]

    def _state(self) -> ViewState:
        if self.header is None:
            return ViewState(heads=1)
        return ViewState.opened(len(self.header.heads), self.header.score_names)

    def _hints(self, state: ViewState, width: int) -> list[tuple[str, str]]:
        hidden = heads_out_of_sight(state, width)
        return footer_hints(KEYS, training=self.trains, out_of_sight=hidden)

    def _panels(self, state: ViewState, width: int, height: int) -> list[Text]:
        """The panels row by row, without the notice that a run which ended badly may have."""
        own = [panel.rows(self.header) if self.header else 0 for panel in panels_at("own")]
        ridges = len(state.shown) if has_ridges(state, width) else 0
        room = layouts.layout(width, height, state.heads, own, ridges=ridges)
        focused = focus_order(state, self.header)[0]
        lines = []
        for row in rows_in_sight(state, room, width):
            panels = [
                self._panel(which, columns, row.height, focused=which == focused)
                for which, columns in zip(row.panels, row_widths(row, room, width), strict=True)
            ]
            lines += [Text.assemble(*pieces) for pieces in zip(*panels, strict=True)]
        return lines

    def _panel(self, which: PanelId, width: int, height: int, *, focused: bool) -> list[Text]:
        lines = waiting_panel(which, self.header, width, height, self.theme)
        return in_focus(lines, self.theme) if focused else lines
