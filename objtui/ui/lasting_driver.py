"""A driver of the terminal that outlasts it: output to a terminal that went away is dropped."""

from __future__ import annotations

import os
from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver


class LastingDriver(LinuxDriver):
    """Textual's own driver, but for its output.

    There an error ends the thread that writes, and the application then waits for
    ever to hand on what it draws.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        assert self._file is not None
        self._file = cast(Any, LastingStream(self._file))


class LastingStream:
    """A stream that points itself at nothing once writing to it fails."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, while there is where to."""
        try:
            self._stream.write(text)
        except OSError:
            self._point_at_nothing()

    def flush(self) -> None:
        """Write what is held back."""
        try:
            self._stream.flush()
        except OSError:
            self._point_at_nothing()

    def fileno(self) -> int:
        """The descriptor beneath."""
        return self._stream.fileno()

    def _point_at_nothing(self) -> None:
        with open(os.devnull, "w", encoding="utf-8") as nothing:
            os.dup2(nothing.fileno(), self._stream.fileno())
