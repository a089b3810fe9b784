"""The sign of life of a trainer that is busy: from a thread and a connection of its own."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from types import TracebackType
from typing import Self

from objtui.errors import RunFileError
from objtui.runfile.connecting import connect_to_own
from objtui.runfile.writer import RunWriter

HEARTBEAT_CHECK_S = 0.5
MAX_SILENCE_S = 1.0
"""After so long without a write of the trainer itself the thread writes for it."""

WAIT_S = 0.5
"""How long a beat waits for another's lock; then it is left out, and training never held up."""


class Heartbeat:
    """Within a `with` block, the run file says at least every two seconds that we live.

    A training that writes often is left alone: the thread then only looks at a number.
    It must be left before `RunWriter.finish`, whose journal it would keep.
    """

    def __init__(self, writer: RunWriter) -> None:
        self._writer = writer
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(HEARTBEAT_CHECK_S):
            if self._writer.silent_s() < MAX_SILENCE_S:
                continue
            try:
                with closing(connect_to_own(self._writer.path, WAIT_S)) as connection:
                    self._writer.beat(connection)
            except (sqlite3.Error, RunFileError):
                # The next write of the training meets the same, and says so.
                continue
