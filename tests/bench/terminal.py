"""A program in a pseudo-terminal of its own, as the benchmarks see it: bytes and when they came."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

COLUMNS, LINES = 120, 40
PAINTED_CELLS = 60
"""More than what a program writes to set its terminal up."""

ALTERNATE_SCREEN = b"\x1b[?1049h"
SEQUENCES = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x1b\\|\x07)|[^\[\]PX^_])", re.DOTALL
)
"""Of ECMA-48: control sequences, strings, and escapes of one character."""

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Terminal:
    """Runs a program in a pseudo-terminal of 120x40 and reads what it writes.

    Attributes:
        started: time.monotonic() just before the program was started.
        output: every byte that it has written.
    """

    command: list[str]
    folder: Path
    started: float = 0.0
    output: bytearray = field(default_factory=bytearray)

    def __enter__(self) -> Self:
        self.started = time.monotonic()
        self.pid, self._master = pty.fork()
        if self.pid == 0:  # the child
            os.chdir(self.folder)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
            words = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
            os.execvpe(self.command[0], self.command, {**os.environ, **words})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._master)

    def type(self, keys: str) -> None:
        """Send keys, as a keyboard would."""
        os.write(self._master, keys.encode())

    def read_for(self, seconds: float) -> int:
        """Read whatever comes in that time; how many bytes came."""
        before, until = len(self.output), time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)
        return len(self.output) - before

    def read_until(self, words: bytes, give_up_s: float = 60.0) -> float:
        """Read until these bytes have come from now on; the time.monotonic() at which they had."""
        begin, until = len(self.output), time.monotonic() + give_up_s
        while (left := until - time.monotonic()) > 0:
            self._read(left)
            if words in self.output[begin:]:
                return time.monotonic()
        raise TimeoutError(f"{words!r} did not come within {give_up_s:.0f} s")

    def read_until_quiet(self, first_s: float = 3.0, quiet_s: float = 0.25) -> float | None:
        """The time.monotonic() of the last bytes before nothing came for so long.

        None where nothing comes at all within `first_s`.
        """
        last, quiet_at = None, time.monotonic() + first_s
        while (now := time.monotonic()) < quiet_at:
            if self._read(quiet_at - now):
                last = time.monotonic()
                quiet_at = last + quiet_s
        return last

    def read_until_painted(self, cells: int = PAINTED_CELLS, give_up_s: float = 60.0) -> float:
        """Read until so many cells are written on the alternate screen; as `read_until`."""
        until = time.monotonic() + give_up_s
        while (left := until - time.monotonic()) > 0:
            self._read(left)
            came = time.monotonic()
            _, entered, painted = self.output.partition(ALTERNATE_SCREEN)
            words = b"".join(SEQUENCES.sub(b"", painted).split())
            if entered and len(words.decode(errors="ignore")) >= cells:
                return came
        raise TimeoutError(f"no {cells} cells were painted within {give_up_s:.0f} s")

    def cpu_s(self) -> float:
        """Seconds of processor that the program has used, its children not counted."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def resident_mb(self) -> float:
        """Megabytes of memory that the program holds."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def has_mapped(self, library: str) -> bool:
        """Whether a shared library is loaded in the program."""
        return library in Path(f"/proc/{self.pid}/maps").read_text()

    def _read(self, wait_s: float) -> bool:
        """Read what there is, or comes in that time; whether anything did."""
        before = len(self.output)
        if select.select([self._master], [], [], wait_s)[0]:
            with contextlib.suppress(OSError):  # the program has closed its side
                self.output += os.read(self._master, 1 << 16)
        return len(self.output) > before


def objtui(*arguments: str) -> list[str]:
    """The command line of objtui in this environment."""
    return [sys.executable, "-m", "objtui", *arguments]
