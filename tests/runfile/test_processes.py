"""Signals go to the very process that was noted down, and that has what it should open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from objtui.runfile.processes import has_open, process_started, signal_process

SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def held(tmp_path: Path) -> Path:
    path = tmp_path / "held"
    path.touch()
    return path


@pytest.fixture
def process(held: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has a file open."""
    with (
        held.open("rb") as file,
        subprocess.Popen([sys.executable, "-c", SLEEP], pass_fds=(file.fileno(),)) as process,
    ):
        yield process
        process.kill()


def test_it_is_signalled_where_it_is_what_was_noted_down(
    process: subprocess.Popen[bytes], held: Path
) -> None:
    started = process_started(process.pid)
    assert started
    assert signal_process(process.pid, started, signal.SIGTERM, holding=held)
    assert process.wait() == -signal.SIGTERM
    assert not signal_process(process.pid, started, signal.SIGTERM)


@pytest.mark.parametrize("system", ["with pidfd", "without"])
def test_it_is_not_where_its_start_or_what_it_has_open_differs(
    process: subprocess.Popen[bytes],
    held: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
) -> None:
    if system == "without":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    started = process_started(process.pid)
    assert started
    copy = tmp_path / "copy"
    copy.touch()
    assert not signal_process(process.pid, started + 1, signal.SIGKILL)
    assert not signal_process(process.pid, started, signal.SIGKILL, holding=copy)
    assert not signal_process(process.pid, started, signal.SIGKILL, holding=tmp_path / "gone")
    assert process.poll() is None
    assert signal_process(process.pid, started, signal.SIGKILL, holding=held)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("pid", [0, -1])
def test_never_many_processes_at_once(pid: int) -> None:
    assert not signal_process(pid, 0.0, signal.SIGTERM)


def test_a_file_is_known_by_itself_and_not_by_its_name(
    process: subprocess.Popen[bytes], held: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(held)
    assert has_open(process.pid, link)
    held.rename(tmp_path / "moved")
    held.touch()
    assert not has_open(process.pid, held)
    assert has_open(process.pid, tmp_path / "moved")
