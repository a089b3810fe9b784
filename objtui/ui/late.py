"""What is seen later than the first picture is imported as it is first seen.

The tables of panels, of keys and of screens name what they show by where it is. So they can be
read, and the first picture be painted, before any of it is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Late:
    """Stands for a function or a class of a module, which is imported when it is first called."""

    __slots__ = ("_module", "_name")

    def __init__(self, place: str) -> None:
        """`place`: the module and the name in it, as `objtui.ui.panels.claims:claims_panel`."""
        self._module, _, self._name = place.partition(":")

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """What it gives for these arguments."""
        return self.original()(*arguments, **named)

    def original(self) -> Any:
        """What it stands for."""
        return getattr(import_module(self._module), self._name)


def late(place: str) -> Any:
    """A `Late` for a table whose entries have the type of what stands there."""
    return Late(place)
