"""How a dashboard was left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from objtui.errors import ObjtuiError

ExitReason = Literal["ended", "left", "stopped", "interrupted", "terminated", "hung up"]


@dataclass(frozen=True, slots=True)
class Exit:
    """How the dashboard was left, and the error that ended it, if one did."""

    how: ExitReason
    error: ObjtuiError | None = None
