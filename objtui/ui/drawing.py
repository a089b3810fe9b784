"""Which panel function draws which panel, and what they share."""

from __future__ import annotations

from rich.text import Text

from objtui.ui.line_panel import framed
from objtui.ui.look import FAINT, STRONG, Look
from objtui.ui.panels.axis import AxisRange
from objtui.ui.panels.claims import claims_panel
from objtui.ui.panels.curves import CurvePanel
from objtui.ui.panels.header import header_line
from objtui.ui.panels.histogram import (
    common_tops,
    difference_histogram,
    head_histogram,
    overlay_histogram,
)
from objtui.ui.panels.scores import score_panel
from objtui.ui.run_history import RunHistory
from objtui.ui.run_source import RunSource
from objtui.ui.view_state import ViewState

HEAD = "head"
"""Panels of heads are named by it and the head's position."""


class Drawing:
    """Draws the panels of one run by what is chosen to see."""

    def __init__(self, look: Look, title: str) -> None:
        self.look = look
        self.state = ViewState(heads=1)
        self._title = title
        self._axis = AxisRange()
        self._curves = CurvePanel()

    def begin(self, history: RunHistory) -> None:
        """Take up a run."""
        self.state = ViewState(heads=len(history.header.heads))

    def histogram_panels(self, most: int) -> list[str]:
        """Names of the histogram panels: one a shown head, at most `most`; or the overlay."""
        shown = self.state.shown[:1] if self.state.overlay else self.state.shown[:most]
        return [f"{HEAD}{position}" for position in shown]

    def panel(self, name: str, source: RunSource, width: int, height: int) -> list[Text]:
        """The lines of a panel of so many cells."""
        history = source.history
        if history is None:
            return framed(Text("waiting for the trainer"), [], width, height, self.look)
        if name.startswith(HEAD):
            return self._histogram(history, int(name[len(HEAD) :]), width, height)
        if name == "curves":
            return self._curves.lines(history, self.state, self.look, width, height)
        if name == "scores":
            return score_panel(history, history.last, self.state, self.look, width, height)
        return claims_panel(history.header, source.verdicts, self.look, width, height)

    def header(self, source: RunSource, width: int, now: float) -> Text:
        """The line at the top."""
        if source.history is not None:
            return header_line(source.history, self.look, width, now)
        line = Text.assemble((" objtui  ", STRONG), self._title, "  starting")
        line.truncate(width)
        return line

    def _histogram(self, history: RunHistory, head: int, width: int, height: int) -> list[Text]:
        header, moment = history.header, history.last
        if moment is not None:
            self._axis.update(moment)
        ends = self._axis.ends
        top = common_tops(header, moment, self.state, self.look, ends, width)
        if self.state.overlay:
            return overlay_histogram(
                header, moment, self.state, self.look, ends, top, width, height, history.diverged_at
            )
        draw = difference_histogram if self.state.difference else head_histogram
        return draw(
            header,
            moment,
            self.state,
            self.look,
            head,
            ends,
            top,
            width,
            height,
            history.diverged_at,
        )

    def footer(self, hints: list[tuple[str, str]], note: str, width: int) -> Text:
        """The line at the bottom: a note if there is one, else keys and what they do."""
        if note:
            line = Text(f" {note}", style=STRONG)
        else:
            line = Text(" ")
            for shown, text in fitting(hints, width - 1):
                line.append(shown, STRONG)
                line.append(f" {text}  ", FAINT)
        line.truncate(width)
        return line


def fitting(hints: list[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """As many hints as there is room for; help and quit, which come last, are the last to go."""
    kept = list(hints)
    while len(kept) > 1 and sum(len(key) + len(text) + 3 for key, text in kept) > width:
        kept.pop(-3 if len(kept) > 2 else 0)
    return kept
