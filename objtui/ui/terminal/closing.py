"""Closing a screen, once."""

from __future__ import annotations

from typing import Any, TypeVar

from textual.screen import Screen

Result = TypeVar("Result")


def close(screen: Screen[Result], result: Result | None = None) -> None:
    """Dismiss a screen with a result, where it is the one on top.

    Textual takes off whatever is on top, and a screen that closes still gets the keys that came
    together with the one that closed it.
    """
    if is_on_top(screen):
        screen.dismiss(result)


def is_on_top(screen: Screen[Any]) -> bool:
    """Whether no other screen lies over this one, which has not been taken off."""
    return screen.app.screen_stack[-1:] == [screen]
