"""The dashboard screen: reads its run, keeps what is chosen to see, draws its panels."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import ModalScreen, Screen

from objtui.errors import ObjtuiError
from objtui.runs.comparison import Comparison
from objtui.runs.source import Changes, RunSource
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.dashboard import layout as layouts
from objtui.ui.dashboard.exit import Exit
from objtui.ui.dashboard.renderer import HEAD, Renderer
from objtui.ui.keys import KEYS, footer_hints
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState

USUAL_HEADS = 9
"""Histogram panels side by side at most; the focus brings others into sight."""

BREATH_S = 0.02
"""Time for keys between two readings of a long run."""

OTHER_PANELS = ("curves", "scores", "claims")


class RunScreen(Screen[None]):
    """Runs on one screen; what its keys do is in the classes that build on it."""

    BINDINGS: ClassVar = [
        Binding(",".join(key.keys), key.action, key.text, show=False, priority=True) for key in KEYS
    ]

    def __init__(
        self, runs: Comparison, theme: Theme, *, title: str, owns_training: bool, fps: float
    ) -> None:
        super().__init__()
        self.runs = runs
        self.owns_training = owns_training
        self.interval = 1 / fps
        self.drawing = Renderer(theme, title)
        self.zoomed: str | None = None
        self.focused_panel = "head0"
        self._note = ""
        self._resized = False
        self._reading_on = False

    def compose(self) -> ComposeResult:
        """Header, histograms, curves beside scores, claims, notice, footer."""
        yield LinePanel(id="header")
        with Horizontal(id="histograms"):
            for position in range(USUAL_HEADS):
                yield LinePanel(id=f"{HEAD}{position}")
        with Horizontal(id="middle"):
            yield LinePanel(id="curves")
            yield LinePanel(id="scores")
        yield LinePanel(id="claims")
        yield LinePanel(id="notice")
        yield LinePanel(id="footer")

    def on_mount(self) -> None:
        """Show what there is and look for news from now on."""
        self._poll()
        # Several runs have several times the news, and are read in turn for as long as one.
        self.set_interval(self.interval * (2 if self.runs.several else 1), self._poll)

    def on_resize(self, event: events.Resize) -> None:
        """Share the new size out."""
        self._arrange()

    def on_line_panel_resized(self, message: LinePanel.Resized) -> None:
        """Draw what fits by now, once for all panels that a layout changes."""
        if not self._resized:
            self._resized = True
            self.call_after_refresh(self._draw)

    def on_screen_resume(self) -> None:
        """Another screen was left: show what has come meanwhile."""
        self._draw()

    @property
    def source(self) -> RunSource:
        """The run of the head in focus."""
        return self.runs.source_of(self.state.focus)

    @property
    def state(self) -> ViewState:
        """What is chosen to see."""
        return self.drawing.state

    def choose(self, state: ViewState) -> None:
        """Show by other choices, at once."""
        self.drawing.state = state
        self.runs.read_losses(state.shows_training_loss)
        if state.shows_training_loss and self.runs.behind:
            self._poll()
        self._arrange()

    def show_at(self, step: int | None) -> None:
        """Show the last frames up to a step, or the latest again; no panel moves."""
        self.drawing.state = replace(self.state, cursor=step)
        self._draw()

    def _poll(self) -> None:
        """Read what is new and draw what it changes."""
        known = self.runs.history is not None
        changes = self._read()
        if changes is None:
            return
        if self.runs.behind and not self._reading_on:
            self._reading_on = True
            self.set_timer(BREATH_S, self._read_on)
        history = self.runs.history
        if history is not None and not known:
            self.drawing.show_runs(history)
            self._make_room(len(history.header.heads))
            self._arrange()
        elif changes.restarted or (changes.status and self.runs.ended):
            self.state_changed()
        elif self._on_screen and (changes.frames or self._curves_due):
            self._draw()
        if self.app.screen is self and (changes.status or changes.frames):
            self._draw_header()

    def state_changed(self) -> None:
        """Say what there is to say about the end of a run, or that it goes on again."""
        self._arrange()

    def _read(self) -> Changes | None:
        """What is new; None where a run is gone, which ends the dashboard."""
        try:
            return self.runs.poll()
        except ObjtuiError as error:
            self.app.exit(Exit("ended", error))
            return None

    def _read_on(self) -> None:
        """Go on reading long runs in between two looks, which draw what has come by then."""
        self._reading_on = False
        if self.runs.history is None or not self.runs.behind:
            return
        changes = self._read()
        if changes is None:
            return
        if self.runs.behind:
            self._reading_on = True
            self.set_timer(BREATH_S, self._read_on)
        else:
            self.state_changed()

    def _make_room(self, heads: int) -> None:
        """A panel for every head, also where there are more than usual."""
        more = [LinePanel(id=f"{HEAD}{position}") for position in range(USUAL_HEADS, heads)]
        if more:
            self.query_one("#histograms").mount(*more)

    @property
    def trains(self) -> bool:
        """Whether the run of the head in focus is known and has not ended."""
        return self.source.history is not None and not self.source.ended

    @property
    def _on_screen(self) -> bool:
        """Whether the panels are to be seen: under a question they are, under the help not."""
        return self.app.screen is self or isinstance(self.app.screen, ModalScreen)

    @property
    def _curves_due(self) -> bool:
        return self.query_one("#curves").display and self.drawing.curves_due

    def _arrange(self) -> None:
        """Place the panels by size and choices, then draw them."""
        width, height = self.size
        fits = width >= layouts.MIN_WIDTH and height >= layouts.MIN_HEIGHT
        history = self.runs.history
        claims = len(history.header.claims) if history else 0
        notice = self.drawing.notice(self.runs, width, max(2, height // 6)) if fits else []
        plan = layouts.layout(width, height, self.state.heads, claims, len(notice))
        shown = {*self.histograms_in_sight(), *OTHER_PANELS}
        if not (plan.claims and claims):
            shown.discard("claims")
        if self.state.middle != "curves":
            shown.discard("scores")  # a diagram of every head takes the whole width
        if self.zoomed:
            shown = {self.zoomed}
        if not fits:
            shown = set()
        for panel in self.query(LinePanel):
            panel.display = panel.id in shown | {"header", "footer"}
        said = self.query_one("#notice", LinePanel)
        said.display = bool(notice)
        said.styles.height = len(notice)
        said.show(notice)
        whole = height - layouts.HEADER - layouts.FOOTER - len(notice)
        heights = {"#histograms": plan.histograms, "#middle": plan.curves, "#claims": plan.claims}
        for selector, rows in heights.items():
            self.query_one(selector).styles.height = whole if self.zoomed else rows
        middle = bool(shown & {"curves", "scores"})
        self.query_one("#middle").display = middle
        self.query_one("#histograms").display = bool(shown) and (not self.zoomed or not middle)
        if self.zoomed == "claims":
            self.query_one("#histograms").display = False
        self.query_one("#scores").styles.width = "1fr" if self.zoomed else plan.scores_width
        self._note = "" if fits else too_small(width, height)
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        """Draw every panel on the screen; those that stay the same cost nothing."""
        self._resized = False
        self._draw_header()
        footer = self.query_one("#footer", LinePanel)
        hints = footer_hints(training=self.trains)
        footer.show([self.drawing.footer(hints, self._note, footer.size.width)])
        row = [
            panel
            for panel in self.query_one("#histograms").children
            if panel.display and panel.size.width >= 4
        ]
        self.drawing.row = tuple(int((panel.id or "")[len(HEAD) :]) for panel in row)
        self.drawing.row_width = min((panel.size.width for panel in row), default=0)
        for panel in self.query(LinePanel):
            name = panel.id or ""
            width, height = panel.size
            if (
                name in ("header", "footer", "notice")
                or not panel.display
                or width < 4
                or height < 3
            ):
                continue
            lines = self.drawing.panel(name, self.runs, width, height)
            if name == self.focused_panel:
                lines = [_in_focus(lines[0]), *lines[1:]]
            panel.show(lines)

    def _draw_header(self) -> None:
        header = self.query_one("#header", LinePanel)
        header.show([self.drawing.header(self.runs, header.size.width, time.time())])

    def say(self, note: str) -> None:
        """Put a word to the person into the footer."""
        self._note = note
        self._draw()

    def panel_names(self) -> list[str]:
        """Panels that the focus moves through, also those of heads without room."""
        names = [*self.drawing.histogram_panels(self.state.heads), "curves", "scores"]
        history = self.runs.history
        return [*names, "claims"] if history and history.header.claims else names

    def histograms_in_sight(self) -> list[str]:
        """Names of the histogram panels that there is room for."""
        most = max(1, min(USUAL_HEADS, self.size.width // layouts.MIN_PANEL_WIDTH))
        return self.drawing.histogram_panels(most)


def too_small(width: int, height: int) -> str:
    """What is said where the terminal is too small."""
    needed = f"{layouts.MIN_WIDTH}x{layouts.MIN_HEIGHT}"
    return f"{width}x{height} is too small, {needed} is needed"


def _in_focus(title: Text) -> Text:
    line = title.copy()
    line.stylize("bold")
    return line
