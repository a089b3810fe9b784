"""A small app around one screen, and what it shows as text."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

import objtui.ui.screens
from objtui.ui.theme import Theme
from tests.patience import GIVE_UP_S
from tests.ui.recorded import LOOKS_AT_REST

SIZES = {"small": (80, 24), "usual": (120, 40)}
ASCII_THEME = Theme(glyphs="ascii", colours=False)

_PIECE = re.compile(r'x="([\d.]+)"[^>]*clip-path="url\(#[^")]*-line-(\d+)\)"[^>]*>([^<]*)</text>')
_CELL_WIDTH = 12.2
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
        rows = [""] * self.size.height
        svg = self.export_screenshot(simplify=False)
        for x, row, text in _PIECE.findall(svg):
            column = round(float(x) / _CELL_WIDTH)
            rows[int(row)] = rows[int(row)].ljust(column) + html.unescape(text.strip("\n"))
        return [row.replace("\xa0", " ") for row in rows]

    def text(self) -> str:
        return "\n".join(self.rows())


Steps = Callable[[Host, Pilot[None]], Awaitable[None]]


def drive(screen: Screen[Any], steps: Steps, size: tuple[int, int] = SIZES["small"]) -> Host:
    """Open the screen, take the steps, close: the app as it was left."""

    async def session() -> Host:
        host = Host(screen)
        async with host.run_test(size=size) as pilot:
            await settled(host, pilot)
            settle_after_keys(host, pilot)
            await steps(host, pilot)
        return host

    return asyncio.run(session())


async def settled(host: Host, pilot: Pilot[None]) -> None:
    """Wait until the screen is open and its text stays as it is for a few looks, or is closed."""
    before, same, deadline = "", 0, time.monotonic() + GIVE_UP_S
    while same < LOOKS_AT_REST and not host.is_closed:
        assert time.monotonic() < deadline, f"the screen does not come to rest:\n{before}"
        await pilot.pause(0.01)
        now = host.text()
        same = same + 1 if now == before and host.screen is host.opened else 0
        before = now


def settle_after_keys(host: Host, pilot: Pilot[None]) -> None:
    """Let every press of keys return only once the screen has come to rest."""
    press = pilot.press

    async def press_and_settle(*keys: str) -> None:
        await press(*keys)
        await settled(host, pilot)

    pilot.press = press_and_settle  # type: ignore[method-assign]


async def shows(host: Host, pilot: Pilot[None], text: str) -> None:
    """Wait until the screen shows a text."""
    deadline = time.monotonic() + GIVE_UP_S
    while text not in host.text():
        if time.monotonic() > deadline:
            pytest.fail(f"{text!r} did not appear in\n{host.text()}")
        await pilot.pause(0.01)
