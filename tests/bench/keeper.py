"""Processes of a benchmark end with it, however it ends: detached trainers, dashboards, peers.

A benchmark runs under a keeper, in a session of its own. The keeper adopts whatever loses its
parent there, and ends all of it, and removes its files, when the benchmark has ended or the
process that started the keeper has, killed or not. Linux only, as what the benchmarks read.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

KEPT = "OBJTUI_BENCH_KEPT"
"""Set in what runs under a keeper."""

PR_SET_CHILD_SUBREAPER = 36
"""Of prctl(2)."""

_LOOK_S = 0.2


def run_kept(module: str, arguments: Sequence[str] = ()) -> int:
    """Run a module under a keeper; the exit code of the module."""
    command = [sys.executable, "-m", "tests.bench.keeper", module, *arguments]
    keeper = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        return keeper.wait()
    except KeyboardInterrupt:
        assert keeper.stdin is not None
        keeper.stdin.close()  # what a killed process does as well
        keeper.wait()
        return 130


def main_kept(module: str, main: Callable[[], object]) -> NoReturn:
    """What a benchmark does when it is run: its `main`, under a keeper."""
    if KEPT in os.environ:
        main()
        sys.exit()
    sys.exit(run_kept(module, sys.argv[1:]))


def keep(command: Sequence[str]) -> int:
    """Run a command until it ends or stdin does, and then end all that it started."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    folder = Path(tempfile.mkdtemp(prefix="objtui-bench-"))
    try:
        environment = {**os.environ, KEPT: "1", "TMPDIR": str(folder)}
        work = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment)
        while work.poll() is None:
            if select.select([sys.stdin], [], [], _LOOK_S)[0] and not os.read(0, 1):
                break
        return 1 if work.returncode is None else work.returncode
    finally:
        _end_children()
        shutil.rmtree(folder, ignore_errors=True)


def _end_children() -> None:
    """Kill our children until there are none: those of a killed one become ours."""
    while True:
        for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(keep([sys.executable, "-m", *sys.argv[1:]]))
