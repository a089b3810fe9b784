"""`python -m objtui.trainer.forking SOCKET`: imports what trainings need, then forks a trainer
for each that it is asked for.

Importing torch takes longer than many a training. A request is one packet, the path of a log, with
four descriptors: the trainer's stdin, its output, the pipe to its launcher, and a pipe on which the
launcher is told the trainer's process id at once and its exit code at its end, as `NUMBER`. A
trainer is as if it had been started by itself: in its own session, with signals as Python has them
at its start. It outlives this process, which ends with its launcher.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import traceback
from pathlib import Path

from objtui.errors import EXIT_TRAINING
from objtui.trainer.process import main as train
from objtui.trainer.uncollected import uncollected
from objtui.trainer.warm import NUMBER, READY

PACKET_BYTES = 2**14
"""More than the longest path."""


def main() -> int:
    """Serve the launcher at the other end of the socket; the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with uncollected():  # what the trainers never free is never copied for them, either
        import objtui.engine.session  # noqa: F401 (what takes so long, for all trainers at once)
    if not _is_alone():
        return EXIT_TRAINING
    with socket.socket(fileno=int(sys.argv[1])) as launcher:
        launcher.send(READY)
        _Forks(launcher).serve()
    return 0


def _is_alone() -> bool:
    """Whether this process has a single thread: only that one goes on in a fork.

    NumPy's OpenBLAS ends its threads at the first fork, and starts others when it needs them.
    """
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return len(list(Path("/proc/self/task").iterdir())) == 1


class _Forks:
    """The trainers that this process has forked, and what is told of them."""

    def __init__(self, launcher: socket.socket) -> None:
        self._launcher = launcher
        self._tellings: dict[int, int] = {}  # by process id, the pipe of its numbers
        self._ends, waking = os.pipe()
        os.set_blocking(waking, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # so that the pipe is written to
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Fork what is asked for until the launcher is gone."""
        while True:
            ready, _, _ = select.select([self._launcher.fileno(), self._ends], [], [])
            if self._ends in ready:
                os.read(self._ends, PACKET_BYTES)
                self._tell_ends()
            if self._launcher.fileno() in ready:
                log, descriptors, _, _ = socket.recv_fds(self._launcher, PACKET_BYTES, 4)
                if not log:
                    return
                self._fork(os.fsdecode(log), *descriptors)

    def _fork(self, log: str, stdin: int, output: int, pipe: int, telling: int) -> None:
        pid = os.fork()
        if pid == 0:
            code = EXIT_TRAINING
            try:
                os.close(telling)
                self._let_go()
                code = _train(log, stdin, output, pipe)
            finally:
                os._exit(code)
        for descriptor in (stdin, output, pipe):
            os.close(descriptor)
        self._tellings[pid] = telling
        _tell(telling, pid)

    def _let_go(self) -> None:
        """Close, in a trainer, what belongs to its parent."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._launcher.close()
        for telling in self._tellings.values():  # or their launcher would wait for us, too
            os.close(telling)

    def _tell_ends(self) -> None:
        for pid, telling in tuple(self._tellings.items()):
            # Told before it is let go of: until then no other process has its number.
            end = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if end is None:
                continue
            _tell(telling, end.si_status if end.si_code == os.CLD_EXITED else -end.si_status)
            os.close(self._tellings.pop(pid))
            os.waitpid(pid, 0)


def _tell(telling: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # the launcher does not want to know
        os.write(telling, NUMBER.pack(number))


def _train(log: str, stdin: int, output: int, pipe: int) -> int:
    """Be a trainer to its end; the exit code."""
    os.setsid()
    for descriptor, place in ((stdin, 0), (output, 1), (output, 2)):
        os.dup2(descriptor, place)
    os.close(stdin)
    os.close(output)
    try:
        code: object = train([str(pipe), log])
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = EXIT_TRAINING
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else EXIT_TRAINING


if __name__ == "__main__":
    sys.exit(main())
