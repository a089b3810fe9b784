"""What is seen later than the first picture is imported as it is first seen.

The tables of panels, of keys and of screens can so be read, and the first picture be painted,
before anything that they name is imported. A type checker sees the import itself:

    if TYPE_CHECKING:
        from objtui.ui.panels.claims import claims_panel
    else:
        claims_panel = Late("objtui.ui.panels.claims:claims_panel")
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Late:
    """Stands for a function or a class of a module, which is imported when it is first called."""

    __slots__ = ("_module", "_name")

    def __init__(self, place: str) -> None:
        """`place`: the module and the name in it, as above."""
        self._module, _, self._name = place.partition(":")

    # The types fit no function, so that one stands where a type checker sees the import alone.
    def __call__(self, *arguments: object, **named: object) -> object:
        """What it gives for these arguments."""
        return self.original()(*arguments, **named)

    def original(self) -> Any:
        """What it stands for."""
        return getattr(import_module(self._module), self._name)
