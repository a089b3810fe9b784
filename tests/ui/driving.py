"""The real dashboard opened on runs and driven by keys, and any screen read as text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.pilot import Pilot

from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.dashboard.view_file import ViewFile
from objtui.ui.theme import Theme
from tests.patience import GIVE_UP_S

CORNERS = "╭╮╰╯┏┓┗┛"

LOOKS_AT_REST = 3
"""A layout, its messages and the drawing by it come one after the other."""

Script = Callable[[Pilot[Any], Any], Awaitable[None]]
"""What is done with an application: of its pilot and of itself."""


def show(
    paths: Path | Sequence[Path],
    script: Script,
    size: tuple[int, int] = (120, 40),
    theme: Theme | None = None,
    *,
    trains: bool = False,
    views: ViewFile | None = None,
) -> DashboardApp:
    """Open the real dashboard on runs, wait until it has read them, run a script of keys.

    `trains`: a trainer works on a run meanwhile, so that the screen never comes to rest.
    `views`: where it is kept how a run was looked at.
    """
    paths = [paths] if isinstance(paths, Path) else paths
    runs = Comparison([RunSource(path) for path in paths])
    app = DashboardApp(
        lambda: runs,
        theme or Theme(),
        title="A title",
        owns_training=len(paths) == 1,
        fps=20,
        views=views,
    )

    async def whole(pilot: Pilot[Any], app: DashboardApp) -> None:
        def is_read() -> bool:
            has_read = runs.history is not None and (trains or not runs.behind)
            return app.return_value is not None or has_read

        await reached(pilot, is_read)
        assert app.return_value is None, app.return_value
        if not trains:
            await settled(pilot)
        await script(pilot, app)

    drive(app, whole, size)
    runs.close()
    return app


def drive(app: App[Any], script: Script, size: tuple[int, int]) -> None:
    """Run an application without a terminal, and a script on it."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await script(pilot, app)

    asyncio.run(run())


async def reached(pilot: Pilot[Any], condition: Callable[[], Any], say: str = "") -> None:
    """Wait until a condition holds; every message is dealt with between two looks at it."""
    deadline = time.monotonic() + GIVE_UP_S
    while not condition():
        if time.monotonic() > deadline:
            screen = "\n".join(screen_lines(pilot.app))
            raise AssertionError(f"{say or 'it'} did not come:\n{screen}")
        await pilot.pause(0.01)


async def shows(pilot: Pilot[Any], *words: str) -> list[str]:
    """The screen, once all of the words are on it."""
    lines: list[str] = []

    def are_there() -> bool:
        lines[:] = screen_lines(pilot.app)
        return all(word in "\n".join(lines) for word in words)

    await reached(pilot, are_there, repr(words))
    return lines


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until the screen stays as it is, for a few looks in a row.

    What a thread or a timer has still to bring is not waited for: see `shows`.
    """
    before: list[str] = []
    same = 0

    def is_at_rest() -> bool:
        nonlocal before, same
        now = screen_lines(pilot.app)
        same = same + 1 if now and now == before else 0
        before = now
        return same >= LOOKS_AT_REST

    await reached(pilot, is_at_rest, "rest")


def keys(*pressed: str, says: tuple[str, ...] = (), not_says: tuple[str, ...] = ()) -> Script:
    """A script that presses keys and looks for words on the screen."""

    async def script(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press(*pressed)
        await settled(pilot)
        text = "\n".join(screen_lines(app))
        for word in says:
            assert word in text, text
        for word in not_says:
            assert word not in text, text

    return script


def screen_segments(app: App[Any]) -> list[list[Segment]]:
    """What the terminal gets, row by row; screens that lie below show where the top one does."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    return [[segment for strip in row for segment in strip] for row in update.strips]


def screen_lines(app: App[Any]) -> list[str]:
    """The screen as text, without blanks at the ends of lines."""
    return ["".join(part.text for part in row).rstrip() for row in screen_segments(app)]


def corners(lines: list[str]) -> list[tuple[int, int]]:
    """Row and column of every corner of a frame."""
    return [
        (row, column)
        for row, line in enumerate(lines)
        for column, cell in enumerate(line)
        if cell in CORNERS
    ]


def panels_text(app: App[Any]) -> str:
    """What the panels of the dashboard show."""
    panels = app.screen.query(LinePanel)
    return "\n".join(line.plain for panel in panels if panel.display for line in panel.lines)
