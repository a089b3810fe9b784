"""How the dashboard of a sweep was left, and where to open it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from objtui.errors import ObjtuiError
from objtui.ui.dashboard.exit import ExitReason
from objtui.ui.sweep.order import Order


@dataclass(frozen=True, slots=True)
class Place:
    """What a person saw: the order of the table, and the cell under the cursor."""

    order: Order
    cell: str


@dataclass(frozen=True, slots=True)
class SweepExit:
    """How the dashboard of a sweep was left.

    Attributes:
        opened: cells whose dashboard is to be opened, after which this one comes back.
        place: where that is.
        back: whether a key asked for what was there before: the picker, if it came from one.
        owned: whether a training was begun from it.
        error: what ended it, if that was an error.
    """

    how: ExitReason | Literal["opens"]
    opened: tuple[str, ...] = ()
    place: Place | None = None
    back: bool = False
    owned: bool = False
    error: ObjtuiError | None = None
