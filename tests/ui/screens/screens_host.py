"""A small app around one screen, and what it shows as text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

import objtui.ui.screens
from objtui.ui.theme import Theme
from tests.ui.driving import drive, reached, screen_lines, settled

SIZES = {"small": (80, 24), "usual": (120, 40)}
ASCII_THEME = Theme(glyphs="ascii", colours=False)

NOTHING = object()


class Host(App[None], inherit_bindings=False):
    """Opens one screen and keeps what it gave back; has no keys of its own."""

    CSS_PATH: ClassVar = [Path(objtui.ui.screens.__file__).with_name("screens.tcss")]

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__(ansi_color=True)
        self.opened = screen
        self.result: Any = NOTHING

    def on_mount(self) -> None:
        self.push_screen(self.opened, self._keep)

    def _keep(self, result: Any) -> None:
        self.result = result

    @property
    def is_closed(self) -> bool:
        return self.result is not NOTHING

    def rows(self) -> list[str]:
        """What the terminal shows, line by line."""
        return screen_lines(self)

    def text(self) -> str:
        return "\n".join(self.rows())


Steps = Callable[[Host, Pilot[None]], Awaitable[None]]


def drive_screen(screen: Screen[Any], steps: Steps, size: tuple[int, int] = SIZES["small"]) -> Host:
    """Open the screen, take the steps, close: the app as it was left."""
    host = Host(screen)

    async def whole(pilot: Pilot[None], host: Host) -> None:
        await reached(pilot, lambda: host.screen is screen or host.is_closed, "the screen")
        await settled(pilot)
        settle_after_keys(pilot)
        await steps(host, pilot)

    drive(host, whole, size)
    return host


def settle_after_keys(pilot: Pilot[None]) -> None:
    """Let every press of keys return only once the screen has come to rest."""
    press = pilot.press

    async def press_and_settle(*keys: str) -> None:
        await press(*keys)
        await settled(pilot)

    pilot.press = press_and_settle  # type: ignore[method-assign]
