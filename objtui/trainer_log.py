"""The log of a trainer: its own stdout and stderr, which become part of the run at its end."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import Any

LOG_BYTES = 2**20
"""The most of a log that is kept: its end."""


class LossyFile(io.FileIO):
    """Drops what does not fit on a full disk: a log that cannot be written ends no training."""

    def write(self, data: Any) -> int:
        """Write, or drop; the number of bytes either way."""
        try:
            return super().write(data)
        except OSError:
            return len(data)


def log_to(file: io.FileIO) -> None:
    """Make a file this process's stdout and stderr."""
    sys.stdout = sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(file), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


def say(message: str) -> None:
    """Write a line with the time."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), message, flush=True)


def read_end(log: Path) -> str:
    """The end of a log, all that was said up to now included; empty where there is none."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - LOG_BYTES))
            return file.read().decode(errors="replace")
    except FileNotFoundError:  # removed, perhaps with the whole folder of runs
        return ""
