"""Scripts of keys for the tests of the whole dashboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from tests.ui.recorded import screen_lines, settled

ONE_SEED: dict[str, Any] = {"name": "one-seed", "seeds": (7,), "steps": (0, 30, 1300)}


def keys(*pressed: str, says: tuple[str, ...] = (), not_says: tuple[str, ...] = ()) -> Callable:
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
