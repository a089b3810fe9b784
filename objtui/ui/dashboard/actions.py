"""What each key of the dashboard does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from objtui.errors import ObjtuiError
from objtui.runfile.commands import CommandName
from objtui.ui.dashboard.exit import Exit, ExitReason
from objtui.ui.dashboard.prompt_actions import PromptingScreen
from objtui.ui.dashboard.renderer import HEAD
from objtui.ui.keys import help_rows
from objtui.ui.screens.help import HelpScreen
from objtui.ui.screens.log import LogScreen
from objtui.ui.screens.quit import Answer, QuitScreen
from objtui.ui.view_state import Middle


def shown_run(path: Path) -> str:
    """What to call a run on a command line: its name, or its path where that is elsewhere."""
    return path.stem if path.parent == Path("runs") else str(path)


class DashboardScreen(PromptingScreen):
    """The screen of a dashboard with the actions of the key table."""

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
        if self.runs.ended or not self.owns_training or self.runs.resumed:
            self._exit("ended" if self.runs.ended else "left")
            return
        reader = self.runs.sources[0].reader  # several runs are watched, not owned
        run = "last" if reader is None else shown_run(reader.path)
        self.app.push_screen(QuitScreen(run, self.drawing.theme), self._answered)

    def state_changed(self) -> None:
        """Say what there is to say, also in a quit question that is open."""
        super().state_changed()
        if self.runs.ended and isinstance(self.app.screen, QuitScreen):
            self.app.screen.training_ended(self.source.known.status.state)

    def action_head(self, position: int) -> None:
        """Show or hide a head."""
        self.choose(self.state.toggle_head(position))
        self._keep_focus()

    def action_hide_focused(self) -> None:
        """Hide the head in focus, which moves on to the next one."""
        hidden, shown = self.state.focus, self.state.shown
        state = self.state.toggle_head(hidden)
        if state == self.state or hidden not in shown:
            return
        following = shown[(shown.index(hidden) + 1) % len(shown)]
        self.focused_panel = f"{HEAD}{following}"
        self.choose(replace(state, focus=following))

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
        if self.focused_panel.startswith(HEAD) and not self.state.overlay:
            focus = int(self.focused_panel[len(HEAD) :])
            self.choose(replace(self.state, focus=focus))
        else:
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

    def action_wall_time(self) -> None:
        """Curves over steps or over wall time."""
        self._flip("wall_time")

    def action_sort(self) -> None:
        """Sort the scores by the next column."""
        self.choose(self.state.next_sort())

    def action_histograms(self) -> None:
        """Histograms now, over their steps, or as percentile bands."""
        self.choose(self.state.next_histograms())

    def action_middle(self, view: Middle) -> None:
        """A view in the place of the curves, or the curves again."""
        self.choose(self.state.toggle_middle(view))

    def action_smoothing(self) -> None:
        """Another strength of smoothing."""
        self.choose(self.state.next_smoothing())

    def action_zoom(self) -> None:
        """The panel in focus over the whole screen."""
        self.zoomed = None if self.zoomed else self.focused_panel
        self.choose(self.state)

    def action_back(self) -> None:
        """One layer back."""
        state = self.state
        if self.zoomed:
            self.action_zoom()
        elif state.middle != "curves" or state.histograms != "now":
            self.choose(replace(state, middle="curves", histograms="now"))
        elif state.words:
            self.set_filter("")

    def action_log(self) -> None:
        """The run's log."""
        reader = self.source.reader
        if reader is not None:
            title = f"log of {reader.header().run}"
            self.app.push_screen(LogScreen(reader.log, title, self.drawing.theme))

    def action_help(self) -> None:
        """Help from the key table."""
        self.app.push_screen(HelpScreen(help_rows(), self.drawing.theme))

    def action_command_palette(self) -> None:
        """The command palette."""
        self.app.action_command_palette()

    def _flip(self, name: str) -> None:
        changed: dict[str, Any] = {name: not getattr(self.state, name)}
        self.choose(replace(self.state, **changed))

    def _command(self, command: CommandName) -> None:
        try:
            self.source.send(command)
        except ObjtuiError as error:
            self.say(error.lines()[0])

    def _answered(self, answer: Answer | None) -> None:
        if answer in (None, "cancel") or self._read() is None:
            return
        if self.runs.ended:
            self._exit("ended")
        elif answer == "leave":
            self._exit("left")
        elif answer == "stop":
            self._exit("stopped")
        elif answer == "interrupt":
            self._exit("interrupted")

    def _exit(self, how: ExitReason) -> None:
        self.app.exit(Exit(how))
