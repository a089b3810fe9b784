"""How a dashboard was left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from objtui.errors import ObjtuiError

ExitReason = Literal["ended", "left", "stopped", "interrupted", "terminated", "hung up"]


@dataclass(frozen=True, slots=True)
class Exit:
    """How the dashboard was left.

    Attributes:
        error: what ended it, if that was an error.
        back: whether a key asked for what was there before: the picker, if it came from one.
    """

    how: ExitReason
    error: ObjtuiError | None = None
    back: bool = field(default=False, compare=False)
