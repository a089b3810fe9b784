"""The step cursor: every panel at one step of the past, moved by keys or by a replay."""

from __future__ import annotations

from bisect import bisect_right

from textual.timer import Timer

from objtui.ui.dashboard.screen import RunScreen

SPEEDS = (1, 2, 4, 8, 16, 32, 64)
"""Recorded steps a second that a replay may go through."""


class TimeScreen(RunScreen):
    """The screen with its cursor; new frames do not move one that is parked."""

    _speed = SPEEDS.index(4)
    _due = 0.0
    _timer: Timer | None = None

    @property
    def replaying(self) -> bool:
        """Whether a replay goes on."""
        return bool(self.drawing.replay)

    def action_move_cursor(self, by: int) -> None:
        """So many recorded steps on, or back; from the latest on there is nothing."""
        self._halt()
        self._move(by)

    def action_first_step(self) -> None:
        """The first recorded step."""
        self._halt()
        self._move(-len(self.runs.steps))

    def action_live(self) -> None:
        """The latest again."""
        self._halt()
        self.show_at(None)

    def go_to(self, step: int) -> None:
        """The last recorded step up to this one, or the first."""
        self._halt()
        recorded = self.runs.step_up_to(step)
        if recorded is not None:
            self.show_at(recorded)

    def action_replay(self) -> None:
        """Go through what was recorded, from the cursor or, where live, from the start; or halt."""
        if self.replaying:
            self._halt()
            self.show_at(self.state.cursor)
        elif len(self.runs.steps):
            if self._at == len(self.runs.steps) - 1:
                self.action_first_step()
            self._due = 0.0
            self._say_speed()
            if self._timer is None:
                self._timer = self.set_interval(self.interval, self._advance)
            self.show_at(self.state.cursor)

    def action_replay_speed(self, by: int) -> None:
        """Another speed of the replay."""
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        if self.replaying:
            self._say_speed()
            self.show_at(self.state.cursor)
        else:
            self.say(f"replay at {SPEEDS[self._speed]} recorded steps a second: p starts it")

    @property
    def _at(self) -> int:
        """Where the cursor stands among the recorded steps, of which there are some."""
        steps, cursor = self.runs.steps, self.state.cursor
        return len(steps) - 1 if cursor is None else max(bisect_right(steps, cursor) - 1, 0)

    def _move(self, by: int) -> None:
        steps, live = self.runs.steps, self.state.cursor is None
        if len(steps) and not (live and by > 0):
            self.show_at(int(steps[min(max(self._at + by, 0), len(steps) - 1)]))

    def _advance(self) -> None:
        """Move on by what is due; at the end halt there."""
        self._due += SPEEDS[self._speed] * self.interval
        by = int(self._due)
        if not self.replaying or by == 0:
            return
        self._due -= by
        if self._at + by >= len(self.runs.steps) - 1:
            self._halt()
        self._move(by)

    def _halt(self) -> None:
        self.drawing.replay = ""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _say_speed(self) -> None:
        self.drawing.replay = f"replay {SPEEDS[self._speed]}/s"
