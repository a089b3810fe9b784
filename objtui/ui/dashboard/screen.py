"""The dashboard's screen: it reads its runs, keeps what is chosen to see and draws its panels.

What keys do is in `actions.py`; which keys there are, in `objtui.ui.keys`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from inspect import isawaitable
from typing import ClassVar, TypeAlias

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import ModalScreen, Screen

from objtui.errors import ObjtuiError
from objtui.runs.comparison import Comparison
from objtui.runs.history import HeadHistory
from objtui.runs.source import Changes, RunSource
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.charts.scrolled import BORDERS
from objtui.ui.dashboard import footer_notes
from objtui.ui.dashboard import layout as layouts
from objtui.ui.dashboard.exit import Exit, ExitReason
from objtui.ui.dashboard.layout import PanelId, focus_order, head_panels, panels_at
from objtui.ui.dashboard.placed_panel import PlacedPanel
from objtui.ui.dashboard.renderer import (
    Renderer,
    first_state,
    footer_line,
    in_row,
    is_changed,
)
from objtui.ui.dashboard.replay import Replay
from objtui.ui.dashboard.saved_view import saved, taken_up
from objtui.ui.dashboard.step_drag import StepDrag
from objtui.ui.dashboard.view_file import ViewFile
from objtui.ui.dashboard.zoom import Zoom
from objtui.ui.key import Key, bound_to_one, footer_hints
from objtui.ui.panels.scene import Scene
from objtui.ui.screens.quit import QuitScreen
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState

USUAL_HEADS = 9
"""Histogram panels side by side at most; the focus brings others into sight."""

BREATH_S = 0.02
"""Time for keys between two readings of a long run."""

PLACING = ("heads", "hidden", "unmatched", "overlay", "curve_view")
"""The choices that decide which panels stand where; others change what is in them alone."""

MIN_DRAWN = (4, 3)
"""Columns and rows below which a panel has no place yet."""


class DashboardScreen(Screen[None]):
    """Runs on one screen: what is chosen to see of them, the panels, and the step cursor.

    Attributes:
        runs: what is shown.
        keys: every key and what it does with this screen.
        owns_training: whether leaving asks what becomes of the training.
        leads_back: whether escape leaves, since there is something to go back to.
        goes_back: whether the key that is about to leave asks for what was there before.
        renderer: draws the panels.
        replay: moves the step cursor while it goes on.
        focused_panel: the panel in focus.
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
    ) -> None:
        """`views`: where it is kept how a run was looked at; None to keep nothing."""
        super().__init__()
        self.runs = runs
        self.keys = tuple(keys)
        self.owns_training = owns_training
        self.leads_back = leads_back
        self.goes_back = False
        self.interval = 1 / fps
        self.renderer = Renderer(theme, title)
        self.replay = Replay()
        self.focused_panel = head_panels(ViewState(heads=1), 1)[0]
        self._views = views
        self._zoom = Zoom()
        self._drag = StepDrag()
        self._state = ViewState(heads=1)
        self._note = ""
        self._fits = True
        self._notices_read = False
        self._resized = False
        self._reading_on = False
        self._own = panels_at("own")
        self._plan = layouts.layout(0, 0, 1, [0] * len(self._own))
        self._in_place: set[PanelId] = set()
        # Not of the class, since their actions know the class.
        self._bindings = bound_to_one(self._bindings, self.keys)

    def compose(self) -> ComposeResult:
        """Header, a panel a head, curves beside scores, rows of their own, notice, footer."""
        yield LinePanel(id="header")
        with Horizontal(id="histograms"):
            yield from self._panels_of_heads(range(USUAL_HEADS))
        with Horizontal(id="middle"):
            for panel in panels_at("middle"):
                yield self._placed(PanelId(panel))
        for panel in self._own:
            yield self._placed(PanelId(panel))
        yield LinePanel(id="notice")
        yield LinePanel(id="footer")

    def on_mount(self) -> None:
        """Show what there is and look for news from now on."""
        self._ticks = self.set_interval(self.interval, self._advance, pause=True)
        self._poll()
        # Several runs have several times the news, and are read in turn for as long as one.
        self.set_interval(self.interval * (2 if self.runs.several else 1), self._poll)

    def on_resize(self, event: events.Resize) -> None:
        """Share the new size out."""
        self.place_panels()

    def on_line_panel_resized(self, message: LinePanel.Resized) -> None:
        """Draw what fits by now, once for all panels that a layout changes."""
        if not self._resized:
            self._resized = True
            self.call_after_refresh(self.draw)

    def on_screen_resume(self) -> None:
        """Another screen was left: show what has come meanwhile."""
        self.draw()

    def on_unmount(self) -> None:
        """Keep how the run was looked at."""
        history = self.runs.history
        if self._views is not None and history is not None and not self.runs.several:
            self._views.keep(history.header.scenario, saved(self.state, history))

    # The mouse.

    def on_placed_panel_clicked(self, message: PlacedPanel.Clicked) -> None:
        """The focus goes to a panel that is clicked; a second click zooms it, or goes back."""
        if message.twice:
            self.zoom(None if self.zoomed else message.which)
        elif message.which in self.focus_order():
            self.focus_panel(message.which)

    def on_placed_panel_turned(self, message: PlacedPanel.Turned) -> None:
        """The wheel scrolls what is zoomed, else it zooms: upwards a panel, downwards back."""
        if self.zoomed:
            if not self.scroll(message.by) and message.by > 0:
                self.zoom(None)
        elif message.by < 0 and message.which in self.focus_order():
            self.zoom(message.which)

    def on_placed_panel_dragged(self, message: PlacedPanel.Dragged) -> None:
        """The step cursor follows the mouse along an axis of steps."""
        if message.begins:
            panel = self.query_one(f"#{message.which.name}", PlacedPanel)
            scene = self.renderer.scene(self.runs, self.state)
            axis = None if scene is None else self.renderer.axis(scene, message.which, *panel.size)
            self._drag.begin(axis)
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
        if self._fits:
            self._note = ""
        self.runs.read_losses(state.shows_training_loss)
        if state.shows_training_loss and self.runs.behind:
            self._poll()
        placing = any(getattr(before, name) != getattr(state, name) for name in PLACING)
        if placing or self._shown() != self._in_place:
            self.place_panels()
            return
        self.draw(before)

    def focus_panel(self, which: PanelId) -> None:
        """Put the focus on a panel and, where it is of one, on its head."""
        self.focused_panel = which
        if self.zoomed and self.zoomed != which:
            self._zoom.give(which)
        focus = self.state.focus if which.head is None else which.head
        if self.state.overlay:
            focus = self.state.focus
        self.choose(replace(self.state, focus=focus))
        if which not in self._in_place and self._fits:
            self.say(footer_notes.no_room(which))

    @property
    def zoomed(self) -> PanelId | None:
        """The panel that has the whole screen, if one has."""
        return self._zoom.panel

    def zoom(self, which: PanelId | None) -> None:
        """Give a panel the whole screen, and the focus; None gives all of them back their place."""
        self._zoom.give(which)
        self._note = ""
        if which is not None:
            self.focused_panel = which
        self.place_panels()

    def scroll(self, by: int, *, pages: bool = False) -> bool:
        """Scroll the zoomed panel by lines, or pages; False where it has none out of sight."""
        if self.zoomed is None or not self._zoom.scrolls:
            return False
        panel = self.query_one(f"#{self.zoomed.name}", PlacedPanel)
        lines = by * max(panel.size.height - BORDERS, 1) if pages else by
        if self._zoom.scroll(lines):
            self._put(panel, self.renderer.scene(self.runs, self.state))
        return True

    def look_anew(self) -> None:
        """Choose nothing, as a run is seen for the first time."""
        history = self.runs.history
        if history is None:
            return
        self._zoom.give(None)
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
            self.say("nothing is recorded yet")
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
            self._zoom.give(self.focused_panel)
        if self.state.focus not in self.state.shown:
            self.choose(replace(self.state, focus=self.state.shown[0]))

    def focus_order(self) -> Sequence[PanelId]:
        """Panels that the focus moves through, also those without room."""
        history = self.runs.history
        return focus_order(self.state, history.header if history else None)

    def heads_in_sight(self) -> list[PanelId]:
        """The panels of heads that there is room for."""
        most = max(1, min(USUAL_HEADS, self.size.width // layouts.MIN_PANEL_WIDTH))
        return head_panels(self.state, most)

    def say(self, note: str) -> None:
        """Put a word to the person into the footer."""
        self._note = note
        self._draw_footer()

    def leave(self, how: ExitReason) -> None:
        """Close the dashboard."""
        self.app.exit(Exit(how, back=self.goes_back))

    # Reading.

    def poll(self) -> Changes | None:
        """Read what is new; None where a run is gone, which ends the dashboard."""
        try:
            return self.runs.poll()
        except ObjtuiError as error:
            self.app.exit(Exit("ended", error))
            return None

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
        more = range(USUAL_HEADS, len(history.header.heads))
        if more:
            self.query_one("#histograms").mount(*self._panels_of_heads(more))
        self.place_panels()
        if self._state != first_state(history):
            self.say(footer_notes.SEEN_AS_LAST_TIME)

    def _poll(self) -> None:
        """Read what is new and draw what it changes."""
        was_known = self.runs.history is not None
        changes = self.poll()
        if changes is None:
            return
        if self.runs.behind and not self._reading_on:
            self._reading_on = True
            self.set_timer(BREATH_S, self._read_on)
        history = self.runs.history
        if history is not None and not was_known:
            self.show_runs(history)
        elif changes.restarted or (changes.status and self.runs.ended):
            self._state_changed()
        elif self._on_screen and (changes.frames or self._is_due()):
            self.draw()
        if self._on_screen:
            self._draw_header()  # also without news: it says for how long there was none

    def _read_on(self) -> None:
        """Go on reading long runs in between two looks, which draw what has come by then."""
        self._reading_on = False
        if self.runs.history is None or not self.runs.behind:
            return
        if self.poll() is None:
            return
        if self.runs.behind:
            self._reading_on = True
            self.set_timer(BREATH_S, self._read_on)
        else:
            self._state_changed()

    def _state_changed(self) -> None:
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

    def place_panels(self) -> None:
        """Place the panels by size and choices, then draw them."""
        width, height = self.size
        was_small = not self._fits
        self._fits = width >= layouts.MIN_WIDTH and height >= layouts.MIN_HEIGHT
        history = self.runs.history
        wanted = [panel.rows(history.header) if history else 0 for panel in self._own]
        notice = []
        if self._fits:
            notice = self.renderer.notice(self.runs, self.notices, width, max(2, height // 6))
        self._plan = plan = layouts.layout(width, height, self.state.heads, wanted, len(notice))
        self._in_place = self._shown()
        for panel in self.query(PlacedPanel):
            panel.display = panel.which in self._in_place
        said = self.query_one("#notice", LinePanel)
        said.display = bool(notice)
        said.styles.height = len(notice)
        said.show(notice)
        whole = height - layouts.HEADER - layouts.FOOTER - len(notice)
        heights = {"histograms": plan.histograms, "middle": plan.curves}
        heights |= {panel.name: rows for panel, rows in zip(self._own, plan.own, strict=True)}
        for name, rows in heights.items():
            self.query_one(f"#{name}").styles.height = whole if self.zoomed else rows
        for row in self.query(Horizontal):
            row.display = any(panel.display for panel in row.children)
        self.query_one("#scores").styles.width = "1fr" if self.zoomed else plan.scores_width
        if was_small or not self._fits:
            self._note = "" if self._fits else footer_notes.too_small(width, height)
        self.call_after_refresh(self.draw)

    def _shown(self) -> set[PanelId]:
        """The panels that are to be seen."""
        if not self._fits:
            return set()
        if self.zoomed:
            return {self.zoomed}
        middle = panels_at("middle")
        if self.state.curve_view:  # which has the whole width
            middle = [panel for panel in middle if panel.view_place == "curves"]
        own = [panel for panel, rows in zip(self._own, self._plan.own, strict=True) if rows]
        return {*self.heads_in_sight(), *(PanelId(panel) for panel in (*middle, *own))}

    def draw(self, before: ViewState | None = None) -> None:
        """Draw every panel on the screen, or those that other choices than before change."""
        if before is None:
            self._resized = False
        self._draw_header()
        self._draw_footer()
        placed = [
            panel
            for panel in self.query(PlacedPanel)
            if panel.display
            and panel.size.width >= MIN_DRAWN[0]
            and panel.size.height >= MIN_DRAWN[1]
        ]
        row = [panel for panel in placed if panel.which.head is not None]
        heads = [panel.which.head for panel in row if panel.which.head is not None]
        narrowest = min((panel.size.width for panel in row), default=0)
        scene = in_row(self.renderer.scene(self.runs, self.state), heads, narrowest)
        for panel in placed:
            if before is not None and not is_changed(panel.which.panel, before, self.state):
                panel.set_focused(panel.which == self.focused_panel)
            else:
                self._put(panel, scene)

    def _put(self, panel: PlacedPanel, scene: Scene | None) -> None:
        """Draw a panel; the zoomed one whole, from the line on that it is scrolled to."""
        lines: list[Text] = []
        if panel.which == self.zoomed:
            content = self.renderer.content(scene, panel.which, panel.size.width)
            lines = self._zoom.framed(content, *panel.size, self.renderer.theme)
        if not lines:
            lines = self.renderer.panel(scene, panel.which, *panel.size)
        panel.put(lines, focused=panel.which == self.focused_panel)

    def _draw_header(self) -> None:
        header = self.query_one("#header", LinePanel)
        width, replay = header.size.width, self.replay.words
        header.show([self.renderer.header(self.runs, self.state, replay, width)])

    def _draw_footer(self) -> None:
        footer = self.query_one("#footer", LinePanel)
        zoomed = self.zoomed is not None
        hidden = (
            0
            if zoomed
            else len(head_panels(self.state, self.state.heads)) - len(self.heads_in_sight())
        )
        hints = footer_hints(self.keys, training=self.trains, zoomed=zoomed, out_of_sight=hidden)
        footer.show([footer_line(hints, self._note, footer.size.width)])

    def _is_due(self) -> bool:
        """Whether a panel on the screen lacks frames that may be drawn by now."""
        return any(
            panel.display and self.renderer.is_due(panel.which.panel, self.state)
            for panel in self.query(PlacedPanel)
        )

    @property
    def _on_screen(self) -> bool:
        """Whether the panels are to be seen: under a question they are, under the help not."""
        return self.app.screen is self or isinstance(self.app.screen, ModalScreen)

    def _panels_of_heads(self, heads: range) -> list[PlacedPanel]:
        """A panel for every head, also where there are more than usual."""
        ids = [PanelId(panel, head) for head in heads for panel in panels_at("heads")]
        return [self._placed(which) for which in ids]

    def _placed(self, which: PanelId) -> PlacedPanel:
        return PlacedPanel(which, self.renderer.theme)


Action: TypeAlias = Callable[[DashboardScreen], Awaitable[None] | None]
DashboardKey: TypeAlias = Key[DashboardScreen]
