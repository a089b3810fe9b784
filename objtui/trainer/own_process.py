"""A process of our own whose end is waited for, not looked for."""

from __future__ import annotations

import os
import select
import subprocess


class OwnProcess(subprocess.Popen[bytes]):
    """`Popen`, but that `wait` with a timeout returns as the process ends, where the system can.

    Popen sleeps up to 50 ms between two looks.
    """

    def wait(self, timeout: float | None = None) -> int:
        """The exit code at its end; subprocess.TimeoutExpired after so many seconds."""
        if timeout is not None and self.poll() is None and self._ends_within(timeout) is False:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return super().wait(timeout)

    def _ends_within(self, timeout: float) -> bool | None:
        """Whether it ends in so many seconds; None where that cannot be waited for."""
        if not hasattr(os, "pidfd_open"):
            return None
        try:
            descriptor = os.pidfd_open(self.pid)  # its number is its own until `poll` sees its end
        except OSError:
            return None
        try:
            watch = select.poll()
            watch.register(descriptor, select.POLLIN)
            return bool(watch.poll(max(0.0, timeout) * 1000))
        finally:
            os.close(descriptor)
