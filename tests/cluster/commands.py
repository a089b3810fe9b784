"""`objtui` as a person runs it in a folder, on clusters of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from objtui.errors import RunFileError
from objtui.runfile.reader import RunReader
from tests.cluster.real import SCENARIO, assert_same_bits, our_processes
from tests.conftest import GIVE_UP_S

BRING_UP_S = 5 * GIVE_UP_S
"""When to give up on trainers of a cluster that is started first: some ten processes, one after
another, most of which import torch.
"""

LR = "train.lr=1e-3,1e-2,3e-2"


class Objtui:
    """Runs `objtui` in a folder that has a scenario of 2 seeds; all are ended after the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[str]] = []
        scenario = SCENARIO.replace("seeds = 16", "seeds = 2").replace(
            "steps = 400", "steps = 4000"
        )
        (folder / "a.toml").write_text(scenario)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        self.processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "objtui", *arguments],
                cwd=self.folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return self.processes[-1]

    def end(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """The exit code and all that a command says."""
        return ended(self.start(*arguments, **environment))

    def sweep(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        return self.start("sweep", "a.toml", "--over", LR, "--name", name, "--json", *arguments)

    def training_run(self, name: str) -> Path:
        """A run of a sweep, once one has come some way."""

        def run() -> Path | None:
            for path in (self.folder / "runs" / name).glob("*.objtui"):
                with suppress(RunFileError), RunReader(path) as reader:  # it may be half made
                    if reader.status().step > 300:
                        return path
            return None

        until = time.monotonic() + BRING_UP_S
        while (path := run()) is None:
            driver = self.processes[-1]
            assert driver.poll() is None, ended(driver)
            assert time.monotonic() < until, "no run of the sweep has come some way"
            time.sleep(0.05)
        return path

    def assert_same_sweeps(self, name: str, other: str) -> None:
        """All runs of two sweeps have the same bits."""
        paths = sorted((self.folder / "runs" / name).glob("*.objtui"))
        assert len(paths) == 3
        for path in paths:
            assert_same_bits(path, self.folder / "runs" / other / path.name)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, _ = process.communicate(timeout=2 * BRING_UP_S)
    return process.returncode, out


@contextmanager
def commands(folder: Path) -> Iterator[Objtui]:
    """Commands in a folder; what of them still runs at the end is killed."""
    held = Objtui(folder)
    try:
        yield held
    finally:
        for process in held.processes:
            process.kill()
            process.communicate()


def nothing_is_left() -> bool:
    """Whether no process of the tests' clusters and drivers lives."""
    return not our_processes()
