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

from objtui.engine.steps.compiled.caches import cache_variables
from objtui.engine.steps.compiled.job import DONE, PACKAGE, CompileJob

COMPILER = (sys.executable, "-P", "-m", "objtui.engine.steps.compiled")


class Compiling:
    """A compilation on its way; `close` must be called."""

    def __init__(self, job: CompileJob) -> None:
        self._folder = Path(mkdtemp(prefix="objtui-"))
        caches = cache_variables(self._folder, os.environ)
        self._before = {name: os.environ.get(name) for name in caches}
        os.environ.update(caches)
        try:
            self._process = subprocess.Popen(
                [*COMPILER, str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                process_group=0,  # compilers that it starts end with it
                env={**os.environ, "TMPDIR": str(self._folder)},  # what it keeps a while, too
            )
        except BaseException:
            self._leave_no_trace()
            raise
        self._answers = cast(IO[bytes], self._process.stdout)
        stdin = cast(IO[bytes], self._process.stdin)
        with contextlib.suppress(BrokenPipeError):  # it says nothing then, which is seen
            stdin.write(job.to_json().encode() + b"\n")
            stdin.flush()

    def is_done(self, wait_s: float = 0) -> bool:
        """Whether it has ended one way or the other, or does within so many seconds."""
        return bool(select.select([self._answers], [], [], wait_s)[0])

    def package(self) -> Path | str:
        """Wait for the package, to be loaded before `close`: its path, or why there is none."""
        outcome = self._answers.readline().decode().strip()
        if outcome == DONE:
            return self._folder / PACKAGE
        return outcome or f"the compiling process ended with exit code {self._process.wait()}"

    def close(self) -> None:
        """End it, and remove what it made."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._leave_no_trace()

    def _leave_no_trace(self) -> None:
        for name, value in self._before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        shutil.rmtree(self._folder, ignore_errors=True)
