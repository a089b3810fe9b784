"""The compiling process as the training sees it."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, cast

from objtui.engine.steps.compiled.job import DONE, PACKAGE, CompileJob

COMPILER = (sys.executable, "-P", "-m", "objtui.engine.steps.compiled")


class Compiling:
    """A compilation on its way; `close` must be called."""

    def __init__(self, job: CompileJob) -> None:
        self._folder = Path(mkdtemp(prefix="objtui-"))
        self._process = subprocess.Popen(
            [*COMPILER, str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # compilers that it starts end with it
        )
        self._said = cast(IO[bytes], self._process.stdout)
        asked = cast(IO[bytes], self._process.stdin)
        with contextlib.suppress(BrokenPipeError):  # it says nothing then, which is seen
            asked.write(job.to_json().encode() + b"\n")
            asked.flush()

    def is_done(self, wait_s: float = 0) -> bool:
        """Whether it has ended one way or the other, or does within so many seconds."""
        return bool(select.select([self._said], [], [], wait_s)[0])

    def package(self) -> Path | str:
        """Wait for the package, to be loaded before `close`: its path, or why there is none."""
        outcome = self._said.readline().decode().strip()
        if outcome == DONE:
            return self._folder / PACKAGE
        return outcome or f"the compiling process ended with exit code {self._process.wait()}"

    def close(self) -> None:
        """End it, and remove what it made."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)
