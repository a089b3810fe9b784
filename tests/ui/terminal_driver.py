"""`objtui` in a real pseudo-terminal, and the screen that a person would see there."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pexpect
import pyte

from tests.patience import GIVE_UP_S

TESTS = Path(__file__).parents[1]
FAKE_OBJTUI = (sys.executable, str(TESTS / "fake_objtui.py"))

WIDTH, HEIGHT = 120, 40

LONGEST_READ_S = 1.0
"""For how long at most what comes at once is taken in before the screen is looked at."""

MODES_OF_A_TERMINAL = {"7", "25"}
"""Private modes that are set where nothing has touched them: line wrap and the cursor."""


class Terminal:
    """A program in a terminal of its own: what it writes, its screen, its end."""

    def __init__(self, *command: str, folder: Path, environ: dict[str, str], **options: Any):
        """Start a program; `options` are those of pexpect.spawn."""
        self._child = pexpect.spawn(
            command[0],
            list(command[1:]),
            cwd=str(folder),
            env=environ,
            dimensions=(HEIGHT, WIDTH),
            **options,
        )
        self._screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.ByteStream(self._screen)
        self.written = ""
        """All that came so far, escape codes included."""

    @property
    def pid(self) -> int:
        """The program's process id."""
        pid: int = self._child.pid
        return pid

    def set_attributes(self, attributes: list[Any]) -> None:
        """Do what `stty` does."""
        termios.tcsetattr(self._child.child_fd, termios.TCSANOW, attributes)

    def attributes(self) -> list[Any]:
        """What `stty -a` shows of the terminal."""
        return termios.tcgetattr(self._child.child_fd)

    def lines(self) -> list[str]:
        """The screen as it stands."""
        self._read(0.02)
        return list(self._screen.display)

    def wait_for(self, *texts: str, gone: tuple[str, ...] = ()) -> str:
        """The screen, once all of the texts are on it, and none of those that are to be gone."""

        def is_there(screen: str) -> bool:
            return all(text in screen for text in texts) and not any(
                text in screen for text in gone
            )

        return self.wait_until(is_there, f"{texts} without {gone}" if gone else str(texts))

    def wait_until(self, is_there: Callable[[str], bool], say: str) -> str:
        """The screen, once it is as it is to be; what is written piece by piece comes to rest."""
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            waits = self._child.isalive() and time.monotonic() < deadline
            screen = "\n".join(self.lines())  # read after the look at its end: all that came
            if is_there(screen):
                return screen
            assert waits, f"{say} did not come:\n{screen}"

    def press(self, keys: str) -> None:
        """Type."""
        self._child.send(keys)

    def press_until(self, key: str, *texts: str, gone: tuple[str, ...] = ()) -> None:
        """Type a key, and again while the texts do not come.

        One that comes amid others, or after a sequence that was cut off, may be taken with them.
        """
        deadline = time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline:
            self._child.send(key)
            for _ in range(20):
                screen = "\n".join(self.lines())
                if all(text in screen for text in texts) and not any(
                    text in screen for text in gone
                ):
                    return
                self._read(0.05)
        self.wait_for(*texts, gone=gone)

    def press_until_it_ends(self, key: str) -> None:
        """Type a key, and again while the program goes on, for the same reason."""
        deadline = time.monotonic() + GIVE_UP_S
        while self._child.isalive() and time.monotonic() < deadline:
            with suppress(OSError):  # it ends at this moment
                self._child.send(key)
            self.pause()

    def press_bytes(self, data: bytes) -> None:
        """Send bytes of whatever kind, all of them, reading meanwhile what is drawn."""
        while data:
            _, ready, _ = select.select([], [self._child.child_fd], [], GIVE_UP_S)
            assert ready, "what is sent is not taken"
            data = data[os.write(self._child.child_fd, data[:1024]) :]
            self._read(0)

    def is_alive(self) -> bool:
        """Whether the program goes on."""
        return bool(self._child.isalive())

    def pause(self) -> None:
        """Let time go by for what should have no effect, or for keys to be typed apart."""
        self._read(0.3)

    def resize(self, width: int, height: int) -> None:
        """Another size, of which the program is told by SIGWINCH."""
        self._read(0.02)
        self._screen.resize(height, width)
        self._child.setwinsize(height, width)

    def draw_unread(self, times: int) -> None:
        """Have the program draw its whole screen so often, and read none of it."""
        for time_ in range(times):
            self._child.setwinsize(HEIGHT, WIDTH - 1 + time_ % 2)
            time.sleep(0.02)
        self._child.setwinsize(HEIGHT, WIDTH)

    def hang_up(self) -> None:
        """Take the terminal away, as a connection that drops does."""
        self._child.ptyproc.fileobj.close()
        self._child.ptyproc.closed = self._child.closed = True

    def exit_code(self) -> int:
        """Read on until the program ends; its exit code, negative for a signal that killed it."""
        deadline = time.monotonic() + GIVE_UP_S
        while self._child.isalive():
            assert time.monotonic() < deadline, f"it does not end:\n{self.written[-2000:]}"
            if self._child.closed:
                time.sleep(0.02)
            else:
                self._read(0.02)
        if not self._child.closed:
            self._read(0.02)
        code = self._child.exitstatus
        return -self._child.signalstatus if code is None else code

    def modes(self) -> set[str]:
        """Private modes that are set now, as far as the program had a say in them."""
        modes = set(MODES_OF_A_TERMINAL)
        for names, switch in re.findall(r"\x1b\[\?([\d;]+)([hl])", self.written):
            if switch == "h":
                modes |= set(names.split(";"))
            else:
                modes -= set(names.split(";"))
        return modes

    def after_the_screen(self) -> str:
        """What was written once the alternate screen was left, without escape codes or bell."""
        rest = self.written.rpartition("\x1b[?1049l")[2]
        return re.sub(r"\x1b\[[\d;?<>]*[a-zA-Z]|\x07", "", rest).replace("\r\n", "\n")

    def close(self) -> None:
        """End the program and let go of the terminal."""
        if self._child.isalive():
            self._child.kill(9)
            self._child.wait()
        if not self._child.closed:
            self.hang_up()

    def _read(self, timeout_s: float) -> None:
        """Take in what has been written, so far as the terminal keeps up with the program.

        One that draws without rest would else be read for ever where this emulator is the slower.
        """
        until = time.monotonic() + timeout_s + LONGEST_READ_S
        while time.monotonic() < until or not self._child.isalive():
            try:
                data = self._child.read_nonblocking(1 << 16, timeout=timeout_s)
            except (pexpect.TIMEOUT, pexpect.EOF):
                return
            timeout_s = 0
            self.written += data.decode(errors="replace")
            self._stream.feed(data)


def used_cpu_s(pid: int) -> float:
    """Processor time that a process has used, one that has just ended included, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


OpenTerminal = Callable[..., Terminal]
"""Runs a command in a terminal; see the fixture `terminal`."""


def is_given_back(terminal: Terminal) -> bool:
    """Whether the alternate screen was left, the cursor is shown and nothing is reported."""
    entered = terminal.written.count("\x1b[?1049h")
    left = terminal.written.count("\x1b[?1049l")
    return entered == left == 1 and terminal.modes() == MODES_OF_A_TERMINAL
