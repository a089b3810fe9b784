"""How the axes of pictures and charts may be drawn, as the dashboard's keys choose it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AxisChoice:
    """A choice of axes.

    Attributes:
        name: as the dashboard's choices have it.
        key: the key of the dashboard.
        says: what it does.
    """

    name: str
    key: str
    says: str

    @property
    def option(self) -> str:
        """It on the command line."""
        return f"--{self.name.replace('_', '-')}"


AXES = (
    AxisChoice("probability", "z", "p in the place of the logit"),
    AxisChoice("log_step", "x", "a log axis of steps"),
    AxisChoice("wall_time", "w", "curves over seconds of training"),
)
