"""The dashboard's application: terminal, signals, and how it is left."""

from __future__ import annotations

import asyncio
import select
import signal
from collections.abc import Awaitable, Callable, Iterable
from pathlib import PurePath
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.screen import Screen

from objtui.ui.keys import KEYS
from objtui.ui.leaving import Leaving, Left
from objtui.ui.look import Look
from objtui.ui.run_source import RunSource
from objtui.ui.view_actions import DashboardScreen

INPUT_CHECK_S = 0.5


class DashboardApp(App[Leaving], inherit_bindings=False):
    """Shows one run. Its result says how it was left; the terminal is given back always."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        "dashboard.tcss",
        "screens.tcss",
    ]

    def __init__(
        self, source: RunSource, look: Look, *, title: str, owns_training: bool, fps: float = 4.0
    ) -> None:
        """`owns_training`: whether quitting asks what becomes of the training."""
        super().__init__(ansi_color=True)
        self.title = title
        self._source = source
        self.dashboard = DashboardScreen(
            source, look, title=title, owns_training=owns_training, fps=fps
        )

    def on_mount(self) -> None:
        """Open the dashboard and take over what can end it from outside."""
        self.push_screen(self.dashboard)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._leave, "terminated")
        loop.add_signal_handler(signal.SIGINT, self._leave, "interrupted")
        loop.add_signal_handler(signal.SIGHUP, self._leave, "hung up")
        self.set_interval(INPUT_CHECK_S, self._check_input)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: every key of the table."""
        for key in KEYS:
            if key.action != "command_palette":
                yield SystemCommand(
                    f"{key.text} ({key.shown})", key.group, self._action(key.action)
                )

    def _action(self, action: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.dashboard.run_action(action)

        return run

    def _leave(self, how: Left) -> None:
        self.exit(Leaving(how))

    def _check_input(self) -> None:
        """Leave when the terminal is gone: reading from it would spin for ever."""
        poll = select.poll()
        poll.register(0, select.POLLHUP | select.POLLERR)
        if any(events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll(0)):
            self._leave("hung up")
