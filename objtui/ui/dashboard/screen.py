"""The dashboard's screen: what is chosen to see of its runs, the focus and the step cursor.

Its runs are read by `reading.py`, its panels placed and drawn by `panel_grid.py`. What keys do is
in `actions.py`; which keys there are, in `objtui.ui.keys`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from inspect import isawaitable
from time import monotonic
from typing import ClassVar, TypeAlias

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen, Screen

from objtui.errors import ObjtuiError
from objtui.runs.comparison import Comparison
from objtui.runs.history import HeadHistory
from objtui.runs.source import RunSource
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.charts.words import NOTHING_YET
from objtui.ui.dashboard import footer_notes
from objtui.ui.dashboard.exit import Exit, ExitReason
from objtui.ui.dashboard.footer_line import footer_line
from objtui.ui.dashboard.in_sight import has_ridges, heads_out_of_sight
from objtui.ui.dashboard.layout import PanelId, focus_order, head_panels
from objtui.ui.dashboard.panel_grid import PanelGrid
from objtui.ui.dashboard.pixel_panels import PixelPanels
from objtui.ui.dashboard.placed_panel import PlacedPanel
from objtui.ui.dashboard.reading import News, Reading
from objtui.ui.dashboard.renderer import Renderer, first_state
from objtui.ui.dashboard.replay import Replay
from objtui.ui.dashboard.saved_view import saved, taken_up
from objtui.ui.dashboard.step_drag import StepDrag
from objtui.ui.dashboard.view_file import ViewFile
from objtui.ui.graphics.layer import PixelLayer
from objtui.ui.key import Key, bound_to_one, footer_hints
from objtui.ui.screens.quit import QuitScreen
from objtui.ui.terminal.app import TerminalApp
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState

UNDER_QUESTION_S = 2.0
"""Between two drawings under a question: each of them is written as a whole screen."""


class DashboardScreen(Screen[None]):
    """Runs on one screen: header, panels, footer, and what a person has chosen to see.

    Attributes:
        runs: what is shown.
        keys: every key and what it does with this screen.
        owns_training: whether leaving asks what becomes of the training.
        leads_back: whether escape leaves, since there is something to go back to.
        goes_back: whether the key that is about to leave asks for what was there before.
        renderer: draws a panel from the runs.
        panels: the panels in their places.
        reading: reads the runs.
        replay: moves the step cursor while it goes on.
        focused_panel: the panel in focus.
        is_drawn: whether everything in sight was drawn since it was placed at first.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    """The mouse moves the step cursor, and selects nothing."""

    def __init__(
        self,
        runs: Comparison,
        theme: Theme,
        keys: Sequence[DashboardKey],
        *,
        title: str,
        owns_training: bool,
        fps: float,
        views: ViewFile | None = None,
        leads_back: bool = False,
        pixels: PixelLayer | None = None,
    ) -> None:
        """`views`: where it is kept how a run was looked at; None to keep nothing.

        `pixels`: shows pictures in pixels, where the terminal can; None for no terminal.
        """
        super().__init__()
        self.runs = runs
        self.keys = tuple(keys)
        self.owns_training = owns_training
        self.leads_back = leads_back
        self.goes_back = False
        self.interval = 1 / fps
        self.renderer = Renderer(theme, title)
        self.panels = PanelGrid(runs, self.renderer, PixelPanels(pixels, self.renderer))
        self.reading = Reading(runs, wait=self.set_timer, take=self._take, fail=self._fail)
        self.replay = Replay()
        self.focused_panel = head_panels(ViewState(heads=1), 1)[0]
        self._views = views
        self._drag = StepDrag()
        self._state = ViewState(heads=1)
        self._note = ""
        self.is_drawn = False
        self._notices_read = False
        self._resized = False
        self._drawn_at = 0.0
        # Not of the class, since their actions know the class.
        self._bindings = bound_to_one(self._bindings, self.keys)

    def compose(self) -> ComposeResult:
        """Header, panels, footer."""
        yield LinePanel(id="header")
        yield self.panels
        yield LinePanel(id="footer")

    def on_mount(self) -> None:
        """Show what there is and look for news from now on."""
        self._ticks = self.set_interval(self.interval, self._advance, pause=True)
        self.reading.read()
        # Several runs have several times the news, and are read in turn for as long as one.
        self.set_interval(self.interval * (2 if self.runs.several else 1), self.reading.read)

    def on_resize(self, event: events.Resize) -> None:
        """Share the new size out."""
        self.panels.pixels.resized()
        self.place_panels()

    def on_line_panel_resized(self, message: LinePanel.Resized) -> None:
        """Draw what fits by now, once for all panels that a layout changes."""
        if not self._resized:
            self._resized = True
            self.call_after_refresh(self._draw_resized)

    def _draw_resized(self) -> None:
        self.panels.measured()
        self.draw()

    def on_screen_suspend(self) -> None:
        """Another screen comes over this one: pictures in pixels would lie over it."""
        if self.panels.pixels.cover(True):
            self.draw()

    def on_screen_resume(self) -> None:
        """Another screen was left: show what has come meanwhile."""
        self.panels.pixels.cover(False)
        self.draw()

    def on_unmount(self) -> None:
        """Keep how the run was looked at."""
        self.reading.close()
        history = self.runs.history
        if self._views is not None and history is not None and not self.runs.several:
            self._views.keep(history.header.scenario, saved(self.state, history))

    # The mouse.

    def on_placed_panel_clicked(self, message: PlacedPanel.Clicked) -> None:
        """The focus goes to a panel that is clicked, or to the head whose row in it is.

        A second click zooms it, or goes back.
        """
        which, head = self.panels.at_line(message.which, message.line, self.state)
        if message.twice:
            self.zoom(None if self.zoomed else which)
        elif which in self.focus_order():
            self.focus_panel(which, head)

    def on_placed_panel_turned(self, message: PlacedPanel.Turned) -> None:
        """The wheel scrolls what is zoomed, else it zooms: upwards a panel, downwards back."""
        if self.zoomed:
            if not self.scroll(message.by) and message.by > 0:
                self.zoom(None)
        elif message.by < 0:
            which, head = self.panels.at_line(message.which, message.line, self.state)
            if which in self.focus_order():
                self.focus_panel(which, head)
                self.zoom(which)

    def on_placed_panel_dragged(self, message: PlacedPanel.Dragged) -> None:
        """The step cursor follows the mouse along an axis of steps."""
        if message.begins:
            self._drag.begin(self.panels.step_axis(message.which, self.state))
        if self._drag.move(message.column):
            self.call_later(self._follow_mouse)

    def _follow_mouse(self) -> None:
        dragged_to = self._drag.take_step()
        step = None if dragged_to is None else self.runs.step_up_to(dragged_to)
        if step is not None and step != self.state.cursor:
            self.replay.halt()
            self.show_at(step)

    # Keys, and what their actions do with the screen.

    async def action_press(self, number: int) -> None:
        """Do what a key of the table does."""
        await self.do(self.keys[number].action)

    async def do(self, action: Action) -> None:
        """Do an action with this screen."""
        done = action(self)
        if isawaitable(done):
            await done

    @property
    def latest_key(self) -> str:
        """The name of the key that was pressed last; empty where nothing says."""
        return self.app.latest_key if isinstance(self.app, TerminalApp) else ""

    @property
    def source(self) -> RunSource:
        """The run of the head in focus."""
        return self.runs.source_of(self.state.focus)

    @property
    def trains(self) -> bool:
        """Whether the run of the head in focus is known and has not ended."""
        return self.source.history is not None and not self.source.ended

    @property
    def state(self) -> ViewState:
        """What is chosen to see."""
        return self._state

    def choose(self, state: ViewState) -> None:
        """Show by other choices, at once; only what they change is drawn again."""
        before, self._state = self._state, state
        if self.panels.fits:
            self._note = ""
        self.runs.read_losses(state.shows_training_loss)
        if state.shows_training_loss and self.runs.behind:
            self.reading.read()
        if self.panels.must_place(before, state):
            self.place_panels(before)
        else:
            self.draw(before)

    def focus_panel(self, which: PanelId, head: int | None = None) -> None:
        """Put the focus on a panel and on a head, by default the panel's where it is of one."""
        self.focused_panel = which
        if self.zoomed and self.zoomed != which:
            self.panels.give_zoom(which)
        focus = self.state.focus if head is None else head
        if head is None and which.head is not None and not self.state.overlay:
            focus = which.head
        self.choose(replace(self.state, focus=focus))
        has_row = which.head is not None and has_ridges(self.state, self.size.width)
        if self.panels.fits and not self.panels.holds(which) and not has_row:
            self.say(footer_notes.no_room(which))

    @property
    def zoomed(self) -> PanelId | None:
        """The panel that has the whole screen, if one has."""
        return self.panels.zoom.panel

    def zoom(self, which: PanelId | None) -> None:
        """Give a panel the whole screen, and the focus; None gives all of them back their place."""
        self.panels.give_zoom(which)
        self._note = ""
        if which is not None:
            self.focused_panel = which
        self.place_panels()

    def scroll(self, by: int, *, pages: bool = False) -> bool:
        """Scroll the zoomed panel by lines, or pages; False where it has none out of sight."""
        return self.panels.scroll(self.state, self.focused_panel, by, pages=pages)

    def look_anew(self) -> None:
        """Choose nothing, as a run is seen for the first time."""
        history = self.runs.history
        if history is None:
            return
        self.panels.give_zoom(None)
        self.replay.halt()
        self.choose(first_state(history))
        self.focused_panel = self.focus_order()[0]
        self.place_panels()

    def show_at(self, step: int | None) -> None:
        """Show the last frames up to a step, or the latest again; no panel moves."""
        before, self._state = self._state, replace(self._state, cursor=step)
        self.draw(before)

    def go_to(self, step: int) -> None:
        """The last recorded step up to this one, or the first."""
        self.replay.halt()
        recorded = self.runs.step_up_to(step)
        if recorded is None:
            self.say(NOTHING_YET)
            return
        self.show_at(recorded)
        if recorded != step:
            self.say(footer_notes.jumped(step, recorded))

    def start_replay(self) -> None:
        """Go through what was recorded, from the cursor or, where live, from the start."""
        self._ticks.reset()
        self._ticks.resume()
        self.show_at(self.replay.start(self.runs.steps, self.state.cursor))

    def set_filter(self, words: str) -> None:
        """Show the heads whose name holds every one of the words."""
        history = self.runs.history
        if history is None:
            return
        self.choose(self.state.filtered(words, [head.name for head in history.header.heads]))
        self.keep_focus()
        self.say(footer_notes.filtered(words, self.state))

    @property
    def notices(self) -> tuple[str, ...]:
        """What the trainers thought worth knowing, until a person has put it away."""
        return () if self._notices_read else self.runs.notices

    def put_notices_away(self) -> bool:
        """Show the notices no more; False where there are none in sight."""
        if not self.notices:
            return False
        self._notices_read = True
        self._note = ""
        self.place_panels()
        return True

    def keep_focus(self) -> None:
        """Put focus and zoom on a panel that is there."""
        there = self.focus_order()
        if self.focused_panel not in there:
            self.focused_panel = there[0]
        if self.zoomed and self.zoomed not in there:
            self.panels.give_zoom(self.focused_panel)
        if self.state.focus not in self.state.shown:
            self.choose(replace(self.state, focus=self.state.shown[0]))

    def focus_order(self) -> Sequence[PanelId]:
        """Panels that the focus moves through, also those without room."""
        history = self.runs.history
        return focus_order(self.state, history.header if history else None)

    def say(self, note: str) -> None:
        """Put a word to the person into the footer."""
        self._note = note
        self._draw_footer()

    def leave(self, how: ExitReason) -> None:
        """Close the dashboard."""
        self.app.exit(Exit(how, back=self.goes_back))

    # Reading.

    def _fail(self, error: ObjtuiError) -> None:
        """A run is gone, which ends the dashboard."""
        self.app.exit(Exit("ended", error))

    def _take(self, news: News) -> None:
        """Draw what a reading changes."""
        history = self.runs.history
        due = self._is_due()
        if news.opened and history is not None:
            self.show_runs(history)
        elif news.status:
            self._status_changed()
        elif due and (news.frames or self.panels.is_due(self.state)):
            self.draw(live=True)
        self.panels.pixels.flush()
        if due:
            self._draw_header()  # also without news: it says for how long there was none

    def show_runs(self, history: HeadHistory) -> None:
        """Take up a run, or several, of which nothing was known."""
        self._state = first_state(history)
        kept = (
            {}
            if self._views is None or self.runs.several
            else self._views.view_of(history.header.scenario)
        )
        if kept:
            self._state = taken_up(kept, history)
            self.runs.read_losses(self._state.shows_training_loss)
        self.focused_panel = self.focus_order()[0]
        self.panels.hold_heads(len(history.header.heads))
        self.place_panels()
        if self._state != first_state(history):
            self.say(footer_notes.SEEN_AS_LAST_TIME)

    def _status_changed(self) -> None:
        """Say what there is to say about the end of a run, or that it goes on again."""
        self.place_panels()
        if self.runs.ended and isinstance(self.app.screen, QuitScreen):
            self.app.screen.training_ended(self.source.opened_history.status.state)

    def _advance(self) -> None:
        """Move the cursor by what is due of a replay."""
        if not self.replay.running:
            self._ticks.pause()
            return
        cursor = self.replay.advance(self.runs.steps, self.state.cursor, self.interval)
        if cursor != self.state.cursor or not self.replay.running:
            self.show_at(cursor)

    # Placing and drawing.

    def place_panels(self, before: ViewState | None = None) -> None:
        """Place the panels by size and choices, then draw them.

        All of them, or those whose place changes, or what other choices than before change.
        """
        was_small = not self.panels.fits
        self.panels.place(self.size, self.state, self.notices)
        if was_small or not self.panels.fits:
            self._note = "" if self.panels.fits else footer_notes.too_small(*self.size)
        if self.panels.pixels.is_on:
            self.call_after_refresh(self.draw)
        else:
            self.draw(before)

    def draw(self, before: ViewState | None = None, *, live: bool = False) -> None:
        """Draw every panel on the screen, or those that other choices than before change.

        `live`: since frames came; pictures in pixels take turns then.
        """
        if before is None:
            self._resized = False
        self._drawn_at = monotonic()
        self._draw_header()
        self._draw_footer()
        self.panels.draw(self.state, self.focused_panel, before, live=live)
        if not self.is_drawn and self.query_one("#header", LinePanel).size.width:
            self.is_drawn = True
            self.refresh()
        self.call_after_refresh(self.panels.pixels.flush)

    def _draw_header(self) -> None:
        header = self.query_one("#header", LinePanel)
        width, replay = header.size.width, self.replay.words
        header.show([self.renderer.header(self.runs, self.state, replay, width)])

    def _draw_footer(self) -> None:
        footer = self.query_one("#footer", LinePanel)
        zoomed = self.zoomed is not None
        hidden = 0 if zoomed else heads_out_of_sight(self.state, self.size.width)
        hints = footer_hints(self.keys, training=self.trains, zoomed=zoomed, out_of_sight=hidden)
        footer.show([footer_line(hints, self._note, footer.size.width)])

    def _is_due(self) -> bool:
        """Whether to draw what comes: under a question now and then, under the help not at all."""
        if self.app.screen is self:
            return True
        waited_s = monotonic() - self._drawn_at
        return isinstance(self.app.screen, ModalScreen) and waited_s >= UNDER_QUESTION_S


Action: TypeAlias = Callable[[DashboardScreen], Awaitable[None] | None]
DashboardKey: TypeAlias = Key[DashboardScreen]
