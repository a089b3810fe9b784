"""What a part of a run's seeds sends, and what a pool of parts is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from objtui.measures.frames import Frame, LossTrace


@dataclass(frozen=True, slots=True)
class Host:
    """Where a part is trained; of what may decide the last digits of its numbers.

    Attributes:
        node: the name of the machine.
        processor: its model.
        torch: the version there; empty until it is imported.
    """

    node: str
    processor: str
    torch: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Measured:
    """A frame or a loss trace of a part.

    `last` are the loss traces that end the run, if it ends at this frame, since all members of
    all parts have diverged.
    """

    event: Frame | LossTrace
    last: tuple[LossTrace, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """What a part sends at once.

    Attributes:
        step: optimiser steps that the part has taken.
        measured: frames and loss traces since the last piece, in their order.
        train_s, eval_s: seconds that it has spent in steps and in measuring.
        state: its checkpoint at this step, where that was asked for, and at its end.
        host: in its first pieces, where it is trained.
        end: what was measured where the run is stopped, where that was asked for; then the last.
        ended: whether it is the last.
    """

    step: int
    measured: tuple[Measured, ...] = ()
    train_s: float = 0.0
    eval_s: float = 0.0
    state: bytes | None = None
    host: Host | None = None
    end: Frame | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """A part is gone with its process or its machine; it can begin again from its checkpoint."""

    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A part has failed by what it does, and would again."""

    why: str


class Pool(Protocol):
    """Trains parts, each at a place of its own, counted from 0."""

    def begin(self, place: int, held: range, state: bytes | None) -> None:
        """Train these seeds there, from their checkpoint or from the start.

        Nothing that a part begun there before has sent is given any more.
        """

    def take(
        self, places: Collection[int], timeout_s: float
    ) -> tuple[int, Piece | Lost | Failed] | None:
        """What one of these parts has sent next; None where it is nothing for so long.

        Parts that are not asked for long wait; they have sent a few pieces ahead at most.
        """

    def ask_state(self, place: int) -> None:
        """Let the part send its state as soon as it can; one that ends sends it anyway."""

    def ask_end(self, place: int, step: int) -> None:
        """Let the part go back to the state that it sent last, train from there as far as `step`,
        send what is measured where a run is stopped, and end; one that ends before does not.
        """

    def end(self) -> None:
        """End all parts at once."""
