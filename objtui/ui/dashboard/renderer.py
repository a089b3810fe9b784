"""Which panel function draws which panel, and what they share."""

from __future__ import annotations

from rich.text import Text

from objtui.runs.comparison import Comparison
from objtui.runs.heads import HeadHistory
from objtui.runs.history import Moment
from objtui.text.numbers import grouped
from objtui.ui.charts.axis import AxisRange
from objtui.ui.charts.line_panel import framed
from objtui.ui.charts.plot_frame import message_panel
from objtui.ui.charts.words import NONE_YET, legible
from objtui.ui.dashboard.first_line import starting_line
from objtui.ui.dashboard.views import VIEWS, Viewed
from objtui.ui.panels.claims import claims_panel
from objtui.ui.panels.curves.cache import CurvePanel
from objtui.ui.panels.header import comparison_line, header_line
from objtui.ui.panels.histogram import (
    HistogramView,
    common_tops,
    difference_histogram,
    head_histogram,
    overlay_histogram,
)
from objtui.ui.panels.notice import notice
from objtui.ui.panels.scores.panel import score_panel
from objtui.ui.theme import FAINT, STRONG, Theme
from objtui.ui.view_state import ViewState

HEAD = "head"
"""Panels of heads are named by it and the head's position."""

NO_FRAME = "no frame was recorded"


class Renderer:
    """Draws the panels of a dashboard by what is chosen to see."""

    def __init__(self, theme: Theme, title: str) -> None:
        self.theme = theme
        self.state = ViewState(heads=1)
        self.replay = ""
        """What the header says of a replay that goes on."""
        self.row: tuple[int, ...] = ()
        """Heads whose panels stand side by side."""
        self.row_width = 0
        """The least width of these panels, in cells; 0 before there is one."""
        self._title = title
        self._axis = AxisRange()
        self._in_range: Moment | None = None
        self._curves = CurvePanel()

    def show_runs(self, history: HeadHistory) -> None:
        """Take up a run, or several."""
        self.state = ViewState.opened(len(history.header.heads), history.header.score_names)

    def histogram_panels(self, most: int) -> list[str]:
        """Names of the histogram panels: one a shown head, at most `most`; or the overlay.

        Where there are more, the head in focus is among them.
        """
        shown = self.state.shown
        if self.state.overlay:
            return [f"{HEAD}{shown[0]}"]
        focus = shown.index(self.state.focus) if self.state.focus in shown else 0
        first = max(0, min(focus - most + 1, len(shown) - most))
        return [f"{HEAD}{position}" for position in shown[first : first + most]]

    def panel(self, name: str, runs: Comparison, width: int, height: int) -> list[Text]:
        """The lines of a panel of so many cells."""
        history, state = runs.history, self.state
        if history is None:
            return framed(Text("waiting for the trainer"), [], width, height, self.theme)
        moment = runs.moment_at(state.cursor)
        if moment is None and history.ended and name != "claims":
            return self._no_frame(history, name, width, height)
        if name.startswith(HEAD):
            head = int(name[len(HEAD) :])
            if state.histograms != "now":
                return self._view(state.histograms, runs, history, moment, head, width, height)
            return self._histogram(runs, history, moment, head, width, height)
        if name == "curves" and state.middle != "curves":
            return self._view(state.middle, runs, history, moment, state.focus, width, height)
        if name == "curves":
            return self._curves.lines(
                history, state, self.theme, width, height, reading=runs.behind
            )
        if name == "scores":
            return score_panel(history, moment, state, self.theme, width, height)
        verdicts = runs.verdicts_at(state.cursor)
        whole = state.cursor is None and all(
            run.status.state == "finished" for run in runs.histories
        )
        return claims_panel(
            history.header,
            verdicts,
            self.theme,
            width,
            height,
            whole=whole,
            by_run=runs.verdicts_by_run(state.cursor),
        )

    @property
    def curves_due(self) -> bool:
        """Whether the curves lack frames that may be drawn by now."""
        return self._curves.is_due

    def header(self, runs: Comparison, width: int, now: float) -> Text:
        """The line at the top."""
        history = runs.history
        if history is None:
            return starting_line(self._title, width, runs.sources[0].building)
        at = self._parked(history)
        if runs.several:
            return comparison_line(history.header, runs.histories, self.theme, width, at)
        return header_line(runs.histories[0], self.theme, width, now, at)

    def _parked(self, history: HeadHistory) -> str:
        """Where the cursor stands; empty while the dashboard is live."""
        cursor = self.state.cursor
        if cursor is None:
            return ""
        at = f"at step {grouped(cursor)} of {grouped(history.header.steps)}"
        return f"{self.replay}  {at}" if self.replay else at

    def notice(self, runs: Comparison, width: int, most: int) -> list[Text]:
        """At most so many lines about runs that ended badly; none where there is no need."""
        said: list[Text] = []
        for source in runs.sources:
            history, reader = source.history, source.reader
            left = most - len(said)
            if history is not None and reader is not None and left >= 2:
                said += notice(history.header, history.status, reader.path, self.theme, width, left)
        return said

    def _no_frame(self, history: HeadHistory, name: str, width: int, height: int) -> list[Text]:
        """A panel of a run that ended before there was anything to draw."""
        title = Text(name)
        if name.startswith(HEAD):
            head = int(name[len(HEAD) :])
            of = self.theme.head(head)
            title = Text(
                f"{of.mark} {legible(history.header.heads[head].name, self.theme)}", of.style
            )
        words = NO_FRAME if self.state.cursor is None else NONE_YET
        return message_panel(title, words, self.theme, width, height)

    def _histogram(
        self,
        runs: Comparison,
        history: HeadHistory,
        moment: Moment | None,
        head: int,
        width: int,
        height: int,
    ) -> list[Text]:
        merged = runs.side_by_side
        view = HistogramView(
            header=history.header,
            state=self.state,
            theme=self.theme,
            ends=self._ends(moment),
            diverged_at=history.diverged_at,
            width=width,
            height=height,
            runs=merged.runs if merged else (),
            row=self.row,
            row_width=self.row_width,
        )
        top = common_tops(view, moment)
        if self.state.overlay:
            return overlay_histogram(view, moment, top)
        draw = difference_histogram if self.state.difference else head_histogram
        return draw(view, moment, head, top)

    def _ends(self, moment: Moment | None) -> tuple[float, float]:
        """The ends of the axis of the shown heads, which grows with every moment that is shown."""
        if moment is not None and moment is not self._in_range:
            self._axis.update(moment)
            self._in_range = moment
        return self._axis.ends_of(self.state.shown)

    def _view(
        self,
        name: str,
        runs: Comparison,
        history: HeadHistory,
        moment: Moment | None,
        head: int,
        width: int,
        height: int,
    ) -> list[Text]:
        ends = self._ends(moment)
        return VIEWS[name](
            Viewed(runs, history, moment, self.state, self.theme, ends, head, width, height)
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
