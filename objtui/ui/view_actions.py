"""What each key of the dashboard does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from objtui.errors import ObjtuiError
from objtui.runfile.writer import CommandName
from objtui.ui.dashboard import RunScreen
from objtui.ui.keys import help_rows
from objtui.ui.leaving import Leaving, Left
from objtui.ui.screens.help import HelpScreen
from objtui.ui.screens.log import LogScreen
from objtui.ui.screens.quit import QuitScreen


class DashboardScreen(RunScreen):
    """The run's screen with the actions of the key table."""

    def action_pause(self) -> None:
        """Pause a running training, continue a paused one."""
        history = self.source.history
        paused = history is not None and history.status.state == "paused"
        self._command("continue" if paused else "pause")

    def action_single_step(self) -> None:
        """One evaluation further, then pause."""
        self._command("step")

    def action_leave(self) -> None:
        """Leave: at once where no training of ours goes on, else after asking."""
        source = self.source
        if source.starting is not None:
            source.starting.abort()
        if source.ended or source.history is None or not self.owns_training:
            self._exit("ended" if source.ended else "left")
            return
        question = QuitScreen(source.history.header.run, self.drawing.look)
        self.app.push_screen(question, self._answered)

    def action_head(self, position: int) -> None:
        """Show or hide a head."""
        self.choose(self.state.toggle_head(position))

    def action_all_heads(self) -> None:
        """Show every head."""
        self.choose(replace(self.state, hidden=frozenset()))

    def action_focus_head(self, by: int) -> None:
        """Move the focus."""
        names = self.panel_names()
        at = names.index(self.focused_panel) if self.focused_panel in names else -by
        self.focused_panel = names[(at + by) % len(names)]
        if self.zoomed:
            self.zoomed = self.focused_panel
        self.choose(self.state)

    def action_overlay(self) -> None:
        """Every head on one axis, or a panel each."""
        self._flip("overlay")
        self._keep_focus()

    def action_difference(self) -> None:
        """Difference from the reference head, or the counts themselves."""
        self._flip("difference")

    def action_reference(self) -> None:
        """The next head as reference."""
        self.choose(self.state.next_reference())

    def action_probability(self) -> None:
        """Logit or probability axis."""
        self._flip("probability")

    def action_log_value(self) -> None:
        """Linear or log value; counts and curves together."""
        state = self.state
        log = not state.log_value
        self.choose(replace(state, log_value=log, log_counts=not state.log_counts))

    def action_log_step(self) -> None:
        """Linear or log step."""
        self._flip("log_step")

    def action_score(self, by: int) -> None:
        """Another score in the curve panel."""
        self.choose(self.state.next_score(by))

    def action_smoothing(self) -> None:
        """Another strength of smoothing."""
        self.choose(self.state.next_smoothing())

    def action_zoom(self) -> None:
        """The panel in focus over the whole screen."""
        self.zoomed = None if self.zoomed else self.focused_panel
        self.choose(self.state)

    def action_back(self) -> None:
        """One layer back."""
        if self.zoomed:
            self.action_zoom()

    def action_log(self) -> None:
        """The run's log."""
        reader = self.source.reader
        if reader is not None:
            title = f"log of {reader.header().run}"
            self.app.push_screen(LogScreen(reader.log, title, self.drawing.look))

    def action_help(self) -> None:
        """Help from the key table."""
        self.app.push_screen(HelpScreen(help_rows(), self.drawing.look))

    def action_command_palette(self) -> None:
        """The command palette."""
        self.app.action_command_palette()

    def _flip(self, name: str) -> None:
        changed: dict[str, Any] = {name: not getattr(self.state, name)}
        self.choose(replace(self.state, **changed))

    def _keep_focus(self) -> None:
        """Put focus and zoom on a panel that is there."""
        names = self.panel_names()
        if self.focused_panel not in names:
            self.focused_panel = names[0]
        if self.zoomed and self.zoomed not in names:
            self.zoomed = self.focused_panel

    def _command(self, command: CommandName) -> None:
        try:
            self.source.send(command)
        except ObjtuiError as error:
            self.say(error.lines()[0])

    def _answered(self, answer: str | None) -> None:
        if answer == "leave":
            self._exit("left")
        elif answer == "stop":
            self._exit("stopped")
        elif answer == "interrupt":
            self._exit("interrupted")

    def _exit(self, how: Left) -> None:
        self.app.exit(Leaving(how))
