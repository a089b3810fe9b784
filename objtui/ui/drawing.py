"""Which panel function draws which panel, and what they share."""

from __future__ import annotations

from rich.text import Text

from objtui.runfile.records import ENDED
from objtui.ui.line_panel import framed
from objtui.ui.look import FAINT, STRONG, Look
from objtui.ui.panels.axis import AxisRange
from objtui.ui.panels.claims import claims_panel
from objtui.ui.panels.curve_cache import CurvePanel
from objtui.ui.panels.header import header_line
from objtui.ui.panels.histogram import (
    HistogramView,
    common_tops,
    difference_histogram,
    head_histogram,
    overlay_histogram,
)
from objtui.ui.panels.notice import notice
from objtui.ui.panels.scores import score_panel
from objtui.ui.panels.words import legible
from objtui.ui.run_history import Moment, RunHistory
from objtui.ui.run_source import RunSource
from objtui.ui.starting import starting_line
from objtui.ui.view_state import ViewState

HEAD = "head"
"""Panels of heads are named by it and the head's position."""

NO_FRAME = "no frame was recorded"


class Drawing:
    """Draws the panels of one run by what is chosen to see."""

    def __init__(self, look: Look, title: str) -> None:
        self.look = look
        self.state = ViewState(heads=1)
        self._title = title
        self._axis = AxisRange()
        self._in_range: Moment | None = None
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
        if history.last is None and history.status.state in ENDED and name != "claims":
            return self._no_frame(history, name, width, height)
        if name.startswith(HEAD):
            return self._histogram(history, int(name[len(HEAD) :]), width, height)
        if name == "curves":
            return self._curves.lines(
                history, self.state, self.look, width, height, reading=source.behind
            )
        if name == "scores":
            return score_panel(history, history.last, self.state, self.look, width, height)
        return claims_panel(history.header, source.verdicts, self.look, width, height)

    @property
    def curves_due(self) -> bool:
        """Whether the curves lack frames that may be drawn by now."""
        return self._curves.is_due

    def header(self, source: RunSource, width: int, now: float) -> Text:
        """The line at the top."""
        if source.history is not None:
            return header_line(source.history, self.look, width, now)
        return starting_line(self._title, width)

    def notice(self, source: RunSource, width: int, most: int) -> list[Text]:
        """At most so many lines about a run that ended badly; none where there is no need."""
        history = source.history
        if history is None or source.reader is None:
            return []
        path = source.reader.path
        return notice(history.header, history.status, path, self.look, width, most)

    def _no_frame(self, history: RunHistory, name: str, width: int, height: int) -> list[Text]:
        """A panel of a run that ended before there was anything to draw."""
        title = Text(name)
        if name.startswith(HEAD):
            head = int(name[len(HEAD) :])
            of = self.look.head(head)
            title = Text(
                f"{of.mark} {legible(history.header.heads[head].name, self.look)}", of.style
            )
        rows = [Text() for _ in range(max(height - 2, 0))]
        if rows:
            rows[len(rows) // 2] = Text(NO_FRAME.center(width - 2), FAINT)
        return framed(title, rows, width, height, self.look)

    def _histogram(self, history: RunHistory, head: int, width: int, height: int) -> list[Text]:
        moment = history.last
        if moment is not None and moment is not self._in_range:
            self._axis.update(moment)
            self._in_range = moment
        view = HistogramView(
            header=history.header,
            state=self.state,
            look=self.look,
            ends=self._axis.ends,
            diverged_at=history.diverged_at,
            width=width,
            height=height,
        )
        top = common_tops(view, moment)
        if self.state.overlay:
            return overlay_histogram(view, moment, top)
        draw = difference_histogram if self.state.difference else head_histogram
        return draw(view, moment, head, top)

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
