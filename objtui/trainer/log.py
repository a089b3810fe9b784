"""The log of a trainer: its own stdout and stderr, which become part of the run at its end."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from objtui.files import read_end_of

LOG_BYTES = 2**20
"""The most of a log that is kept: its end."""

TRIM_INTERVAL_S = 0.5
"""How often a log is looked at, which may be twice as long meanwhile, or what is said in that time.
"""

_cutting = threading.Lock()
"""Held while the log is cut, so that no line of ours is written or read in the middle of it."""


class LossyFile(io.FileIO):
    """Drops what does not fit on a full disk: a log that cannot be written ends no training."""

    def write(self, data: Any) -> int:
        """Write, or drop; the number of bytes either way."""
        try:
            with _cutting:
                return super().write(data)
        except OSError:
            return len(data)


def log_to(file: io.FileIO) -> None:
    """Make a file this process's stdout and stderr."""
    sys.stdout = sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(file), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


def keep_short(descriptor: int) -> None:
    """Cut the start of a log from now on, whoever writes it: a library may print without end.

    The file must be open for reading and appending.
    """

    def trim() -> None:
        while True:
            time.sleep(TRIM_INTERVAL_S)
            with suppress(OSError):  # a full disk: the next look tries again
                cut_start(descriptor)

    threading.Thread(target=trim, name="log", daemon=True).start()


def cut_start(descriptor: int) -> None:
    """Leave the last LOG_BYTES of a log that is twice as long; OSError."""
    with _cutting:
        size = os.fstat(descriptor).st_size
        if size <= 2 * LOG_BYTES:
            return
        end = os.pread(descriptor, LOG_BYTES, size - LOG_BYTES)
        whole_lines = end.partition(b"\n")[2] or end
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"(what was said before was too long to keep)\n" + whole_lines)


def log_line(message: str) -> None:
    """Write a line with the time."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), message, flush=True)


def read_end(log: Path) -> str:
    """The end of a log, all that was said up to now included; empty where there is none."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        with _cutting:
            return read_end_of(log, LOG_BYTES).decode(errors="replace")
    except OSError:  # removed, perhaps with the whole folder of runs, or something else
        return ""
