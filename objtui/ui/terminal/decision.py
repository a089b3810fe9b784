"""Questions whose answer cannot be taken back, and the keys that may answer them."""

from __future__ import annotations

import math
from typing import Protocol, TypeVar, runtime_checkable

from textual.screen import ModalScreen

Answer = TypeVar("Answer")


@runtime_checkable
class HasBurst(Protocol):
    """An application that says when the burst of its latest key began.

    A burst is what comes in one go: pasted, or typed ahead while nothing was drawn.
    """

    burst: float


class DecisionScreen(ModalScreen[Answer]):
    """A question that only keys answer which came once it was there to be read.

    Letters that are pasted without brackets would else open the question and answer it.
    """

    _shown_in = math.inf  # the burst of keys by which it came

    def on_mount(self) -> None:
        """Take the keys of later bursts from now on."""
        self._shown_in = self.app.burst if isinstance(self.app, HasBurst) else -math.inf

    def takes(self, burst: float) -> bool:
        """Whether a key of a burst that began at a time, in seconds, may answer."""
        return burst > self._shown_in
