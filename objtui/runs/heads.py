"""What panels are drawn from: heads over time, of one run or of several side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from objtui.runfile.records import RunHeader
from objtui.runs.history import RunHistory
from objtui.runs.loss_columns import LossColumns
from objtui.runs.score_columns import ScoreColumns


class HeadHistory(Protocol):
    """Heads and their scores over time."""

    @property
    def header(self) -> RunHeader:
        """The run; of several, their heads as run:head and what they have in common."""

    @property
    def diverged_at(self) -> Mapping[str, int]:
        """By head, the step of the first moment in which a seed of it had diverged."""

    @property
    def taken(self) -> int:
        """Number of frames taken so far."""

    @property
    def losses_taken(self) -> int:
        """Number of stretches of the training loss taken so far."""

    @property
    def ended(self) -> bool:
        """Whether no more frames will come."""

    def run_of(self, head: int) -> tuple[RunHistory, int]:
        """The run of a head, and its position there."""

    def columns_of(self, head: int) -> tuple[ScoreColumns, int]:
        """The columns that hold a head's scores, and its position there."""

    def losses_of(self, head: int) -> tuple[LossColumns, int]:
        """The columns that hold a head's training loss, and its position there."""
