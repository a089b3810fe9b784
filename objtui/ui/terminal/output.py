"""Writing to a terminal from a thread, so that nothing else ever waits for the terminal."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TextIO

TAKE_S = 1.0
"""How long a terminal may take, at the end, for what was written to it."""

MAX_WAITING_BYTES = 2**18
"""What may wait for the terminal: about ten screens full of colours."""

PIECE_BYTES = 2**10
"""Written in one go: what is dropped later than that is dropped in the middle."""


class TerminalOutput:
    """Takes text at once, and writes it as the terminal takes it.

    Where too much waits, all of it is dropped, and so is what follows until `begin_anew`.
    `taken_again` is called, in the thread, once the terminal takes something again. A
    terminal that went away is replaced by nothing.
    """

    def __init__(self, descriptor: int, taken_again: Callable[[], object]) -> None:
        self._descriptor = descriptor
        self._taken_again = taken_again
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._writing = False
        self._dropped = False
        self._over = False
        self._changed = threading.Condition()
        # A daemon: the end of the process must not wait for a terminal either.
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def write(self, text: str) -> None:
        """Take a text; never waits."""
        data = text.encode("utf-8", errors="replace")
        with self._changed:
            if self._waiting_bytes + len(data) > MAX_WAITING_BYTES:
                self._drop()
            if not self._dropped:
                pieces = (data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES))
                self._waiting.extend(pieces)
                self._waiting_bytes += len(data)
                self._changed.notify_all()

    def drop(self) -> None:
        """Drop what waits, and what follows until `begin_anew`."""
        with self._changed:
            self._drop()

    def begin_anew(self) -> None:
        """Take text again after some was dropped."""
        with self._changed:
            self._dropped = False

    @property
    def waiting_bytes(self) -> int:
        """What the terminal has not taken yet."""
        with self._changed:
            return self._waiting_bytes

    def is_taken(self, timeout_s: float) -> bool:
        """Whether the terminal has everything, nothing dropped, after at most so many seconds."""
        with self._changed:
            self._changed.wait_for(self._is_idle, timeout_s)
            return self._is_idle() and not self._dropped

    def stop(self, timeout_s: float) -> bool:
        """Write what waits and end; False where the terminal does not take it in that time."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
            return self._changed.wait_for(self._is_idle, timeout_s)

    def _is_idle(self) -> bool:
        return not self._waiting and not self._writing

    def _drop(self) -> None:
        self._waiting.clear()
        self._waiting_bytes = 0
        self._dropped = True

    def _run(self) -> None:
        while piece := self._next_piece():
            self._write_out(piece)
            with self._changed:
                self._writing = False
                dropped = self._dropped and not self._over
                self._changed.notify_all()
            if dropped:
                self._taken_again()

    def _next_piece(self) -> bytes:
        """The next piece once there is one; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._over)
            if not self._waiting:
                return b""
            piece = self._waiting.popleft()
            self._waiting_bytes -= len(piece)
            self._writing = True
            return piece

    def _write_out(self, piece: bytes) -> None:
        try:
            while piece:
                piece = piece[os.write(self._descriptor, piece) :]
        except OSError:
            point_at_nothing(self._descriptor)


def point_at_nothing(*outputs: TextIO | int | None) -> None:
    """Put nothing in the place of streams or descriptors: what is written there is dropped."""
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        for output in outputs:
            if output is not None:
                os.dup2(nothing.fileno(), output if isinstance(output, int) else output.fileno())
