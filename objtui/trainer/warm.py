"""A warm parent: a process that has imported torch once, and forks a trainer at every request."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from objtui.runfile.processes import is_alive, process_started, signal_process
from objtui.trainer.environment import trainer_environment

# -P as for a trainer of its own.
PARENT = (sys.executable, "-P", "-m", "objtui.trainer.forking")

READY = b"ready"
"""What a parent says when it is."""

NUMBER = struct.Struct("<i")
"""The numbers that it tells of a trainer."""

POLL_S = 0.05


class WarmParent:
    """The parent of trainings that begin one after the other, each with so many threads.

    It takes seconds to be ready, and may never be: `is_decided` says when either is known. Where
    it is not ready trainers are started by themselves. `close` must be called; the trainers go on.
    """

    def __init__(self, threads: int | None) -> None:
        self.threads = threads
        self.is_ready = False
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if sys.platform != "linux":  # elsewhere system libraries do not outlive a fork
            return
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            try:
                self._process = subprocess.Popen(
                    [*PARENT, str(its.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    pass_fds=(its.fileno(),),
                    env=trainer_environment(threads),
                )
            except OSError:
                ours.close()
                return
        self._socket = ours

    def is_decided(self) -> bool:
        """Whether it is ready, or known never to be."""
        if self._socket is None or self.is_ready:
            return True
        if not select.select([self._socket], [], [], 0)[0]:
            return False
        self.is_ready = self._received() == READY
        if not self.is_ready:
            self.close()
        return True

    def fork(self, log: Path, output: int, pipe: int) -> ForkedProcess:
        """Fork a trainer with these descriptors; OSError where the parent is gone."""
        if self._socket is None:
            raise ConnectionError("the parent is gone")
        told, telling = os.pipe()
        reading, writing = os.pipe()
        stdin = os.fdopen(writing, "wb")
        try:
            descriptors = [reading, output, pipe, telling]
            socket.send_fds(self._socket, [os.fsencode(log)], descriptors)
            os.close(telling)
            telling = -1
            return ForkedProcess(told, stdin)
        except OSError:
            os.close(told)
            stdin.close()
            self.close()
            raise
        finally:
            os.close(reading)
            if telling >= 0:
                os.close(telling)

    def close(self) -> None:
        """End the parent, whose trainers go on; may be called again."""
        self.is_ready = False
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _received(self) -> bytes:
        assert self._socket is not None
        try:
            return self._socket.recv(len(READY))
        except OSError:
            return b""


class ForkedProcess:
    """A trainer that another process has forked: like a `Popen` of it.

    Attributes:
        returncode: as of `Popen`; −SIGKILL where nobody was left to be told it.
    """

    def __init__(self, told: int, stdin: IO[bytes]) -> None:
        """`told`: a pipe on which comes its process id, now, and its exit code at the end.

        OSError where the id does not come.
        """
        self.stdin: IO[bytes] | None = stdin
        self.returncode: int | None = None
        self._told = told
        self.pid = self._number()
        self._started = process_started(self.pid)

    def poll(self) -> int | None:
        """The exit code, None as long as it lives."""
        if self.returncode is not None:
            return self.returncode
        if self._told >= 0 and select.select([self._told], [], [], 0)[0]:
            with contextlib.suppress(OSError):  # the parent was killed; now it has no parent
                self.returncode = self._number()
            os.close(self._told)
            self._told = -1
        if self._told < 0 and self.returncode is None and not self._lives():
            self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code at its end; subprocess.TimeoutExpired after so many seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired("objtui.trainer", timeout or 0)
            select.select([] if self._told < 0 else [self._told], [], [], POLL_S)
        return code

    def terminate(self) -> None:
        """Send it SIGTERM, unless it is gone; safe within a handler of signals."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send it SIGKILL, unless it is gone; safe within a handler of signals."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._started is not None:
            signal_process(self.pid, self._started, number)

    def _lives(self) -> bool:
        return self._started is not None and is_alive(self.pid, self._started)

    def _number(self) -> int:
        data = os.read(self._told, NUMBER.size)
        if len(data) < NUMBER.size:
            raise ConnectionError("the parent is gone")
        number: int = NUMBER.unpack(data)[0]
        return number
